// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.SharedText;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import java.lang.invoke.VarHandle;

/**
 * Accessors of one slot and its ring, for all threads of both sides except the owner's hot path. The owner uses
 * {@code RingProducer}: if other threads read the owner's Java object, that would slow the owner down, so they have
 * objects of their own that hold only addresses. Stateless but for addresses.
 * <p> The consumer does not trust the values that it reads here; {@code BatchSelector} says how they are checked.
 */
public final class Slot {
    private final int index;
    /**
     * How often a name is read at most until two readings are equal. A name that changes all the time is taken as it is
     * then.
     */
    private static final int NAME_ATTEMPTS = 10;

    private final long address;
    private final long ringAddress;
    private final long ringStride;
    private final int chunkLength;

    /**
     * Makes the accessors of a slot.
     *
     * @param index       index of the slot
     * @param address     where the slot's descriptor is mapped
     * @param ringAddress where the slot's ring is mapped
     * @param ringStride  number of bytes mapped there
     * @param chunkLength bytes of a chunk, a power of two
     */
    public Slot(final int index, final long address, final long ringAddress, final long ringStride,
                final int chunkLength) {
        this.index = index;
        this.address = address;
        this.ringAddress = ringAddress;
        this.ringStride = ringStride;
        this.chunkLength = chunkLength;
    }

    /** Index of the slot. */
    public int index() {
        return index;
    }

    /** Where the slot's descriptor is mapped. */
    public long address() {
        return address;
    }

    /** Where the slot's ring is mapped. */
    public long ringAddress() {
        return ringAddress;
    }

    /** Bytes of a chunk. */
    public int chunkLength() {
        return chunkLength;
    }

    /** Loads the state word {generation, state}. */
    public long stateVolatile() {
        return Memory.getLongVolatile(address + SlotDescriptor.STATE_OFFSET);
    }

    /** Changes the state word. */
    public boolean compareAndSetState(final long expected, final long word) {
        return Memory.compareAndSetLong(address + SlotDescriptor.STATE_OFFSET, expected, word);
    }

    /** Kernel thread id of the owner. */
    public int tid() {
        return Memory.getInt(address + SlotDescriptor.TID_OFFSET);
    }

    /**
     * Stream class of the ring, or null if the word is not a class that exists; that happens only in a target that
     * lies.
     */
    public StreamClass streamClass() {
        return StreamClass.ofCode(streamClassCode());
    }

    /**
     * The stream class as the word has it. A packet header gets this word, so that the receiver of the packet sees what
     * the target has written.
     */
    public int streamClassCode() {
        return Memory.getInt(address + SlotDescriptor.STREAM_CLASS_OFFSET);
    }

    /** Start time of the owner, in clock ticks since boot; 0 until the control thread has looked. */
    public long startTime() {
        return Memory.getLong(address + SlotDescriptor.START_TIME_OFFSET);
    }

    /** Java thread id of the owner. */
    public long javaThreadId() {
        return Memory.getLong(address + SlotDescriptor.JAVA_THREAD_ID_OFFSET);
    }

    /**
     * Bytes of the ring: a power of two, at least four chunks and at most the stride; or 0 if the word is not such a
     * number.
     */
    public long ringLength() {
        final long length = Memory.getLong(address + SlotDescriptor.RING_LENGTH_OFFSET);
        final boolean sound = Long.bitCount(length) == 1 && length >= 4L * chunkLength && length <= ringStride
            && length / chunkLength <= SlotDescriptor.MAX_CHUNKS;
        return sound ? length : 0;
    }

    /**
     * Number of chunks, from the ring's begin, whose descriptors are in use: 1 to {@link SlotDescriptor#MAX_CHUNKS}.
     */
    public int chunkLimit() {
        final long limit = Memory.getLongAcquire(address + SlotDescriptor.CHUNK_LIMIT_OFFSET);
        return limit > 0 && limit < SlotDescriptor.MAX_CHUNKS ? (int) limit : SlotDescriptor.MAX_CHUNKS;
    }

    /** Bytes of the ring in the chunks below {@link #chunkLimit}. A reader that copies the ring needs only these. */
    public long usedLength() {
        return Math.min(ringLength(), (long) chunkLimit() * chunkLength);
    }

    /** Position at which the owner began. */
    public long firstPosition() {
        return Memory.getLong(address + SlotDescriptor.FIRST_POSITION_OFFSET);
    }

    /** Name of the owner, cut to 64 bytes. The name may change at any time. */
    public String name() {
        final long at = address + SlotDescriptor.NAME_LENGTH_OFFSET;
        String name = SharedText.read(at, SlotDescriptor.NAME_CAPACITY);
        for (int i = 0; i < NAME_ATTEMPTS; i++) {
            VarHandle.acquireFence();
            final String again = SharedText.read(at, SlotDescriptor.NAME_CAPACITY);
            if (again.equals(name)) {
                return name;
            }
            name = again;
        }
        return name;
    }

    /**
     * Writes a new name of the owner. For the thread that claims the slot, and for the control thread while the owner
     * lives.
     */
    public void writeName(final String name) {
        SharedText.write(address + SlotDescriptor.NAME_LENGTH_OFFSET, SlotDescriptor.NAME_CAPACITY, name);
    }

    /** Notes when the owner started, which it does not itself find out. For the control thread, while it lives. */
    public void startTime(final long clockTicks) {
        Memory.putLongRelease(address + SlotDescriptor.START_TIME_OFFSET, clockTicks);
    }

    /** Writes the identity of a new owner. For the thread that claims the slot, before the slot becomes ACTIVE. */
    public void identity(final int tid, final StreamClass streamClass, final long startTime, final long javaThreadId,
                         final String name, final long ringLength, final long firstPosition) {
        Memory.putInt(address + SlotDescriptor.TID_OFFSET, tid);
        Memory.putInt(address + SlotDescriptor.STREAM_CLASS_OFFSET, streamClass.code());
        Memory.putLong(address + SlotDescriptor.START_TIME_OFFSET, startTime);
        Memory.putLong(address + SlotDescriptor.JAVA_THREAD_ID_OFFSET, javaThreadId);
        Memory.putLong(address + SlotDescriptor.FIRST_POSITION_OFFSET, firstPosition);
        Memory.putLong(address + SlotDescriptor.RING_ADDRESS_OFFSET, ringAddress);
        Memory.putLong(address + SlotDescriptor.FIRST_COST_OFFSET, 0);
        if (Memory.getLong(address + SlotDescriptor.CHUNK_LIMIT_OFFSET) == 0) {
            // This is the slot's first owner. A later owner keeps the limit, because the newest chunk is that of the
            // owner before.
            Memory.putLong(address + SlotDescriptor.CHUNK_LIMIT_OFFSET, 1);
        }
        // This comes behind the limit: who sees a length, and no limit yet, would read a ring of all chunks.
        Memory.putLongRelease(address + SlotDescriptor.RING_LENGTH_OFFSET, ringLength);
        writeName(name);
    }

    /** Notes what taking the ring has cost its owner. For that thread, before its first event. */
    public void firstCost(final int epoch, final long processorNs) {
        Memory.putLong(address + SlotDescriptor.FIRST_COST_OFFSET,
            TaggedWord.of(epoch, Math.max(1, Math.min(processorNs, TaggedWord.VALUE_MASK))));
    }

    /**
     * Processor time that taking the ring has cost its owner, ns; 0 if that was not in the session of this epoch, or
     * was not measured. Known to whoever has seen an event of that owner.
     */
    public long firstCostNs(final int epoch) {
        final long word = Memory.getLong(address + SlotDescriptor.FIRST_COST_OFFSET);
        return TaggedWord.epoch(word) == epoch ? TaggedWord.value(word) : 0;
    }

    /** Position up to which events are written. This load pairs with the owner's release store. */
    public long tailAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.TAIL_OFFSET);
    }

    /** Number of events refused at the tracepoint, cumulative. */
    public long discardedAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.DISCARDED_OFFSET);
    }

    /** How many of the discarded events were refused while the consumer did not keep up, cumulative. */
    public long stalledAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.STALLED_OFFSET);
    }

    /**
     * Number of events overwritten before they were drained, cumulative. The number is exact for a reader that has seen
     * a chunk OVERWRITTEN, even if the owner has not counted that chunk yet: the owner writes down the chunk and its
     * count before the compare-and-set that makes the chunk OVERWRITTEN.
     */
    public long overwrittenAcquire() {
        final long ringLength = ringLength();
        long noted = 0;
        // If there is no ring, this is a copy of a slot's words, which may not include the chunks.
        if (ringLength != 0 && ringAddress != 0) {
            final long begin = Memory.getLongAcquire(address + SlotDescriptor.OVERWRITING_OFFSET);
            final long chunk = chunkAddress(begin, ringLength);
            // A chunk beyond the limit was drained and counted before. Its descriptor may not even have a page.
            final long state = (begin & ringLength - 1) < usedLength()
                ? Memory.getLongVolatile(chunk + ChunkDescriptor.STATE_OFFSET) : 0;
            if (ChunkDescriptor.isOf(state, begin)
                && ChunkDescriptor.state(state) == ChunkDescriptor.STATE_OVERWRITTEN) {
                noted = Memory.getLong(chunk + ChunkDescriptor.OVERWRITTEN_OFFSET);
            }
        }
        // This is loaded last. If the chunk has another occupant by now, the owner has counted the one before already.
        return Math.max(noted, Memory.getLongAcquire(address + SlotDescriptor.OVERWRITTEN_OFFSET));
    }

    /** Time that the owner has waited for room, ns, cumulative. */
    public long blockedNsAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.BLOCKED_NS_OFFSET);
    }

    /**
     * Ticks for the ring's next owner, whose events must not have fewer (R11): the ticks of the last batch drained and
     * of the last chunk closed, whichever are more.
     */
    public long lastTicks() {
        final long ringLength = ringLength();
        final long drained = Memory.getLong(packetHeaderAddress() + PacketHeaderDescriptor.TIMESTAMP_END_OFFSET);
        final long chunk = chunkAddress(tailAcquire(), ringLength);
        return ringLength == 0 ? drained
            : Math.max(drained, Memory.getLong(chunk + ChunkDescriptor.LAST_TICKS_OFFSET));
    }

    /** Loads the head word {epoch, position / 8}. */
    public long headWordVolatile() {
        return Memory.getLongVolatile(address + SlotDescriptor.HEAD_OFFSET);
    }

    /** Stores the head word of a slot that nobody else uses yet. For the thread that claims the slot. */
    public void putHeadWordVolatile(final long word) {
        Memory.putLongVolatile(address + SlotDescriptor.HEAD_OFFSET, word);
    }

    /** Changes the head word. For a thread that drains. */
    public boolean compareAndSetHeadWord(final long expected, final long word) {
        return Memory.compareAndSetLong(address + SlotDescriptor.HEAD_OFFSET, expected, word);
    }

    /**
     * Position up to which the ring is drained. It may be up to a chunk greater than tail: after a closed chunk, head
     * is the begin of the next one.
     *
     * @param tail tail, which was read before
     */
    public long headVolatile(final long tail) {
        return position(headWordVolatile(), tail);
    }

    /**
     * The position in a head word.
     *
     * @param tail tail, which was read before
     */
    public long position(final long headWord, final long tail) {
        return TaggedWord.widen(TaggedWord.value(headWord), (tail + chunkLength) >>> 3) << 3;
    }

    /** Makes the head word of a position. */
    public static long headWord(final int epoch, final long position) {
        return TaggedWord.of(epoch, position >>> 3);
    }

    /** Sequence number of the last batch drained. */
    public long sequenceAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.SEQUENCE_OFFSET);
    }

    /**
     * Sequence number of the last batch drained, or 0 if the word cannot be one. For a reader that does not trust the
     * target.
     */
    public long soundSequence() {
        final long sequence = sequenceAcquire();
        return PacketHeader.isSequence(sequence) ? sequence : 0;
    }

    /** Number of events before head, cumulative. It includes overwritten events. */
    public long drainedEventsAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.DRAINED_EVENTS_OFFSET);
    }

    /**
     * Number of events before a head that was read before. If the drainer died between the stores after a trap, the
     * count is ahead of head; then the journal has the right number.
     */
    public long eventsBefore(final long head) {
        final long sequence = sequenceAcquire();
        final long entry = journalAddress(sequence);
        final boolean ahead = sequence > 0
            && Memory.getLongAcquire(entry + JournalDescriptor.SEQUENCE_OFFSET) == sequence
            && Memory.getLong(entry + JournalDescriptor.BEGIN_POSITION_OFFSET) == head;
        return ahead ? Memory.getLong(entry + JournalDescriptor.EVENTS_BEFORE_OFFSET) : drainedEventsAcquire();
    }

    /** Number of hits of the drain probe for this ring, cumulative. */
    public long trapsAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.TRAPS_OFFSET);
    }

    /**
     * Writes the words that follow a drained batch, in the order of docs/protocol.md section 3.
     *
     * @param headWord head word when the batch was selected
     * @return false if another session has taken the ring since then; head stays as that session has set it
     */
    public boolean drained(final long headWord, final int epoch, final long sequence, final long drainedEvents,
                           final long head, final int traps) {
        Memory.putLong(address + SlotDescriptor.TRAPS_OFFSET,
            Memory.getLong(address + SlotDescriptor.TRAPS_OFFSET) + traps);
        Memory.putLongRelease(address + SlotDescriptor.SEQUENCE_OFFSET, sequence);
        Memory.putLongRelease(address + SlotDescriptor.DRAINED_EVENTS_OFFSET, drainedEvents);
        return compareAndSetHeadWord(headWord, headWord(epoch, head));
    }

    /** Writes the counts that a consumer has left that drained the ring itself. For the holder of the drain lock. */
    public void adopted(final long sequence, final long drainedEvents) {
        Memory.putLongRelease(address + SlotDescriptor.DRAINED_EVENTS_OFFSET, drainedEvents);
        Memory.putLongRelease(address + SlotDescriptor.SEQUENCE_OFFSET, sequence);
    }

    /** Drain lock: kernel thread id of the holder, 0 if nobody holds it. */
    public long drainLockVolatile() {
        return Memory.getLongVolatile(address + SlotDescriptor.DRAIN_LOCK_OFFSET);
    }

    /** Changes the drain lock. */
    public boolean compareAndSetDrainLock(final long expected, final long tid) {
        return Memory.compareAndSetLong(address + SlotDescriptor.DRAIN_LOCK_OFFSET, expected, tid);
    }

    /** Address where the packet header is prepared. */
    public long packetHeaderAddress() {
        return address + SlotDescriptor.PACKET_HEADER_OFFSET;
    }

    /** Address of the journal entry of a sequence number. */
    public long journalAddress(final long sequence) {
        return address + SlotDescriptor.journalOffset(sequence, longJournalFrom());
    }

    /** The first sequence number whose entry is in the long journal; 0 if none is. */
    public long longJournalFrom() {
        // Acquire: pairs with the release store in beginLongJournal, which comes before the first entry in the long
        // journal.
        return Memory.getLongAcquire(address + SlotDescriptor.LONG_JOURNAL_FROM_OFFSET);
    }

    /**
     * Puts entries from a sequence number on into the long journal, which must have its pages. For the holder of the
     * drain lock.
     */
    public void beginLongJournal(final long sequence) {
        Memory.putLongRelease(address + SlotDescriptor.LONG_JOURNAL_FROM_OFFSET, sequence);
    }

    /** Address of the descriptor of the chunk that contains a position, in a ring of the given length. */
    public long chunkAddress(final long position, final long ringLength) {
        final int chunk = (int) ((position & ringLength - 1) / chunkLength);
        return address + SlotDescriptor.chunkOffset(chunk);
    }

    /**
     * Whether all events of a chunk are drained, or the chunk has no events. The answer has no meaning for an open
     * chunk.
     *
     * @param chunk address of the chunk's descriptor
     */
    public boolean isDrainedAt(final long chunk) {
        // This is loaded first, because it is 0 while the owner enters the chunk.
        final long contentEnd = Memory.getLongAcquire(chunk + ChunkDescriptor.CONTENT_END_OFFSET);
        final long begin = Memory.getLong(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET);
        return contentEnd == 0 || contentEnd == begin || headVolatile(tailAcquire()) >= begin + chunkLength;
    }

    /**
     * Whether all events of a chunk are drained, or the chunk has no events. The answer has no meaning for an open
     * chunk.
     *
     * @param chunk index of the chunk
     */
    public boolean isChunkDrained(final int chunk) {
        return chunk >= chunkLimit() || isDrainedAt(address + SlotDescriptor.chunkOffset(chunk));
    }

    /**
     * Changes the state of a chunk that its owner has closed: OPEN to FULL, or OPEN_READING to READING, so that a
     * drainer which copies the chunk keeps it. By the owner.
     */
    public static void leaveChunk(final long stateAddress) {
        long word;
        long closed;
        do {
            word = Memory.getLongVolatile(stateAddress);
            // The reader's epoch stays in the word.
            closed = word + (ChunkDescriptor.state(word) == ChunkDescriptor.STATE_OPEN_READING
                ? ChunkDescriptor.STATE_READING - ChunkDescriptor.STATE_OPEN_READING
                : ChunkDescriptor.STATE_FULL - ChunkDescriptor.STATE_OPEN);
        } while (!Memory.compareAndSetLong(stateAddress, word, closed));
    }

    /** Begin of the chunk that contains a position. */
    public long chunkBegin(final long position) {
        return position & -chunkLength;
    }
}
