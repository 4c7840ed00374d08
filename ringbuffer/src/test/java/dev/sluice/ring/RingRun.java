// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.SlotDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.UnsafeApi;

/**
 * One run of a {@link RingScenario}: its memory, its parameters, and what application and kernel know about it that
 * outlives a death: the events whose fire returned, and the packets that were copied. Shared between the tests and
 * instrumented classes, hence public; for one thread.
 */
public final class RingRun implements AutoCloseable {
    /** Small, so that a few hundred events go round the ring several times. */
    public static final int CHUNK = 256;
    public static final int RING = 4 * CHUNK;
    /** What a ring may grow to. */
    public static final int GREATEST_RING = 2 * RING;
    /** What the bytes of a ring are that have no page. */
    public static final byte POISON = (byte) 0xEE;
    /** The clock starts just below the 48 bits of an event's header. */
    public static final long FIRST_TICKS = (1L << EventDescriptor.TICKS_BITS) - 300;

    public final long control;
    public final long slot;
    public final long ring;
    public final Kind kind;
    /** Name of a {@link FullPolicy}. */
    public final String policy;
    /** Strategy OWNER; else nobody drains but the control thread. */
    public final boolean ownerDrains;
    public final long seed;
    public final int operations;

    /** Events committed, in ring order; the index of one is its "events before". */
    public final List<Event> events = new ArrayList<>();
    /** An event whose fire has not returned. */
    public Event inFlight;
    /** Fires that returned without an event: the ring was full. */
    public long refused;
    /** Batches that the kernel copied, in order. */
    public final List<Packet> received = new ArrayList<>();
    /** Batches that the kernel could not copy. */
    public final List<Packet> failed = new ArrayList<>();
    /** Bytes of each chunk, from its begin, that have pages; the others hold {@link #POISON}. */
    public final int[] backed = new int[GREATEST_RING / CHUNK];
    /** Epoch of the last session. */
    public int epoch;
    /** Credits that were in use at most. */
    public long greatestUse;

    /** What the meter does to a run. */
    public enum Kind {
        /** All steps fail after one. */
        DEATH,
        /** One or two steps fail, and everybody goes on. */
        ERROR,
        /** Another actor of the target runs between two steps. */
        PREEMPTION,
        /** Another consumer takes over between two steps. */
        TAKEOVER
    }

    /** An event as the application meant it: 64-bit ticks, and the bytes that must be stored. */
    public record Event(long ticks, byte[] bytes) {
    }

    /** A packet as the kernel got it. */
    public record Packet(byte[] header, byte[] content) {
        /** Eight bytes of the header. */
        public long word(final int offset) {
            return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
        }

        /** Four bytes of the header. */
        public int number(final int offset) {
            return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
        }
    }

    RingRun(final Kind kind, final FullPolicy policy, final boolean ownerDrains, final long seed,
            final int operations) {
        this.kind = kind;
        this.policy = policy.name();
        this.ownerDrains = ownerDrains;
        this.seed = seed;
        this.operations = operations;
        this.control = allocate(ControlFileDescriptor.fileLength(1));
        this.slot = allocate(SlotDescriptor.LENGTH);
        this.ring = allocate(GREATEST_RING);
    }

    private static long allocate(final long lengthBytes) {
        final long address = UnsafeApi.allocateMemory(lengthBytes);
        Memory.zero(address, lengthBytes);
        return address;
    }

    @Override
    public void close() {
        UnsafeApi.freeMemory(ring);
        UnsafeApi.freeMemory(slot);
        UnsafeApi.freeMemory(control);
    }

    @Override
    public String toString() {
        return kind + " " + policy + (ownerDrains ? " OWNER" : " control thread drains") + " seed=" + seed;
    }
}
