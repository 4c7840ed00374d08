// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import dev.sluice.bpf.libbpf.BpfRingBuffer;
import dev.sluice.bpf.libbpf.RecordHandler;
import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import java.util.Arrays;
import org.agrona.UnsafeApi;

/**
 * Reads the two BPF ring buffers of a {@link DrainProgram} like one buffer: the hot buffer, which the program tries
 * first and which is small enough for the processor's cache, and the large buffer, which takes batches while the reader
 * is late.
 *
 * <p>Each buffer keeps the order of what was put into it, so a ring's batches are spread over both buffers and are in
 * order in each of them. They are handed out in the order of their sequence numbers: the oldest record of a buffer is
 * handed out, unless the other buffer holds an earlier batch of the same ring. A batch is submitted before the ring's
 * next batch is reserved. So a reader that has seen a batch, and looks at the buffers afterwards, sees every earlier
 * batch of that ring that is not lost.
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
     * @return records handed out; 0 when there is no record, or the record that comes first is not complete
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

    /** The buffer whose oldest record comes first, or null if there is no such buffer. */
    private BpfRingBuffer next() {
        // The buffers are asked in turn, so that a buffer that is never empty does not make the other wait for ever.
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
        // If each buffer's record waits for a record in the other buffer, take one of them: honest rings cannot cause
        // that, but a hostile target can write any sequence number. If only one buffer waits, the record that it waits
        // for came into the other buffer after that buffer was looked at; the next call finds it.
        return isOneThere && isOtherThere ? one : null;
    }

    /**
     * Whether no earlier batch of the same ring is in the other buffer. A record that is still busy cannot be an
     * earlier batch, because earlier batches were submitted before this batch was reserved.
     */
    private boolean isFirst(final BpfRingBuffer buffer, final BpfRingBuffer other) {
        final long address = buffer.oldest();
        final int ring = ring(address);
        final long sequence = sequence(address);
        // A sequence at or before the last one is a repetition, which the receiver refuses.
        return lastSequences[ring] != UNKNOWN && sequence <= lastSequences[ring] + 1
            || !other.contains(found -> ring(found) == ring && sequence(found) < sequence);
    }

    /** The ring of a record. The program has checked that it is below the number of slots. */
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

    /** Whether that is so long that nothing behind it can be waited for: {@link BpfRingBuffer#isStuck}. */
    public boolean isStuck() {
        return busyNs() > BpfRingBuffer.STUCK_NS;
    }

    /** Steps over a record that will never be complete: {@link BpfRingBuffer#skipStuck}. */
    public boolean skipStuck() {
        return hot != null && hot.skipStuck() || large.skipStuck();
    }

    /** Records stepped over in both buffers. */
    public long stuckRecords() {
        return large.stuckRecords() + (hot == null ? 0 : hot.stuckRecords());
    }

    /** Whether all records that programs have reserved were given back. */
    public boolean isEmpty() {
        return (hot == null || hot.consumerPosition() == hot.producerPosition())
            && large.consumerPosition() == large.producerPosition();
    }

    /** Bytes given back to the kernel since load, discarded records included. */
    public long consumedBytes() {
        return large.consumerPosition() + (hot == null ? 0 : hot.consumerPosition());
    }

    /**
     * The most bytes that may be claimed for records, each with its header and padding, so that each record finds room
     * in one of the buffers, whatever room is left at the end of either. With two buffers, this is the sum of their
     * capacities minus one longest record.
     */
    public int capacity() {
        return hot == null ? large.capacity()
            : large.capacity() + hot.capacity() - RecordSizing.recordLength(RecordSizing.MAX_CONTENT_LENGTH, true);
    }
}
