// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Layout of a chunk descriptor (R3). The owner writes it: on entry begin = {@link #NO_POSITION} (release), then base
 * ticks, events before and content end 0, then begin (release); on leaving the count, last ticks, exact end and content
 * end (release), all before tail enters the next chunk. A reader takes the chunk only if begin matches, before and
 * after.
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
 *  |   state {begin position / 8:48 above, state:16 below} (CAS)   | 48
 *  +---------------------------------------------------------------+
 *  |   reserved (u64)                                              | 56
 *  +---------------------------------------------------------------+
 * </pre>
 * State words serve {@code OVERWRITE} and shared mode: see docs/protocol.md.
 */
public final class ChunkDescriptor {
    /** Begin position of a chunk that nobody may read. */
    public static final long NO_POSITION = -1L;

    /** The owner is writing to it, or it was never used. */
    public static final int STATE_OPEN = 0;
    /** Closed, and not read yet. */
    public static final int STATE_FULL = 1;
    /** A drainer is copying it. */
    public static final int STATE_READING = 2;
    /** Drained. */
    public static final int STATE_DRAINED = 3;
    /** Recycled unread: its events count as overwritten. */
    public static final int STATE_OVERWRITTEN = 4;

    public static final int BEGIN_POSITION_OFFSET = 0;
    public static final int BASE_TICKS_OFFSET = BEGIN_POSITION_OFFSET + Long.BYTES;
    public static final int EVENTS_BEFORE_OFFSET = BASE_TICKS_OFFSET + Long.BYTES;
    public static final int CONTENT_END_OFFSET = EVENTS_BEFORE_OFFSET + Long.BYTES;
    public static final int LAST_TICKS_OFFSET = CONTENT_END_OFFSET + Long.BYTES;
    public static final int EVENT_COUNT_OFFSET = LAST_TICKS_OFFSET + Long.BYTES;
    public static final int LAST_PADDING_OFFSET = EVENT_COUNT_OFFSET + Integer.BYTES;
    public static final int STATE_OFFSET = LAST_PADDING_OFFSET + Integer.BYTES;
    public static final int RESERVED_OFFSET = STATE_OFFSET + Long.BYTES;
    /** Bytes of a descriptor. */
    public static final int LENGTH = RESERVED_OFFSET + Long.BYTES;

    private ChunkDescriptor() {
    }

    /** Packs a state word. */
    public static long stateWord(final long beginPosition, final int state) {
        return beginPosition >>> 3 << Short.SIZE | state;
    }
}
