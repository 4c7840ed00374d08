// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.os.jvm.Thrown;
import dev.sluice.os.proc.ProcessStat;
import dev.sluice.ring.RingPages;
import dev.sluice.ring.ChunkOverwriter;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.RingRefusals;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.drain.PulledHead;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.SharedText;
import dev.sluice.ring.memory.Utf8;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.clock.SampledClock;
import dev.sluice.target.jvm.OwnedByThreads;
import dev.sluice.target.jvm.Privileged;
import dev.sluice.target.jvm.ThreadIds;
import dev.sluice.target.jvm.ProcessIdentity;
import dev.sluice.target.jvm.VirtualThreads;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.memory.MachineMemory;
import dev.sluice.target.memory.MemoryBudget;
import dev.sluice.target.memory.RingMemory;
import dev.sluice.target.pair.HeldEvents;
import dev.sluice.target.pair.HeldRole;
import dev.sluice.target.ring.DeclaredEvents;
import dev.sluice.target.ring.OwnerControl;
import dev.sluice.target.ring.RehearsedFires;
import dev.sluice.target.ring.RingUse;
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
 * The started target as constants, for the code of fires: compiled code needs no load for a static final field. The
 * class is used only after a tracepoint was loaded, when the target has been started. Any thread.
 */
public final class LiveTarget {
    /** From this version of Java on the compiler looks at how often a call is made, and no longer at a mere count. */
    private static final int FIRST_CARRYING = 18;
    private static final LocalTarget TARGET = LocalTarget.start();
    private static final Clock CLOCK = TARGET == null ? null : TARGET.clock();
    private static final boolean IS_SAMPLED = CLOCK instanceof SampledClock;
    private static final boolean IS_CLOCK_FIRST = CLOCK != null && CLOCK.kind() != Clock.KIND_TSC && !IS_SAMPLED;
    /** The compiler of Java 17 puts the long way into the usual one, which then is slower than one with a reading. */
    private static final boolean IS_CARRYING = IS_SAMPLED && Runtime.version().feature() >= FIRST_CARRYING;
    private static final boolean IS_CARRYING_APART = IS_SAMPLED && !IS_CARRYING;
    private static final long TICKER_WORD = IS_SAMPLED ? ((SampledClock) CLOCK).wordAddress() : 0;
    private static final int EVERY = IS_SAMPLED ? ((SampledClock) CLOCK).every() : 0;

    /** The bytes that stand for a null byte sequence. The array is never changed. */
    public static final byte[] NULL_BYTES = NullValue.bytes();
    static final ByteBuffer NULL_BUFFER = ByteBuffer.wrap(NULL_BYTES);

    private LiveTarget() {
    }

    /**
     * Loads the classes that fires need now, and not in the middle of the first fire. This includes classes of the JDK:
     * the JVM asks the library's class loader for them, and that loader may itself be traced.
     *
     * @param encoder the class that puts events together field by field
     * @param fires   what is fired in a rehearsal
     */
    public static void prepare(final Class<?> encoder, final RehearsedFires fires) {
        Preload.withNested(encoder);
        Preload.withNested(ThreadRings.class, Rings.class, RingUse.class, RingProducer.class, ChunkOverwriter.class,
            Slot.class, SlotDescriptor.class, StreamClass.class, SharedText.class, ChunkDescriptor.class,
            EventDescriptor.class, Memory.class, Utf8.class, OwnerControl.class, RingDrainer.class, PulledHead.class,
            VirtualThreads.class, RingRefusals.class,
            ProcessIdentity.class, ProcessStat.class, Thrown.class, RingMemory.class, RingPages.class,
            MemoryBudget.class, MachineMemory.class, LiveSession.class, ConsumerPulse.class, DeclaredEvents.class,
            RefusalCause.class, Privileged.class, Warnings.class, OwnedByThreads.class, ThreadIds.class);
        Preload.withNested(Rings.neededByFires());
        List.of(AtomicInteger.class, AtomicIntegerArray.class, AtomicLong.class, AtomicReference.class,
            AtomicReferenceArray.class, BooleanSupplier.class, TimeUnit.class, File.class, FileInputStream.class,
            InputStream.class, StandardCharsets.class, ArrayList.class, LambdaMetafactory.class,
            StringConcatFactory.class, MethodHandles.Lookup.class, MethodType.class, MethodHandle.class,
            CallSite.class).forEach(Preload::alone);
        // This loads what reads the characters of texts.
        Utf8.encodedLength(NullValue.TEXT, Integer.MAX_VALUE);
        TARGET.rehearse(fires);
    }

    /** This thread's ring, or null if the thread can have no ring: then the event is counted as refused. */
    public static RingProducer ring() {
        final RingProducer ring = ThreadRings.get();
        return ring != null ? ring : TARGET.ring();
    }

    /**
     * What the calling thread holds back, told that an event of such an id comes next; null if that event is to be
     * written like any other.
     */
    public static HeldEvents held(final int id) {
        final HeldRole role = TARGET.heldRoles().of(id);
        final HeldEvents held = role == null ? null : TARGET.held();
        return held == null ? null : held.begin(role);
    }

    private static long ticks(final RingProducer ring) {
        return IS_SAMPLED ? sampled(ring) : CLOCK.ticks();
    }

    /**
     * The time for an event whose ring is not looked up yet, or 0 if the clock is to be read after the look-up. Which
     * order is faster was measured. A clock whose read orders nothing (TSC) is read after the look-up, and a clock
     * whose read waits for everything before it (nanoTime) is read before the look-up: so the look-up costs nothing
     * beside the read.
     */
    public static long ticksBeforeRing() {
        return IS_CLOCK_FIRST ? CLOCK.ticks() : 0;
    }

    /** Whether the clock is sampled, and {@link #tryCarry} claims room for events of the usual kind. */
    public static boolean isCarrying() {
        return IS_CARRYING;
    }

    /** Whether the clock is sampled, and {@link #mayCarry} serves events of integers: on Java 17. */
    public static boolean isCarryingApart() {
        return IS_CARRYING_APART;
    }

    /** {@link RingProducer#mayCarry(long, int, int)} as the ticker's word is now. */
    public static boolean mayCarry(final RingProducer ring, final int alignedLength) {
        return ring.mayCarry(Memory.getLongAcquire(TICKER_WORD), EVERY, alignedLength);
    }

    /** The time for an event whose ring is known: what {@link #ticksBeforeRing} returned, or the time now. */
    public static long ticksAfterRing(final long before, final RingProducer ring) {
        return IS_CLOCK_FIRST ? before : ticks(ring);
    }

    /**
     * Claims room for an event of the usual kind where the clock is sampled, if the event carries the last reading. One
     * that takes a reading goes the long way, {@link #claim}, as one without room does: so the usual way has no call in
     * it, and its compiled code keeps no value on the stack.
     *
     * @return the address, or {@link RingProducer#REFUSED}: then nothing has changed and nothing is counted
     */
    public static long tryCarry(final RingProducer ring, final int id, final int alignedLength) {
        return ring.tryCarry(Memory.getLongAcquire(TICKER_WORD), EVERY, id, alignedLength);
    }

    /**
     * Claims room for an event of the usual kind whose id is a constant of the caller: one that is loaded would have to
     * be kept over the reading of the clock. {@link #tryCarry}, or {@link RingProducer#tryClaim} with the time that
     * {@link #ticksBeforeRing} returned, or with the time now.
     *
     * @return the address, or {@link RingProducer#REFUSED}: then nothing has changed and nothing is counted
     */
    public static long tryClaim(final long before, final RingProducer ring, final int id, final int alignedLength) {
        return IS_CARRYING ? tryCarry(ring, id, alignedLength)
            : ring.tryClaim(ticksAfterRing(before, ring), id, alignedLength);
    }

    /**
     * Claims room for any event: {@link RingProducer#claim} with the time that {@link #ticksBeforeRing} returned if it
     * was called, or with the time now if that is 0.
     *
     * @return the address, or {@link RingProducer#REFUSED}: then the event was discarded and counted
     */
    public static long claim(final long before, final RingProducer ring, final int id, final int alignedLength) {
        return ring.claim(before == 0 ? ticks(ring) : before, id, alignedLength);
    }

    /**
     * The last reading of a clock that is sampled, or a new one. The word is loaded before the clock is read, and by an
     * acquire load, which nothing that follows passes: what is carried afterwards has found this very word.
     */
    private static long sampled(final RingProducer ring) {
        final long word = Memory.getLongAcquire(TICKER_WORD);
        if (ring.mayCarry(word, EVERY)) {
            return ring.lastTicks();
        }
        ring.beginReading(word);
        return CLOCK.ticks();
    }

    /** Counts an event that was discarded before it had a ring. */
    public static void refused(final RefusalCause cause) {
        TARGET.refused(cause);
    }

    /**
     * Handles an error inside a fire: the application must not see it.
     *
     * @param isOwed whether an event is neither in its ring nor counted yet
     */
    public static void failed(final boolean isOwed, final Throwable error) {
        TARGET.abandonHeld();
        Warnings.failure("firing a tracepoint", error);
        if (isOwed && !ThreadRings.isRehearsal()) {
            // The count comes last, so that nothing can fail after it.
            TARGET.refused(RefusalCause.INTERNAL);
        }
    }

    /** The text of a field. If the sequence is not a String, this runs code of the application. */
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

    /** The code of an enumeration's value. */
    public static int code(final Enum<?> value, final int codeOfNull) {
        return value == null ? codeOfNull : value.ordinal();
    }
}
