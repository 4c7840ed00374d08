// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Layout of a slot: everything about one ring but its bytes. Offsets are inside the slot, which begins at a multiple of
 * 64 KiB. Lines of different writers sit two cache lines apart.
 * <pre>
 *      0  +--------------------------------------------------------------+
 *         | identity: state {generation:32, state:32} (CAS), tid, stream |
 *         | class, thread start time, Java thread id, ring length, first |
 *         | position, name (owner, at claim); chunk limit (owner)        |
 *    256  +--------------------------------------------------------------+
 *         | tail, discarded, overwritten, blocked ns, begin of the chunk |
 *         | that was overwritten last; of the discarded those that were  |
 *         | refused while the consumer was stale     (owner)             |
 *    384  +--------------------------------------------------------------+
 *         | head {epoch:16, position / 8:48}, sequence, drained events,  |
 *         | traps                                    (drain lock holder) |
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
 *         | reserved                                                     |
 *  65536  +--------------------------------------------------------------+
 * </pre>
 * States of a slot, with the actor of each transition:
 * <pre>
 *  FREE     to CLAIMED    a thread at its first fire, by CAS; generation plus one
 *  CLAIMED  to ACTIVE     the same thread, its ring allocated, by release store
 *  CLAIMED  to FREE       the same thread, allocation failed; or the sweep, the thread being dead
 *  ACTIVE   to ORPHANED   the sweep (control thread or a claimer that found none free), the owner being dead
 *  ORPHANED to FREE       the sweep, when head has reached tail
 * </pre>
 */
public final class SlotDescriptor {
    /** Nobody's. */
    public static final int STATE_FREE = 0;
    /** Its owner is setting it up; no event yet. */
    public static final int STATE_CLAIMED = 1;
    /** Its owner may fire. */
    public static final int STATE_ACTIVE = 2;
    /** Its owner is dead and events may be left. */
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
     * Number of chunks, from the ring's begin, whose descriptors may mean anything; 0 for all. The owner raises it
     * before it enters one beyond, and lowers it while the ring is empty.
     */
    public static final int CHUNK_LIMIT_OFFSET = 120;

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

    public static final int DRAIN_LOCK_OFFSET = HEAD_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    public static final int PACKET_HEADER_OFFSET = DRAIN_LOCK_OFFSET + ControlFileDescriptor.LINE_LENGTH;

    public static final int JOURNAL_OFFSET = 1024;
    /** Batches the journal remembers; a drainer never runs further ahead of the received word than this. */
    public static final int JOURNAL_ENTRIES = 512;

    public static final int CHUNKS_OFFSET = 20480;
    /** Greatest number of chunks of a ring. */
    public static final int MAX_CHUNKS = 512;

    /** Bytes of a slot. */
    public static final int LENGTH = 65536;
    /** Chunks whose descriptors lie in the first bytes of a slot, which every slot has pages for. */
    public static final int FIRST_CHUNKS = 64;
    /** Those first bytes: identity, positions, journal and the descriptors of {@link #FIRST_CHUNKS}. */
    public static final int FIRST_BYTES = CHUNKS_OFFSET + FIRST_CHUNKS * ChunkDescriptor.LENGTH;

    private SlotDescriptor() {
    }

    /** Packs a slot's state word. */
    public static long stateWord(final int generation, final int state) {
        return (long) generation << Integer.SIZE | state;
    }

    /** The state of a state word. */
    public static int state(final long word) {
        return (int) word;
    }

    /** The generation of a state word. */
    public static int generation(final long word) {
        return (int) (word >>> Integer.SIZE);
    }

    /** Offset of the journal entry of a sequence number. */
    public static int journalOffset(final long sequence) {
        return JOURNAL_OFFSET + (int) (sequence & JOURNAL_ENTRIES - 1) * JournalDescriptor.LENGTH;
    }

    /** Offset of the chunk descriptor for an index. */
    public static int chunkOffset(final int index) {
        return CHUNKS_OFFSET + index * ChunkDescriptor.LENGTH;
    }
}
