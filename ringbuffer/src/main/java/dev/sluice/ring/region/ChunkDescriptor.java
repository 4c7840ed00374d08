// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import dev.sluice.ring.memory.TaggedWord;

/**
 * Layout of a chunk descriptor (R3). The owner writes it. When the owner enters the chunk, it stores begin =
 * {@link #NO_POSITION} (release), then base ticks, events before and content end = 0, then begin (release). When it
 * leaves the chunk, it stores the count, last ticks, exact end and content end (release), all before tail enters the
 * next chunk. A reader takes the chunk only if begin has the expected value, both before and after the reading.
 * <pre>
 *  +---------------------------------------------------------------+
 *  |   begin position, a multiple of the chunk length (u64)        |  0
 *  +---------------------------------------------------------------+
 *  |   base ticks: 64-bit ticks of the first event (u64)           |  8
 *  +---------------------------------------------------------------+
 *  |   events before: written to the ring before this chunk (u64)  | 16
 *  +---------------------------------------------------------------+
 *  |   content end: position after the last event, 8-aligned;      | 24
 *  |   0 while the chunk is open                                   |
 *  +---------------------------------------------------------------+
 *  |   last ticks: 64-bit ticks of the last event (u64)            | 32
 *  +-------------------------------+-------------------------------+
 *  |   event count (u32)           |   padding of the last event   | 40
 *  |                               |   in bytes, 0 to 7 (u32)      |
 *  +-------------------------------+-------------------------------+
 *  |   state {begin position / 8:48, epoch:12, state:4}  (CAS)     | 48
 *  +---------------------------------------------------------------+
 *  |   overwritten: the ring's count once this chunk is            | 56
 *  |   OVERWRITTEN; written before that (u64)                      |
 *  +---------------------------------------------------------------+
 * </pre>
 * The states follow, with the actor of each transition. A state word contains the begin position, so the
 * compare-and-set of a thread that means an earlier occupant fails. It contains the epoch, so the compare-and-set of a
 * reader of an earlier session fails. A FULL word has in place of the epoch how far a drainer has come that took a part
 * of the chunk. So an owner that has counted the rest, in order to overwrite it, fails if a drainer has taken more
 * meanwhile.
 * <pre>
 *  any          to OPEN          owner, entering: head has passed the chunk, or it is OVERWRITTEN
 *  OPEN         to FULL          owner, leaving
 *  OPEN         to OPEN_READING  drainer, of the events so far
 *  OPEN_READING to OPEN          the same drainer, done
 *  OPEN_READING to READING       owner, leaving
 *  FULL         to READING       drainer
 *  READING      to DRAINED       the same drainer, head is past the chunk
 *  READING      to FULL          the same drainer, events are left; the word then says how far head has come
 *  FULL         to OVERWRITING   owner, under OVERWRITE, before it looks whether a consumer in pull mode takes it
 *  OVERWRITING  to FULL          the same owner: a consumer takes it
 *  OVERWRITING  to READING       drainer: the owner has not decided yet, and gives up
 *  OVERWRITING  to OVERWRITTEN   owner (R9)
 * </pre>
 */
public final class ChunkDescriptor {
    /** Begin position of a chunk that nobody may read. */
    public static final long NO_POSITION = -1L;

    /** The owner is writing to the chunk, or the chunk was never used. */
    public static final int STATE_OPEN = 0;
    /** The chunk is closed and has events that nobody has drained. */
    public static final int STATE_FULL = 1;
    /** The chunk is closed, and a drainer is copying it. */
    public static final int STATE_READING = 2;
    /** The chunk is closed, and all its events are drained. */
    public static final int STATE_DRAINED = 3;
    /** The chunk was recycled before it was drained; its events count as overwritten. */
    public static final int STATE_OVERWRITTEN = 4;
    /** The owner is writing to the chunk, and a drainer is copying the events that it has so far. */
    public static final int STATE_OPEN_READING = 5;
    /**
     * Closed and whole, but its owner is about to overwrite it. A consumer in pull mode says in the control file that
     * it takes a batch and then looks at the state; the owner stores this state and then looks at that word. So at
     * least one of them sees the other, and steps back.
     */
    public static final int STATE_OVERWRITING = 6;

    public static final int BEGIN_POSITION_OFFSET = 0;
    public static final int BASE_TICKS_OFFSET = BEGIN_POSITION_OFFSET + Long.BYTES;
    public static final int EVENTS_BEFORE_OFFSET = BASE_TICKS_OFFSET + Long.BYTES;
    public static final int CONTENT_END_OFFSET = EVENTS_BEFORE_OFFSET + Long.BYTES;
    public static final int LAST_TICKS_OFFSET = CONTENT_END_OFFSET + Long.BYTES;
    public static final int EVENT_COUNT_OFFSET = LAST_TICKS_OFFSET + Long.BYTES;
    public static final int LAST_PADDING_OFFSET = EVENT_COUNT_OFFSET + Integer.BYTES;
    public static final int STATE_OFFSET = LAST_PADDING_OFFSET + Integer.BYTES;
    public static final int OVERWRITTEN_OFFSET = STATE_OFFSET + Long.BYTES;
    /** Bytes of a descriptor. */
    public static final int LENGTH = OVERWRITTEN_OFFSET + Long.BYTES;

    private static final int STATE_BITS = 4;
    private static final int STATE_MASK = (1 << STATE_BITS) - 1;
    private static final int EPOCH_BITS = 12;
    private static final int EPOCH_MASK = (1 << EPOCH_BITS) - 1;

    private ChunkDescriptor() {
    }

    /**
     * Packs a state word.
     *
     * @param epoch epoch of the session that reads, or 0 if nobody reads
     */
    public static long stateWord(final long beginPosition, final int epoch, final int state) {
        return beginPosition >>> 3 << Short.SIZE | (epoch & EPOCH_MASK) << STATE_BITS | state;
    }

    /**
     * The state word of a closed chunk of which a drainer has taken a part.
     *
     * @param head position in the chunk that head has reached
     */
    public static long partlyDrainedWord(final long beginPosition, final long head) {
        final long words = head - beginPosition >>> 3;
        // The position in a chunk needs thirteen bits, and the word has twelve for it. Adding the highest bit makes two
        // positions of one chunk that are half of it apart differ too.
        return stateWord(beginPosition, (int) (words + (words >>> EPOCH_BITS)), STATE_FULL);
    }

    /** The state in a state word. */
    public static int state(final long word) {
        return (int) word & STATE_MASK;
    }

    /** Whether a state word belongs to the occupant that begins at a position. */
    public static boolean isOf(final long word, final long beginPosition) {
        return word >>> Short.SIZE == (beginPosition >>> 3 & TaggedWord.VALUE_MASK);
    }
}
