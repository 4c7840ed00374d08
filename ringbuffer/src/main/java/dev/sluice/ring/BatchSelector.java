// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import java.lang.invoke.VarHandle;

/**
 * Finds the next batch of a ring: a contiguous run of whole events inside one chunk (R5). Used by drainers in the
 * target and by the consumer that salvages a dead target's rings, so nothing that is read here is trusted: positions
 * are checked against each other and every event of a partial chunk is bounded by the schema.
 * <p>
 * A flyweight: {@link #select} fills the fields that the accessors return. One instance per thread.
 */
public final class BatchSelector {
    /** Nothing to drain. */
    public static final int EMPTY = 0;
    /** A batch was found. */
    public static final int BATCH = 1;
    /** No batch here, but head may move to {@link #nextHead}: the rest of the chunk is a hole. */
    public static final int HOLE = 2;
    /** The ring contradicts itself; {@link #fault} says how. Never in a ring that Sluice wrote. */
    public static final int MALFORMED = 3;

    private static final int READ_ATTEMPTS = 1000;

    /** Read once per selection: a hostile target may change it, and every address is bounded by it. */
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
     * @param head          position drained up to, which this thread alone moves
     * @param drainedEvents events before head
     * @param partial       whether events of a chunk that is still open are wanted
     * @param walker        the schema, for partial chunks; not used if partial is false
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
        // After tail: a chunk that tail has been in was below the limit by then.
        usedLength = Math.min(ringLength, (long) slot.chunkLimit() * slot.chunkLength());
        if ((head & ringLength - 1) >= usedLength || isGone(chunk, chunkBegin)) {
            return selectHole(slot, chunkBegin + slot.chunkLength(), tail);
        }
        // At a chunk's begin its own count is right even if whole chunks before it were overwritten (R9).
        eventsBefore = head == chunkBegin
            ? Memory.getLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET) : drainedEvents;
        final int selected = selectIn(slot, chunk, tail, partial ? walker : null);
        // What contradicts itself may only have been overwritten while it was read.
        return selected == MALFORMED && isGone(chunk, chunkBegin)
            ? selectHole(slot, chunkBegin + slot.chunkLength(), tail) : selected;
    }

    private int selectIn(final Slot slot, final long chunk, final long tail, final EventWalker walkerOfPartial) {
        final long chunkBegin = slot.chunkBegin(begin);
        // Tail was read before: if the chunk is still open now, tail lies inside it (R3).
        final long closedEnd = Memory.getLongAcquire(chunk + ChunkDescriptor.CONTENT_END_OFFSET);
        if (closedEnd != 0) {
            return selectClosed(slot, chunk, closedEnd, ringLength);
        }
        if (tail > chunkBegin + slot.chunkLength()) {
            return malformed("open chunk=" + chunkBegin + " tail=" + tail);
        }
        return walkerOfPartial == null ? EMPTY : selectPartial(slot, chunk, tail, walkerOfPartial);
    }

    /** Whether the occupant that begins at a position is no longer there to be read. */
    private static boolean isGone(final long chunk, final long chunkBegin) {
        final long state = Memory.getLongVolatile(chunk + ChunkDescriptor.STATE_OFFSET);
        return Memory.getLongAcquire(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET) != chunkBegin
            || ChunkDescriptor.isOf(state, chunkBegin)
            && ChunkDescriptor.state(state) == ChunkDescriptor.STATE_OVERWRITTEN;
    }

    /** Looks for the first chunk at or after a position: what lies before it was overwritten or never written. */
    private int selectHole(final Slot slot, final long from, final long tail) {
        long first = Long.MAX_VALUE;
        for (long position = 0; position < usedLength; position += slot.chunkLength()) {
            final long chunk = slot.chunkAddress(position, ringLength);
            final long candidate = Memory.getLongAcquire(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET);
            if (candidate >= from && candidate < tail && candidate < first
                && (candidate & ringLength - 1) == position && !isGone(chunk, candidate)) {
                first = candidate;
            }
        }
        nextHead = first;
        // None: the owner is between two stores of entering a chunk, and its events are not visible yet.
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
     * Selects exactly the batch of a journal entry whose drain was interrupted, so that it is repeated under its number
     * with the same bytes. The entry's begin must be head.
     *
     * @return {@link #BATCH} or {@link #MALFORMED}
     */
    public int selectAgain(final Slot slot, final long journalEntry, final EventWalker walker) {
        begin = Memory.getLong(journalEntry + JournalDescriptor.BEGIN_POSITION_OFFSET);
        eventsBefore = Memory.getLong(journalEntry + JournalDescriptor.EVENTS_BEFORE_OFFSET);
        final long end = begin + Integer.toUnsignedLong(
            Memory.getInt(journalEntry + JournalDescriptor.PADDED_LENGTH_OFFSET));
        ringLength = slot.ringLength();
        // Others of the same user may write to the region: a ring without a length has no chunk to look at.
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
        final int streamClass = slot.streamClass();
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

    private long ticksAt(final Slot slot, final long chunk, final long position) {
        final long header = Memory.getLong(slot.ringAddress() + (position & ringLength - 1));
        return EventDescriptor.ticks(header, Memory.getLong(chunk + ChunkDescriptor.BASE_TICKS_OFFSET));
    }

    private int malformed(final String reason) {
        fault = reason;
        return MALFORMED;
    }

    /**
     * Events written before a position, by the descriptors alone: for readers that have no count of their own.
     *
     * @return the count, or 0 where the position is at a chunk's begin, whose own count is taken when it is selected,
     *         or in a chunk that is not there any more
     */
    public long eventsBefore(final Slot slot, final long position, final EventWalker walker) {
        ringLength = slot.ringLength();
        final long chunkBegin = slot.chunkBegin(position);
        if (ringLength == 0 || position == chunkBegin) {
            return 0;
        }
        final long chunk = slot.chunkAddress(position, ringLength);
        if (isGone(chunk, chunkBegin)) {
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

    /** Address of the chunk's state word, after {@link #BATCH}. */
    public long stateAddress(final Slot slot) {
        return slot.chunkAddress(begin, ringLength) + ChunkDescriptor.STATE_OFFSET;
    }

    /** Address of the selected batch's first event, after {@link #BATCH}: it lies with all of the batch in the ring. */
    public long contentAddress(final Slot slot) {
        return slot.ringAddress() + (begin & ringLength - 1);
    }

    /**
     * Takes the selected batch's chunk for reading: from here on its owner does not overwrite it.
     *
     * @param epoch of the session that reads
     * @return false if the owner has overwritten it since it was selected
     */
    public boolean beginReading(final Slot slot, final int epoch) {
        final long chunkBegin = slot.chunkBegin(begin);
        final long address = stateAddress(slot);
        for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
            final long word = Memory.getLongVolatile(address);
            final int state = ChunkDescriptor.state(word);
            if (!ChunkDescriptor.isOf(word, chunkBegin) || state == ChunkDescriptor.STATE_OVERWRITTEN) {
                return false;
            }
            // READING already: an interrupted drain of this reader's, or of a session that is over.
            final boolean open = state == ChunkDescriptor.STATE_OPEN || state == ChunkDescriptor.STATE_OPEN_READING;
            final long reading = ChunkDescriptor.stateWord(chunkBegin, epoch,
                open ? ChunkDescriptor.STATE_OPEN_READING : ChunkDescriptor.STATE_READING);
            if (Memory.compareAndSetLong(address, word, reading)) {
                return true;
            }
        }
        // An owner changes it a few times at most: this one is forged, over and over.
        return false;
    }

    /**
     * Whether this reader still has the chunk that {@link #beginReading} took, so that what it has copied since is what
     * the owner wrote.
     */
    public boolean isReading(final Slot slot, final int epoch) {
        final long chunkBegin = slot.chunkBegin(begin);
        // The copy's loads come before this one.
        VarHandle.loadLoadFence();
        final long word = Memory.getLongVolatile(stateAddress(slot));
        return word == ChunkDescriptor.stateWord(chunkBegin, epoch, ChunkDescriptor.STATE_READING)
            || word == ChunkDescriptor.stateWord(chunkBegin, epoch, ChunkDescriptor.STATE_OPEN_READING);
    }

    /**
     * Gives the chunk back.
     *
     * @param drained whether the batch was drained and head has moved
     * @return false if another session's reader has taken it since: then this reader's copy may not be trusted
     */
    public boolean endReading(final Slot slot, final int epoch, final boolean drained) {
        final long chunkBegin = slot.chunkBegin(begin);
        final long address = stateAddress(slot);
        final long reading = ChunkDescriptor.stateWord(chunkBegin, epoch, ChunkDescriptor.STATE_READING);
        final long openReading = ChunkDescriptor.stateWord(chunkBegin, epoch, ChunkDescriptor.STATE_OPEN_READING);
        final long left = drained && slot.chunkBegin(nextHead) != chunkBegin
            ? ChunkDescriptor.stateWord(chunkBegin, 0, ChunkDescriptor.STATE_DRAINED)
            : ChunkDescriptor.partlyDrainedWord(chunkBegin, drained ? nextHead : begin);
        return Memory.compareAndSetLong(address, openReading,
                ChunkDescriptor.stateWord(chunkBegin, 0, ChunkDescriptor.STATE_OPEN))
            || Memory.compareAndSetLong(address, reading, left);
    }

    /** Position of the first event. */
    public long begin() {
        return begin;
    }

    /** Position after the last event, padding included. */
    public long contentEnd() {
        return contentEnd;
    }

    /** Where head goes once the batch is drained. */
    public long nextHead() {
        return nextHead;
    }

    /** Events written to the ring before the batch. */
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

    /** Events in the batch. */
    public int eventCount() {
        return eventCount;
    }

    /** Bytes from the first event to the end of the last, padding included. */
    public int paddedLength() {
        return (int) (contentEnd - begin);
    }

    /** Bytes from the first event to the last byte of the last. */
    public int exactLength() {
        return paddedLength() - padding;
    }

    /** What was wrong, after {@link #MALFORMED}. */
    public String fault() {
        return fault;
    }

    /**
     * Writes the packet header of the selected batch.
     *
     * @param slot     its ring
     * @param address  where to, {@link PacketHeaderDescriptor#LENGTH} bytes
     * @param targetId whose ring it is
     * @param epoch    of the session
     * @param sequence of the batch
     */
    public void writeHeader(final Slot slot, final long address, final TargetId targetId, final int epoch,
                            final long sequence) {
        final long overwritten = slot.overwrittenAcquire();
        Memory.putInt(address + PacketHeaderDescriptor.MAGIC_OFFSET, PacketHeaderDescriptor.MAGIC);
        Memory.putInt(address + PacketHeaderDescriptor.STREAM_ID_OFFSET, slot.streamClass());
        targetId.write(address + PacketHeaderDescriptor.TARGET_ID_OFFSET);
        Memory.putLong(address + PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET, firstTicks);
        Memory.putLong(address + PacketHeaderDescriptor.TIMESTAMP_END_OFFSET, lastTicks);
        Memory.putLong(address + PacketHeaderDescriptor.CONTENT_SIZE_OFFSET,
            (PacketHeaderDescriptor.LENGTH + (long) exactLength()) * Byte.SIZE);
        Memory.putLong(address + PacketHeaderDescriptor.PACKET_SIZE_OFFSET,
            (PacketHeaderDescriptor.LENGTH + (long) paddedLength()) * Byte.SIZE);
        Memory.putLong(address + PacketHeaderDescriptor.SEQUENCE_OFFSET, sequence);
        Memory.putLong(address + PacketHeaderDescriptor.EVENTS_DISCARDED_OFFSET,
            slot.discardedAcquire() + overwritten);
        Memory.putLong(address + PacketHeaderDescriptor.BEGIN_POSITION_OFFSET, begin);
        Memory.putLong(address + PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET, eventsBefore);
        Memory.putLong(address + PacketHeaderDescriptor.OVERWRITTEN_OFFSET, overwritten);
        Memory.putInt(address + PacketHeaderDescriptor.EVENT_COUNT_OFFSET, eventCount);
        Memory.putInt(address + PacketHeaderDescriptor.TID_OFFSET, slot.tid());
        Memory.putInt(address + PacketHeaderDescriptor.RING_OFFSET, slot.index());
        Memory.putShort(address + PacketHeaderDescriptor.EPOCH_OFFSET, (short) epoch);
        Memory.putShort(address + PacketHeaderDescriptor.HEADER_LENGTH_OFFSET, (short) PacketHeaderDescriptor.LENGTH);
        Memory.putLong(address + PacketHeaderDescriptor.JAVA_THREAD_ID_OFFSET, slot.javaThreadId());
        Memory.putInt(address + PacketHeaderDescriptor.GENERATION_OFFSET,
            SlotDescriptor.generation(slot.stateVolatile()));
        Memory.putInt(address + PacketHeaderDescriptor.RESERVED_OFFSET, 0);
    }
}
