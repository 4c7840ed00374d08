// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.drain;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.JournalDescriptor;
import dev.sluice.ring.region.Slot;

/**
 * Finds the next batch of a ring: whole events, one after another, inside one chunk (R5). Drainers in the target use
 * it, and so does the consumer that salvages a dead target's rings. So the values that are read here are not trusted:
 * positions are compared with each other, and the schema bounds every event of an open chunk.
 * <p> A flyweight: {@link #select} fills the fields that the accessors return. {@link ChunkReading} keeps the selected
 * batch's chunk from being overwritten, and {@link BatchHeader} writes a packet's header for the selected batch. Each
 * thread has its own instance.
 */
public final class BatchSelector {
    /** There is nothing to drain. */
    public static final int EMPTY = 0;
    /** A batch was found. */
    public static final int BATCH = 1;
    /** There is no batch here, but head may move to {@link #nextHead}: the rest of the chunk is a hole. */
    public static final int HOLE = 2;
    /** The ring contradicts itself; {@link #fault} says how. This never happens in a ring that Sluice wrote. */
    public static final int MALFORMED = 3;

    /**
     * This is read once for each selection, because it bounds every address, and a hostile target may change it at any
     * time.
     */
    private long ringLength;
    private long usedLength;
    private long begin;
    private long contentEnd;
    private long nextHead;
    private long eventsBefore;
    private long firstTicks;
    private long lastTicks;
    private int eventCount;
    private int padding;
    private String fault;

    /**
     * Selects the next batch.
     *
     * @param slot          the ring
     * @param head          position up to which the ring is drained; only this thread moves it
     * @param drainedEvents number of events before head
     * @param partial       whether events of a chunk that is still open shall be selected
     * @param walker        the schema, for open chunks; not used if partial is false
     * @return one of the constants
     */
    public int select(final Slot slot, final long head, final long drainedEvents, final boolean partial,
                      final EventWalker walker) {
        final long tail = slot.tailAcquire();
        if (head >= tail) {
            return EMPTY;
        }
        ringLength = slot.ringLength();
        if (ringLength == 0 || (head & EventDescriptor.ALIGNMENT - 1) != 0) {
            return malformed("head=" + head + " tail=" + tail + " ringLength=" + ringLength);
        }
        final long chunkBegin = slot.chunkBegin(head);
        final long chunk = slot.chunkAddress(head, ringLength);
        begin = head;
        // This is loaded after tail: when tail entered a chunk, the chunk was below the limit already.
        usedLength = Math.min(ringLength, (long) slot.chunkLimit() * slot.chunkLength());
        if ((head & ringLength - 1) >= usedLength || ChunkReading.isGone(chunk, chunkBegin)) {
            return selectHole(slot, chunkBegin + slot.chunkLength(), tail);
        }
        // At the begin of a chunk, the chunk's own count is right, even if whole chunks before it were overwritten
        // (R9).
        eventsBefore = head == chunkBegin
            ? Memory.getLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET) : drainedEvents;
        final int selected = selectIn(slot, chunk, tail, partial ? walker : null);
        // The contradiction may be there only because the chunk was overwritten while it was read.
        return selected == MALFORMED && ChunkReading.isGone(chunk, chunkBegin)
            ? selectHole(slot, chunkBegin + slot.chunkLength(), tail) : selected;
    }

    private int selectIn(final Slot slot, final long chunk, final long tail, final EventWalker walkerOfPartial) {
        final long chunkBegin = slot.chunkBegin(begin);
        // Tail was read before. If the chunk is still open now, tail lies inside it (R3).
        final long closedEnd = Memory.getLongAcquire(chunk + ChunkDescriptor.CONTENT_END_OFFSET);
        if (closedEnd != 0) {
            return selectClosed(slot, chunk, closedEnd, ringLength);
        }
        if (tail > chunkBegin + slot.chunkLength()) {
            return malformed("open chunk=" + chunkBegin + " tail=" + tail);
        }
        return walkerOfPartial == null ? EMPTY : selectPartial(slot, chunk, tail, walkerOfPartial);
    }

    /**
     * Looks for the first chunk at or after a position. What lies before that chunk was overwritten or never written.
     */
    private int selectHole(final Slot slot, final long from, final long tail) {
        long first = Long.MAX_VALUE;
        for (long position = 0; position < usedLength; position += slot.chunkLength()) {
            final long chunk = slot.chunkAddress(position, ringLength);
            final long candidate = Memory.getLongAcquire(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET);
            if (candidate >= from && candidate < tail && candidate < first
                && (candidate & ringLength - 1) == position && !ChunkReading.isGone(chunk, candidate)) {
                first = candidate;
            }
        }
        nextHead = first;
        // There is none: the owner is between two stores of entering a chunk, and its events are not visible yet.
        return first == Long.MAX_VALUE ? EMPTY : HOLE;
    }

    private int selectClosed(final Slot slot, final long chunk, final long closedEnd, final long ringLength) {
        final long chunkBegin = slot.chunkBegin(begin);
        nextHead = chunkBegin + slot.chunkLength();
        if (closedEnd == begin) {
            return HOLE;
        }
        if (closedEnd < begin || closedEnd > nextHead) {
            return malformed("chunk=" + chunkBegin + " contentEnd=" + closedEnd + " head=" + begin);
        }
        contentEnd = closedEnd;
        padding = Memory.getInt(chunk + ChunkDescriptor.LAST_PADDING_OFFSET) & EventDescriptor.ALIGNMENT - 1;
        lastTicks = Memory.getLong(chunk + ChunkDescriptor.LAST_TICKS_OFFSET);
        final long eventsEnd = Memory.getLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET)
            + Integer.toUnsignedLong(Memory.getInt(chunk + ChunkDescriptor.EVENT_COUNT_OFFSET));
        final long count = eventsEnd - eventsBefore;
        if (count <= 0 || count > (closedEnd - begin) / EventDescriptor.HEADER_LENGTH) {
            return malformed("chunk=" + chunkBegin + " eventsEnd=" + eventsEnd + " eventsBefore=" + eventsBefore);
        }
        eventCount = (int) count;
        firstTicks = ticksAt(slot, chunk, begin);
        return BATCH;
    }

    /**
     * Selects exactly the batch of a journal entry whose drain was interrupted, so that the batch is repeated with its
     * number and the same bytes. The entry's begin must be equal to head.
     *
     * @return {@link #BATCH} or {@link #MALFORMED}
     */
    public int selectAgain(final Slot slot, final long journalEntry, final EventWalker walker) {
        begin = Memory.getLong(journalEntry + JournalDescriptor.BEGIN_POSITION_OFFSET);
        eventsBefore = Memory.getLong(journalEntry + JournalDescriptor.EVENTS_BEFORE_OFFSET);
        final long end = begin + Integer.toUnsignedLong(
            Memory.getInt(journalEntry + JournalDescriptor.PADDED_LENGTH_OFFSET));
        ringLength = slot.ringLength();
        // Other processes of the same user may write to the region. A ring without a length has no chunk to look at.
        if (ringLength == 0 || (begin & EventDescriptor.ALIGNMENT - 1) != 0) {
            return malformed("journal begin=" + begin + " ringLength=" + ringLength);
        }
        final long chunkBegin = slot.chunkBegin(begin);
        final long chunk = slot.chunkAddress(begin, ringLength);
        if (Memory.getLongAcquire(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET) != chunkBegin || end <= begin
            || end > chunkBegin + slot.chunkLength() || end > slot.tailAcquire()) {
            return malformed("journal begin=" + begin + " end=" + end);
        }
        final int selected = selectPartial(slot, chunk, end, walker);
        if (Memory.getLongAcquire(chunk + ChunkDescriptor.CONTENT_END_OFFSET) == end) {
            nextHead = chunkBegin + slot.chunkLength();
        }
        return selected;
    }

    private int selectPartial(final Slot slot, final long chunk, final long tail, final EventWalker walker) {
        final StreamClass streamClass = slot.streamClass();
        long position = begin;
        long last = begin;
        int length = 0;
        int count = 0;
        while (position < tail) {
            length = walker.lengthOf(slot.ringAddress() + (position & ringLength - 1), tail - position, streamClass);
            if (length == EventWalker.MALFORMED) {
                return malformed("event at position=" + position + " tail=" + tail);
            }
            last = position;
            position += EventDescriptor.align(length);
            count++;
        }
        if (position != tail) {
            return malformed("event at position=" + last + " length=" + length + " tail=" + tail);
        }
        contentEnd = tail;
        nextHead = tail;
        eventCount = count;
        padding = EventDescriptor.align(length) - length;
        firstTicks = ticksAt(slot, chunk, begin);
        lastTicks = EventDescriptor.ticks(Memory.getLong(slot.ringAddress() + (last & ringLength - 1)), firstTicks);
        return BATCH;
    }

    /**
     * Selects the events from head to tail of a chunk that is open, which somebody else has walked. Of the content this
     * reads the header of the first event alone.
     *
     * @param events      number of them
     * @param exactLength bytes up to the last byte of the last event
     * @param lastWord    header of the last event
     * @return {@link #EMPTY}, {@link #BATCH} or {@link #MALFORMED}
     */
    public int selectWalked(final Slot slot, final long head, final long drainedEvents, final int events,
                            final int exactLength, final long lastWord) {
        final long tail = slot.tailAcquire();
        ringLength = slot.ringLength();
        if (head >= tail) {
            return EMPTY;
        }
        final long chunkBegin = slot.chunkBegin(head);
        if (ringLength == 0 || tail > chunkBegin + slot.chunkLength() || events <= 0
            || EventDescriptor.align(exactLength) != tail - head) {
            return malformed("head=" + head + " tail=" + tail + " events=" + events + " length=" + exactLength);
        }
        final long chunk = slot.chunkAddress(head, ringLength);
        begin = head;
        eventsBefore = head == chunkBegin
            ? Memory.getLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET) : drainedEvents;
        contentEnd = tail;
        nextHead = tail;
        eventCount = events;
        padding = (int) (tail - head) - exactLength;
        firstTicks = ticksAt(slot, chunk, begin);
        lastTicks = EventDescriptor.ticks(lastWord, firstTicks);
        return BATCH;
    }

    private long ticksAt(final Slot slot, final long chunk, final long position) {
        final long header = Memory.getLong(slot.ringAddress() + (position & ringLength - 1));
        return EventDescriptor.ticks(header, Memory.getLong(chunk + ChunkDescriptor.BASE_TICKS_OFFSET));
    }

    private int malformed(final String reason) {
        fault = reason;
        return MALFORMED;
    }

    /**
     * Number of events written before a position, from the descriptors alone. For readers that have no count of their
     * own.
     *
     * @return the count; or 0 if the position is at the begin of a chunk, whose own count is used when it is selected,
     *         or in a chunk that is not there any more
     */
    public long eventsBefore(final Slot slot, final long position, final EventWalker walker) {
        ringLength = slot.ringLength();
        final long chunkBegin = slot.chunkBegin(position);
        if (ringLength == 0 || position == chunkBegin) {
            return 0;
        }
        final long chunk = slot.chunkAddress(position, ringLength);
        if (ChunkReading.isGone(chunk, chunkBegin)) {
            return 0;
        }
        long count = Memory.getLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET);
        for (long at = chunkBegin; at < position; count++) {
            final int length = walker.lengthOf(
                slot.ringAddress() + (at & ringLength - 1), position - at, slot.streamClass());
            at += length == EventWalker.MALFORMED ? position - at : EventDescriptor.align(length);
        }
        return count;
    }

    /** After {@link #BATCH}: address of the state word of the batch's chunk. */
    long stateAddress(final Slot slot) {
        return slot.chunkAddress(begin, ringLength) + ChunkDescriptor.STATE_OFFSET;
    }

    /** After {@link #BATCH}: address of the batch's first event. The whole batch lies inside the ring. */
    public long contentAddress(final Slot slot) {
        return slot.ringAddress() + (begin & ringLength - 1);
    }

    /** Position of the first event. */
    public long begin() {
        return begin;
    }

    /** Position after the last event, with its padding. */
    public long contentEnd() {
        return contentEnd;
    }

    /** Position that head moves to once the batch is drained. */
    public long nextHead() {
        return nextHead;
    }

    /** Number of events written to the ring before the batch. */
    public long eventsBefore() {
        return eventsBefore;
    }

    /** Ticks of the first event, 64 bits. */
    public long firstTicks() {
        return firstTicks;
    }

    /** Ticks of the last event, 64 bits. */
    public long lastTicks() {
        return lastTicks;
    }

    /** Number of events in the batch. */
    public int eventCount() {
        return eventCount;
    }

    /** Bytes from the first event to the end of the last event, with its padding. */
    public int paddedLength() {
        return (int) (contentEnd - begin);
    }

    /** Bytes from the first event to the last byte of the last event. */
    public int exactLength() {
        return paddedLength() - padding;
    }

    /** After {@link #MALFORMED}: what was wrong. */
    public String fault() {
        return fault;
    }
}
