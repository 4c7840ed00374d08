// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.ring.ChunkDescriptor;
import dev.sluice.ring.Clock;
import dev.sluice.ring.EventDescriptor;
import dev.sluice.ring.Memory;
import dev.sluice.ring.NullValue;
import dev.sluice.ring.RefusalCause;
import dev.sluice.ring.RingDrainer;
import dev.sluice.ring.RingPages;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.SharedText;
import dev.sluice.ring.Slot;
import dev.sluice.ring.SlotDescriptor;
import dev.sluice.ring.Utf8;
import dev.sluice.target.jvm.OwnedByThreads;
import dev.sluice.target.jvm.Privileged;
import dev.sluice.target.jvm.ProcessIdentity;
import dev.sluice.target.jvm.VirtualThreads;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.memory.MachineMemory;
import dev.sluice.target.memory.MemoryBudget;
import dev.sluice.target.memory.RingMemory;
import dev.sluice.target.ring.DeclaredEvents;
import dev.sluice.target.ring.OwnerControl;
import dev.sluice.target.ring.Rings;
import dev.sluice.target.ring.ThreadRings;
import dev.sluice.target.session.ConsumerPulse;
import dev.sluice.target.session.LiveSession;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.lang.invoke.CallSite;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.StringConcatFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;

/**
 * The started target as constants, for the paths of fires: what is static and final costs compiled code no load. Used
 * only once a tracepoint is loaded, when the target has been started. Any thread.
 */
public final class LiveTarget {
    private static final Target TARGET = Target.start();
    private static final Clock CLOCK = TARGET == null ? null : TARGET.clock();
    private static final boolean IS_CLOCK_FIRST = CLOCK != null && CLOCK.kind() != Clock.KIND_TSC;

    /** What byte sequences that are null become. Never changed. */
    public static final byte[] NULL_BYTES = NullValue.bytes();
    static final ByteBuffer NULL_BUFFER = ByteBuffer.wrap(NULL_BYTES);

    private LiveTarget() {
    }

    /**
     * Loads the classes that fires need, by now and not in the middle of the first: also those of the JDK, which are
     * asked of the loader of ours that is traced itself, perhaps.
     *
     * @param encoder the class that puts events together field by field
     */
    public static void prepare(final Class<?> encoder) {
        load(encoder);
        for (final Class<?> needed : List.of(ThreadRings.class, Rings.class, RingProducer.class, Slot.class,
            SlotDescriptor.class, SharedText.class, ChunkDescriptor.class, EventDescriptor.class, Memory.class,
            Utf8.class, OwnerControl.class, RingDrainer.class, VirtualThreads.class, ProcessIdentity.class,
            RingMemory.class, RingPages.class, MemoryBudget.class, MachineMemory.class, LiveSession.class,
            ConsumerPulse.class, DeclaredEvents.class, RefusalCause.class, Privileged.class, Warnings.class,
            OwnedByThreads.class)) {
            load(needed);
            List.of(needed.getDeclaredClasses()).forEach(LiveTarget::load);
        }
        List.of(AtomicInteger.class, AtomicIntegerArray.class, AtomicLong.class, AtomicReference.class,
            AtomicReferenceArray.class, BooleanSupplier.class, TimeUnit.class, File.class, FileInputStream.class,
            InputStream.class, StandardCharsets.class, ArrayList.class, LambdaMetafactory.class,
            StringConcatFactory.class, MethodHandles.Lookup.class, MethodType.class, MethodHandle.class,
            CallSite.class).forEach(LiveTarget::load);
    }

    private static void load(final Class<?> needed) {
        try {
            Class.forName(needed.getName(), true, LiveTarget.class.getClassLoader());
        } catch (final ClassNotFoundException e) {
            // It is here.
            throw new IllegalStateException(e);
        }
    }

    /** This thread's ring, or null if it can have none: then the refusal is counted. */
    public static RingProducer ring() {
        final RingProducer ring = ThreadRings.get();
        return ring != null ? ring : TARGET.ring();
    }

    /** Time for an event. */
    public static long ticks() {
        return CLOCK.ticks();
    }

    /**
     * Time for an event whose ring is yet to be looked up, or 0. Measured: the look-up is hidden behind the latency of
     * the counter where it comes before a read that orders nothing (TSC), and where it comes after one that waits for
     * all that is before it (nanoTime).
     */
    public static long ticksBeforeRing() {
        return IS_CLOCK_FIRST ? CLOCK.ticks() : 0;
    }

    /** The same where the ring is known: what {@link #ticksBeforeRing} returned, or the time now. */
    public static long ticksAfterRing(final long before) {
        return IS_CLOCK_FIRST ? before : CLOCK.ticks();
    }

    /** Time for any event: what {@link #ticksBeforeRing} returned where it was asked, or the time now if that is 0. */
    public static long ticks(final long before) {
        return before == 0 ? CLOCK.ticks() : before;
    }

    /** Counts an event that was discarded before it had a ring. */
    public static void refused(final RefusalCause cause) {
        TARGET.refused(cause);
    }

    /**
     * An error inside a fire: the application must not see it.
     *
     * @param isOwed whether an event is neither in its ring nor counted yet
     */
    public static void failed(final boolean isOwed, final Throwable error) {
        Warnings.failure("firing a tracepoint", error);
        if (isOwed) {
            // Last of all: what is counted must not fail afterwards, and reach the application.
            TARGET.refused(RefusalCause.INTERNAL);
        }
    }

    /** The text of a field; runs the application's code if the sequence is not a String. */
    public static String text(final CharSequence value) {
        final String text = value == null ? null : value.toString();
        return text == null ? NullValue.TEXT : text;
    }

    /** The bytes of a field. */
    public static byte[] bytes(final byte[] value) {
        return value == null ? NULL_BYTES : value;
    }

    /** The bytes of a field. */
    public static ByteBuffer bytes(final ByteBuffer value) {
        return value == null ? NULL_BUFFER : value;
    }

    /** The code of an enumeration's field. */
    public static int code(final Enum<?> value, final int codeOfNull) {
        return value == null ? codeOfNull : value.ordinal();
    }
}
