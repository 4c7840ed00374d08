// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.ring.RecordSizing;
import java.util.Arrays;
import org.agrona.UnsafeApi;

/**
 * The two BPF ring buffers of a {@link DrainProgram} read as one: the hot one, which the program tries first and which
 * is small enough for the processor's cache, and the large one behind it, for the time that a reader is late.
 *
 * <p>Each buffer keeps the order of what was put into it, so a ring's batches are spread over both, and in order in
 * each. They are handed out in the order of their sequence numbers: the oldest record of a buffer comes first unless
 * the other buffer holds an earlier one of its ring. A batch is submitted before the ring's next one is reserved, so
 * whoever sees a batch sees each earlier one that is not lost, if it looks afterwards.
 *
 * <p>One consumer thread polls; the positions may be read by any thread until the program is closed.
 */
public final class DrainBuffers {
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final BpfRingBuffer hot;
    private final BpfRingBuffer large;
    private final long[] lastSequences;
    private boolean isLargeAsked;

    /** Hot may be null. */
    DrainBuffers(final BpfRingBuffer hot, final BpfRingBuffer large, final int slots) {
        this.hot = hot;
        this.large = large;
        this.lastSequences = new long[hot == null ? 0 : slots];
        Arrays.fill(lastSequences, UNKNOWN);
    }

    /**
     * Hands out complete records, each ring's in order.
     *
     * @param limit the most records to hand out
     * @return records handed out; 0 when there is none, or what comes first is not complete
     */
    public int poll(final RecordHandler handler, final int limit) {
        if (hot == null) {
            return large.poll(handler, limit);
        }
        int records = 0;
        while (records < limit) {
            final BpfRingBuffer next = next();
            if (next == null) {
                return records;
            }
            records++;
            final long address = next.oldest();
            lastSequences[ring(address)] = Math.max(lastSequences[ring(address)], sequence(address));
            next.handOut(handler);
        }
        return records;
    }

    /** The buffer whose oldest record comes first, or null if there is none. */
    private BpfRingBuffer next() {
        // In turn, so that neither waits for as long as there is always something in the other.
        isLargeAsked = !isLargeAsked;
        final BpfRingBuffer one = isLargeAsked ? large : hot;
        final BpfRingBuffer other = isLargeAsked ? hot : large;
        final boolean isOneThere = one.look();
        if (isOneThere && isFirst(one, other)) {
            return one;
        }
        final boolean isOtherThere = other.look();
        if (isOtherThere && isFirst(other, one)) {
            return other;
        }
        // Both wait for each other: no ring can do that, but a target can write any sequence number. Of one that waits
        // for what came into the other after that was looked at, the next call knows more.
        return isOneThere && isOtherThere ? one : null;
    }

    /** A record that is still busy cannot be an earlier one: those were submitted before this one was reserved. */
    private boolean isFirst(final BpfRingBuffer buffer, final BpfRingBuffer other) {
        final long address = buffer.oldest();
        final int ring = ring(address);
        final long sequence = sequence(address);
        // Those at or before the last are repetitions, and for the receiver to refuse.
        return lastSequences[ring] != UNKNOWN && sequence <= lastSequences[ring] + 1
            || !other.contains(found -> ring(found) == ring && sequence(found) < sequence);
    }

    /** Below the number of slots: the program has checked it. */
    private static int ring(final long address) {
        return UnsafeApi.getInt(null, address + PacketHeaderDescriptor.RING_OFFSET);
    }

    private static long sequence(final long address) {
        return UnsafeApi.getLong(null, address + PacketHeaderDescriptor.SEQUENCE_OFFSET);
    }

    /** The longest that the oldest record of a buffer has been busy: {@link BpfRingBuffer#busyNs}. */
    public long busyNs() {
        return Math.max(large.busyNs(), hot == null ? 0 : hot.busyNs());
    }

    /** Steps over a record that will never be complete: {@link BpfRingBuffer#skipStuck}. */
    public boolean skipStuck() {
        return hot != null && hot.skipStuck() || large.skipStuck();
    }

    /** Records stepped over in both buffers. */
    public long stuckRecords() {
        return large.stuckRecords() + (hot == null ? 0 : hot.stuckRecords());
    }

    /** Whether all that programs have reserved was given back. */
    public boolean isEmpty() {
        return (hot == null || hot.consumerPosition() == hot.producerPosition())
            && large.consumerPosition() == large.producerPosition();
    }

    /** Bytes given back to the kernel since load, discarded records included. */
    public long consumedBytes() {
        return large.consumerPosition() + (hot == null ? 0 : hot.consumerPosition());
    }

    /**
     * The most bytes that may be claimed for records, each with its header and padding, so that each finds room in one
     * buffer whatever is left at the end of either: of two buffers, one longest record less than both hold.
     */
    public int capacity() {
        return hot == null ? large.capacity()
            : large.capacity() + hot.capacity() - RecordSizing.recordLength(RecordSizing.MAX_CONTENT_LENGTH, true);
    }
}
