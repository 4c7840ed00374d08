// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import java.lang.invoke.VarHandle;

/**
 * Accessors of one slot and its ring, for any thread of either side but the owner's hot path, which has
 * {@link RingProducer}: a reader's loads of the owner's Java object would cost the owner dearly, so everybody else
 * holds addresses in objects of their own. Stateless but for addresses.
 * <p>
 * Values read here are not trusted by the consumer: see {@link BatchSelector} for what is bounded.
 */
public final class Slot {
    private final int index;
    /** A name that changes all the time is read as it is after so many looks. */
    private static final int NAME_ATTEMPTS = 10;

    private final long address;
    private final long ringAddress;
    private final long ringStride;
    private final int chunkLength;

    /**
     * Accessors of a slot.
     *
     * @param index       which slot
     * @param address     where its descriptor is mapped
     * @param ringAddress where its ring is mapped
     * @param ringStride  bytes mapped there
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

    /** Which slot. */
    public int index() {
        return index;
    }

    /** Where its descriptor is mapped. */
    public long address() {
        return address;
    }

    /** Where its ring is mapped. */
    public long ringAddress() {
        return ringAddress;
    }

    /** Bytes of a chunk. */
    public int chunkLength() {
        return chunkLength;
    }

    /** State word {generation, state}. */
    public long stateVolatile() {
        return Memory.getLongVolatile(address + SlotDescriptor.STATE_OFFSET);
    }

    /** State word. */
    public boolean compareAndSetState(final long expected, final long word) {
        return Memory.compareAndSetLong(address + SlotDescriptor.STATE_OFFSET, expected, word);
    }

    /** Kernel thread id of the owner. */
    public int tid() {
        return Memory.getInt(address + SlotDescriptor.TID_OFFSET);
    }

    /** Stream class of the ring. */
    public int streamClass() {
        return Memory.getInt(address + SlotDescriptor.STREAM_CLASS_OFFSET);
    }

    /** Start time of the owner, clock ticks since boot. */
    public long startTime() {
        return Memory.getLong(address + SlotDescriptor.START_TIME_OFFSET);
    }

    /** Java thread id of the owner. */
    public long javaThreadId() {
        return Memory.getLong(address + SlotDescriptor.JAVA_THREAD_ID_OFFSET);
    }

    /** Bytes of the ring: a power of two of at least four chunks and at most the stride, or 0 if it is not that. */
    public long ringLength() {
        final long length = Memory.getLong(address + SlotDescriptor.RING_LENGTH_OFFSET);
        final boolean sound = Long.bitCount(length) == 1 && length >= 4L * chunkLength && length <= ringStride
            && length / chunkLength <= SlotDescriptor.MAX_CHUNKS;
        return sound ? length : 0;
    }

    /** Number of chunks, from the ring's begin, whose descriptors may mean anything: 1 to the greatest there is. */
    public int chunkLimit() {
        final long limit = Memory.getLongAcquire(address + SlotDescriptor.CHUNK_LIMIT_OFFSET);
        return limit > 0 && limit < SlotDescriptor.MAX_CHUNKS ? (int) limit : SlotDescriptor.MAX_CHUNKS;
    }

    /** Bytes of the ring that those chunks take: what a reader has to copy of it. */
    public long usedLength() {
        return Math.min(ringLength(), (long) chunkLimit() * chunkLength);
    }

    /** Position at which the owner began. */
    public long firstPosition() {
        return Memory.getLong(address + SlotDescriptor.FIRST_POSITION_OFFSET);
    }

    /** Name of the owner, cut to 64 bytes. It may change at any time. */
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

    /** Notes a new name of the owner; by the claimer, and by the control thread while the owner lives. */
    public void name(final String name) {
        SharedText.write(address + SlotDescriptor.NAME_LENGTH_OFFSET, SlotDescriptor.NAME_CAPACITY, name);
    }

    /** Writes the identity of a new owner; by the claimer, before the slot becomes ACTIVE. */
    public void identity(final int tid, final int streamClass, final long startTime, final long javaThreadId,
                         final String name, final long ringLength, final long firstPosition) {
        Memory.putInt(address + SlotDescriptor.TID_OFFSET, tid);
        Memory.putInt(address + SlotDescriptor.STREAM_CLASS_OFFSET, streamClass);
        Memory.putLong(address + SlotDescriptor.START_TIME_OFFSET, startTime);
        Memory.putLong(address + SlotDescriptor.JAVA_THREAD_ID_OFFSET, javaThreadId);
        Memory.putLong(address + SlotDescriptor.RING_LENGTH_OFFSET, ringLength);
        Memory.putLong(address + SlotDescriptor.FIRST_POSITION_OFFSET, firstPosition);
        if (Memory.getLong(address + SlotDescriptor.CHUNK_LIMIT_OFFSET) == 0) {
            // A slot's first owner. A later one keeps it: the newest chunk is the one before's.
            Memory.putLongRelease(address + SlotDescriptor.CHUNK_LIMIT_OFFSET, 1);
        }
        name(name);
    }

    /** Position written up to; pairs with the owner's release. */
    public long tailAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.TAIL_OFFSET);
    }

    /** Events refused at the tracepoint, cumulative. */
    public long discardedAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.DISCARDED_OFFSET);
    }

    /** Of the discarded events those that were refused while the consumer was stale. */
    public long stalledAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.STALLED_OFFSET);
    }

    /**
     * Events recycled unread, cumulative. Exact for whoever has seen a chunk OVERWRITTEN, also before the owner has
     * counted it: the owner notes chunk and count before the compare-and-set that makes it so.
     */
    public long overwrittenAcquire() {
        final long ringLength = ringLength();
        long noted = 0;
        // Without a ring these are the copied words of a slot, and its chunks may not be among them.
        if (ringLength != 0 && ringAddress != 0) {
            final long begin = Memory.getLongAcquire(address + SlotDescriptor.OVERWRITING_OFFSET);
            final long chunk = chunkAddress(begin, ringLength);
            // Beyond the limit it was drained, and counted before; its descriptor may not even have a page.
            final long state = (begin & ringLength - 1) < usedLength()
                ? Memory.getLongVolatile(chunk + ChunkDescriptor.STATE_OFFSET) : 0;
            if (ChunkDescriptor.isOf(state, begin)
                && ChunkDescriptor.state(state) == ChunkDescriptor.STATE_OVERWRITTEN) {
                noted = Memory.getLong(chunk + ChunkDescriptor.OVERWRITTEN_OFFSET);
            }
        }
        // Last: if the chunk is another's by now, the owner has counted it before.
        return Math.max(noted, Memory.getLongAcquire(address + SlotDescriptor.OVERWRITTEN_OFFSET));
    }

    /** Time the owner waited for room, ns, cumulative. */
    public long blockedNsAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.BLOCKED_NS_OFFSET);
    }

    /**
     * Ticks that no later event of the ring may be before (R11), for its next owner: those of the last batch drained
     * and
     * of the last chunk closed.
     */
    public long lastTicks() {
        final long ringLength = ringLength();
        final long drained = Memory.getLong(packetHeaderAddress() + PacketHeaderDescriptor.TIMESTAMP_END_OFFSET);
        final long chunk = chunkAddress(tailAcquire(), ringLength);
        return ringLength == 0 ? drained
            : Math.max(drained, Memory.getLong(chunk + ChunkDescriptor.LAST_TICKS_OFFSET));
    }

    /** Head word {epoch, position / 8}. */
    public long headWordVolatile() {
        return Memory.getLongVolatile(address + SlotDescriptor.HEAD_OFFSET);
    }

    /** Head word, of a slot that nobody else uses yet; by its claimer. */
    public void headWordVolatile(final long word) {
        Memory.putLongVolatile(address + SlotDescriptor.HEAD_OFFSET, word);
    }

    /** Head word; by whoever drains. */
    public boolean compareAndSetHeadWord(final long expected, final long word) {
        return Memory.compareAndSetLong(address + SlotDescriptor.HEAD_OFFSET, expected, word);
    }

    /**
     * Position drained up to. It may be as much as a chunk beyond tail: the begin of the chunk after a closed one.
     *
     * @param tail tail, read before
     */
    public long headVolatile(final long tail) {
        return position(headWordVolatile(), tail);
    }

    /** The position in a head word, given a tail read before. */
    public long position(final long headWord, final long tail) {
        return TaggedWord.widen(TaggedWord.value(headWord), (tail + chunkLength) >>> 3) << 3;
    }

    /** Head word for a position. */
    public static long headWord(final int epoch, final long position) {
        return TaggedWord.of(epoch, position >>> 3);
    }

    /** Sequence of the last batch drained. */
    public long sequenceAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.SEQUENCE_OFFSET);
    }

    /** The same, or 0 where the word is no sequence: for whoever does not trust the target. */
    public long soundSequence() {
        final long sequence = sequenceAcquire();
        return PacketHeader.isSequence(sequence) ? sequence : 0;
    }

    /** Events before head, cumulative, overwritten ones included. */
    public long drainedEventsAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.DRAINED_EVENTS_OFFSET);
    }

    /**
     * Events before a head that was read before. A death between the stores that follow a trap leaves the count ahead
     * of head; the journal then has the right one.
     */
    public long eventsBefore(final long head) {
        final long sequence = sequenceAcquire();
        final long entry = journalAddress(sequence);
        final boolean ahead = sequence > 0
            && Memory.getLongAcquire(entry + JournalDescriptor.SEQUENCE_OFFSET) == sequence
            && Memory.getLong(entry + JournalDescriptor.BEGIN_POSITION_OFFSET) == head;
        return ahead ? Memory.getLong(entry + JournalDescriptor.EVENTS_BEFORE_OFFSET) : drainedEventsAcquire();
    }

    /** Drain probe hits of this ring, cumulative. */
    public long trapsAcquire() {
        return Memory.getLongAcquire(address + SlotDescriptor.TRAPS_OFFSET);
    }

    /**
     * Writes what follows a drained batch, in the order of docs/protocol.md section 3.
     *
     * @param headWord what head was when the batch was selected
     * @return false if another session has taken the ring since: head is then its own
     */
    public boolean drained(final long headWord, final int epoch, final long sequence, final long drainedEvents,
                           final long head, final int traps) {
        Memory.putLong(address + SlotDescriptor.TRAPS_OFFSET,
            Memory.getLong(address + SlotDescriptor.TRAPS_OFFSET) + traps);
        Memory.putLongRelease(address + SlotDescriptor.SEQUENCE_OFFSET, sequence);
        Memory.putLongRelease(address + SlotDescriptor.DRAINED_EVENTS_OFFSET, drainedEvents);
        return compareAndSetHeadWord(headWord, headWord(epoch, head));
    }

    /** Writes what a consumer that drained by itself has left, under the drain lock. */
    public void adopted(final long sequence, final long drainedEvents) {
        Memory.putLongRelease(address + SlotDescriptor.DRAINED_EVENTS_OFFSET, drainedEvents);
        Memory.putLongRelease(address + SlotDescriptor.SEQUENCE_OFFSET, sequence);
    }

    /** Drain lock: kernel thread id of the holder, 0 for none. */
    public long drainLockVolatile() {
        return Memory.getLongVolatile(address + SlotDescriptor.DRAIN_LOCK_OFFSET);
    }

    /** Drain lock. */
    public boolean compareAndSetDrainLock(final long expected, final long tid) {
        return Memory.compareAndSetLong(address + SlotDescriptor.DRAIN_LOCK_OFFSET, expected, tid);
    }

    /** Where the packet header is prepared. */
    public long packetHeaderAddress() {
        return address + SlotDescriptor.PACKET_HEADER_OFFSET;
    }

    /** Where the journal entry of a sequence is. */
    public long journalAddress(final long sequence) {
        return address + SlotDescriptor.journalOffset(sequence);
    }

    /** Where the descriptor of the chunk around a position is, for a ring of a length. */
    public long chunkAddress(final long position, final long ringLength) {
        final int chunk = (int) ((position & ringLength - 1) / chunkLength);
        return address + SlotDescriptor.chunkOffset(chunk);
    }

    /**
     * Whether head has passed what lies in a chunk, or nothing lies there; not for one that is open.
     *
     * @param chunk address of its descriptor
     */
    public boolean isDrained(final long chunk) {
        // First: while the owner enters the chunk there is none.
        final long contentEnd = Memory.getLongAcquire(chunk + ChunkDescriptor.CONTENT_END_OFFSET);
        final long begin = Memory.getLong(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET);
        return contentEnd == 0 || contentEnd == begin || headVolatile(tailAcquire()) >= begin + chunkLength;
    }

    /** The same for the number of a chunk. */
    public boolean isDrained(final int chunk) {
        return chunk >= chunkLimit() || isDrained(address + SlotDescriptor.chunkOffset(chunk));
    }

    /** Begin of the chunk around a position. */
    public long chunkBegin(final long position) {
        return position & -chunkLength;
    }
}
