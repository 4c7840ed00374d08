// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.packet.PacketHeaderDescriptor;

/**
 * Layout of a slot, which has everything about one ring but the ring's bytes. Offsets count from the slot's begin,
 * which is a multiple of 4 KiB. Words of different writers are two cache lines apart.
 * <pre>
 *      0  +--------------------------------------------------------------+
 *         | identity: state {generation:32, state:32} (CAS), tid, stream |
 *         | class, thread start time, Java thread id, ring length, first |
 *         | position, name, address of the ring, what taking it has cost |
 *         | {epoch:16, ns:48} (owner, at claim; the start time: control  |
 *         | thread, later); chunk limit (owner)                          |
 *    256  +--------------------------------------------------------------+
 *         | tail, discarded, overwritten, blocked ns, begin of the chunk |
 *         | that was overwritten last; of the discarded those that were  |
 *         | refused while the consumer was stale     (owner)             |
 *    384  +--------------------------------------------------------------+
 *         | head {epoch:16, position / 8:48}, sequence, drained events,  |
 *         | traps, begin of the long journal         (drain lock holder) |
 *    512  +--------------------------------------------------------------+
 *         | drain lock {0:32, tid:32}                (CAS)               |
 *    640  +--------------------------------------------------------------+
 *         | {@link PacketHeaderDescriptor packet header} in preparation  |
 *         |                                          (drain lock holder) |
 *   1024  +--------------------------------------------------------------+
 *         | journal of the last 512 batches: {@link JournalDescriptor}   |
 *         |                                          (drain lock holder) |
 *  20480  +--------------------------------------------------------------+
 *         | chunks, up to 512: {@link ChunkDescriptor}   (owner; state   |
 *         |                                               words by CAS)  |
 *  53248  +--------------------------------------------------------------+
 *         | long journal of the last 2048 batches, from the sequence on  |
 *         | that the word above says                 (drain lock holder) |
 * 118784  +--------------------------------------------------------------+
 * </pre>
 * States of a slot, with the actor of each transition:
 * <pre>
 *  FREE     to CLAIMED    a thread at its first fire, by CAS; generation plus one
 *  CLAIMED  to ACTIVE     the same thread, once its ring is allocated, by release store
 *  CLAIMED  to FREE       the same thread, if allocation failed, or if it is the control thread, which takes a slot
 *                         once, before the first session, to try what a first event needs, and gives it back
 *  ACTIVE   to ORPHANED   the sweep (control thread, or a claimer that found no free slot), if the owner is dead
 *  ORPHANED to FREE       the sweep, when head has reached tail
 * </pre>
 */
public final class SlotDescriptor {
    /** The slot belongs to nobody. */
    public static final int STATE_FREE = 0;
    /** Its owner is preparing the slot; there is no event yet. */
    public static final int STATE_CLAIMED = 1;
    /** Its owner may fire. */
    public static final int STATE_ACTIVE = 2;
    /** Its owner is dead, and events may be left. */
    public static final int STATE_ORPHANED = 3;

    public static final int STATE_OFFSET = 0;
    public static final int TID_OFFSET = STATE_OFFSET + Long.BYTES;
    public static final int STREAM_CLASS_OFFSET = TID_OFFSET + Integer.BYTES;
    public static final int START_TIME_OFFSET = STREAM_CLASS_OFFSET + Integer.BYTES;
    public static final int JAVA_THREAD_ID_OFFSET = START_TIME_OFFSET + Long.BYTES;
    public static final int RING_LENGTH_OFFSET = JAVA_THREAD_ID_OFFSET + Long.BYTES;
    public static final int FIRST_POSITION_OFFSET = RING_LENGTH_OFFSET + Long.BYTES;
    public static final int NAME_LENGTH_OFFSET = FIRST_POSITION_OFFSET + Long.BYTES;
    public static final int NAME_OFFSET = NAME_LENGTH_OFFSET + Integer.BYTES;
    public static final int NAME_CAPACITY = 64;
    /**
     * Number of chunks, from the ring's begin, whose descriptors are in use; 0 stands for all. The owner raises it
     * before it enters a chunk beyond, and lowers it while the ring is empty.
     */
    public static final int CHUNK_LIMIT_OFFSET = 120;
    /** Address of the ring in the target's memory, for a consumer that has the kernel copy from there. */
    public static final int RING_ADDRESS_OFFSET = CHUNK_LIMIT_OFFSET + Long.BYTES;
    /**
     * Processor time that the owner's first event has cost its thread, as far as it is the ring's, with the epoch of
     * that moment; 0 if the target does not measure it, and in rings of events held back.
     */
    public static final int FIRST_COST_OFFSET = RING_ADDRESS_OFFSET + Long.BYTES;

    public static final int TAIL_OFFSET = 256;
    public static final int DISCARDED_OFFSET = TAIL_OFFSET + Long.BYTES;
    public static final int OVERWRITTEN_OFFSET = DISCARDED_OFFSET + Long.BYTES;
    public static final int BLOCKED_NS_OFFSET = OVERWRITTEN_OFFSET + Long.BYTES;
    public static final int OVERWRITING_OFFSET = BLOCKED_NS_OFFSET + Long.BYTES;

    public static final int STALLED_OFFSET = OVERWRITING_OFFSET + Long.BYTES;

    public static final int HEAD_OFFSET = TAIL_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    public static final int SEQUENCE_OFFSET = HEAD_OFFSET + Long.BYTES;
    public static final int DRAINED_EVENTS_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
    public static final int TRAPS_OFFSET = DRAINED_EVENTS_OFFSET + Long.BYTES;

    /**
     * The first sequence number whose journal entry is in the long journal; 0 if none is. Once set, it stays. Earlier
     * entries are in the journal that every slot has, and stay there until their batches are received.
     */
    public static final int LONG_JOURNAL_FROM_OFFSET = TRAPS_OFFSET + Long.BYTES;

    public static final int DRAIN_LOCK_OFFSET = HEAD_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    public static final int PACKET_HEADER_OFFSET = DRAIN_LOCK_OFFSET + ControlFileDescriptor.LINE_LENGTH;

    public static final int JOURNAL_OFFSET = 1024;
    /**
     * Number of batches that the journal of every slot remembers. Without a long journal, no drainer gets further ahead
     * of the received word than this.
     */
    public static final int JOURNAL_ENTRIES = 512;

    public static final int CHUNKS_OFFSET = 20480;
    /** Greatest number of chunks of a ring. */
    public static final int MAX_CHUNKS = 512;
    /** The fewest chunks that a ring's length may be. */
    public static final int MIN_CHUNKS = 4;

    /** The long journal. Its pages are allocated when a drainer has got that far ahead. */
    public static final int LONG_JOURNAL_OFFSET = CHUNKS_OFFSET + MAX_CHUNKS * ChunkDescriptor.LENGTH;
    /**
     * Number of batches that a long journal remembers. A drainer never gets further ahead of the received word than
     * this.
     */
    public static final int LONG_JOURNAL_ENTRIES = 2048;
    public static final int LONG_JOURNAL_LENGTH = LONG_JOURNAL_ENTRIES * JournalDescriptor.LENGTH;

    /** Bytes of a slot: whole pages, and few enough that the greatest number of slots fits into one mapping. */
    public static final int LENGTH = LONG_JOURNAL_OFFSET + LONG_JOURNAL_LENGTH;
    /** Number of chunks whose descriptors lie in the first bytes of a slot. Every slot has pages for those bytes. */
    public static final int FIRST_CHUNKS = 64;
    /** Length of those first bytes: identity, positions, journal and the descriptors of {@link #FIRST_CHUNKS}. */
    public static final int FIRST_BYTES = CHUNKS_OFFSET + FIRST_CHUNKS * ChunkDescriptor.LENGTH;

    private SlotDescriptor() {
    }

    /** Packs a slot's state word. */
    public static long stateWord(final int generation, final int state) {
        return (long) generation << Integer.SIZE | state;
    }

    /** The state in a state word. */
    public static int state(final long word) {
        return (int) word;
    }

    /** The generation in a state word. */
    public static int generation(final long word) {
        return (int) (word >>> Integer.SIZE);
    }

    /**
     * Offset of the journal entry of a sequence number.
     *
     * @param longFrom the value of {@link #LONG_JOURNAL_FROM_OFFSET}
     */
    public static int journalOffset(final long sequence, final long longFrom) {
        return longFrom != 0 && sequence >= longFrom
            ? LONG_JOURNAL_OFFSET + (int) (sequence & LONG_JOURNAL_ENTRIES - 1) * JournalDescriptor.LENGTH
            : JOURNAL_OFFSET + (int) (sequence & JOURNAL_ENTRIES - 1) * JournalDescriptor.LENGTH;
    }

    /** Offset of the descriptor of a chunk with an index. */
    public static int chunkOffset(final int index) {
        return CHUNKS_OFFSET + index * ChunkDescriptor.LENGTH;
    }
}
