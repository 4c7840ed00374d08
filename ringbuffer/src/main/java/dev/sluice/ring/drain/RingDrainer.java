// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.drain;

import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.JournalDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.util.function.Supplier;

/**
 * Drains rings through a {@link BatchSink} under the drain lock, store by store as docs/protocol.md section 3 says.
 * <p> Each draining thread has its own instance: an owner for its ring, or the control thread for all rings. A drainer
 * never waits. If another thread holds the lock, credits are used up, or the session has gone, it returns that as its
 * outcome. An error that is thrown out of a drain leaves the lock held. The same thread's next drain recovers the lock
 * and repeats the batch of the journal with the same number.
 */
public final class RingDrainer {
    /** Everything that the caller asked for is drained. */
    public static final int DRAINED = 0;
    /** Another thread holds the lock; or this thread holds it and has fired inside a drain. */
    public static final int BUSY = 1;
    /** There is no session, or no consumer is attached. */
    public static final int NO_SESSION = 2;
    /** The session's buffer has no room, or too many batches are not received yet. */
    public static final int NO_ROOM = 3;
    /** The ring contradicts itself. */
    public static final int MALFORMED = 4;

    private static final int TAG_BITS = Long.SIZE - TaggedWord.VALUE_BITS;

    private final ControlFile controlFile;
    private final TargetId targetId;
    private final BatchSink sink;
    private final Supplier<EventWalker> walker;
    private final int tid;
    private final LongJournals longJournals;
    private final BatchSelector selector = new BatchSelector();
    private final BatchHeader batchHeader = new BatchHeader();
    /**
     * Tells an event that is fired inside a drain, which is allowed, from a lock that an error left behind (R4). Only
     * this thread reads this.
     */
    private boolean inDrain;
    /** Whether the selected batch was selected before, and its drain was interrupted. */
    private boolean isRepeated;

    /**
     * Makes a drainer for one thread.
     *
     * @param controlFile has session, credits and received words
     * @param targetId    is written to packet headers
     * @param sink        the drain probe
     * @param walker      returns the newest schema
     * @param tid         kernel thread id of the thread that will use the drainer
     */
    public RingDrainer(final ControlFile controlFile, final TargetId targetId, final BatchSink sink,
                       final Supplier<EventWalker> walker, final int tid) {
        this(controlFile, targetId, sink, walker, tid, slot -> false);
    }

    /**
     * Makes a drainer for one thread, for slots that may get a long journal.
     *
     * @param longJournals provides the pages of long journals
     */
    public RingDrainer(final ControlFile controlFile, final TargetId targetId, final BatchSink sink,
                       final Supplier<EventWalker> walker, final int tid, final LongJournals longJournals) {
        this.controlFile = controlFile;
        this.targetId = targetId;
        this.sink = sink;
        this.walker = walker;
        this.tid = tid;
        this.longJournals = longJournals;
    }

    /** Provides the pages of long journals. */
    public interface LongJournals {
        /**
         * Allocates the pages of a slot's long journal, so that no store to it ever faults. Called by the holder of the
         * slot's drain lock.
         *
         * @return false if there is no memory for them
         */
        boolean allocate(int slot);
    }

    /**
     * Drains all full chunks of a ring and, if {@code partial}, the events of the open chunk, as far as they were there
     * at the call: an owner that goes on meanwhile would otherwise be followed without an end, in batches of as many
     * events as fire during one drain.
     *
     * @return one of the constants
     */
    public int drain(final Slot slot, final boolean partial) {
        if (inDrain || !lock(slot)) {
            return BUSY;
        }
        inDrain = true;
        try {
            final long until = slot.tailAcquire();
            int outcome;
            do {
                outcome = drainOne(slot, partial);
            } while (outcome < 0 && !(partial && slot.headVolatile(until) >= until));
            return Math.max(outcome, DRAINED);
        } finally {
            // An exception may leave a batch half drained. Its journal entry stays, and the batch is repeated. The flag
            // is cleared first: if the call then throws a stack overflow, the lock stays held, and this thread's next
            // drain recovers it.
            inDrain = false;
            slot.compareAndSetDrainLock(tid, 0);
        }
    }

    /**
     * Brings a ring's words up to date with a session that begins: docs/protocol.md section 4, step 6.
     *
     * @return false if another thread is in a drain of the old session; that thread finds no session and ends at once
     */
    public boolean adopt(final Slot slot, final int epoch) {
        if (!lock(slot)) {
            return false;
        }
        try {
            final long tail = slot.tailAcquire();
            long word = slot.headWordVolatile();
            while (TaggedWord.epoch(word) != epoch
                && !slot.compareAndSetHeadWord(word, TaggedWord.of(epoch, TaggedWord.value(word)))) {
                word = slot.headWordVolatile();
            }
            // A consumer before that pulled, and that nobody has carried head after.
            PulledHead.carry(controlFile, slot, epoch);
            word = slot.headWordVolatile();
            // A batch whose drain was interrupted is drained. A consumer that reads the ring itself would read it
            // again.
            finishInterrupted(slot, epoch, word, slot.position(word, tail));
            final long received = TaggedWord.value(controlFile.receivedVolatile(slot.index()));
            // A consumer that drained the ring itself moves head before it publishes what it received, and may have
            // died in between. So the count is taken from the ring, whatever the sequence is. At the begin of a chunk,
            // the chunk's own count is used.
            final long eventsBefore = selector.eventsBefore(slot, slot.headVolatile(tail), walker.get());
            slot.adopted(Math.max(received, slot.sequenceAcquire()),
                eventsBefore == 0 ? slot.drainedEventsAcquire() : eventsBefore);
            return true;
        } finally {
            slot.compareAndSetDrainLock(tid, 0);
        }
    }

    /** Moves head to where the session's consumer has pulled. Takes no lock. */
    public void carry(final Slot slot) {
        PulledHead.carry(controlFile, slot, controlFile.activeEpochVolatile());
    }

    /**
     * Whether a chunk that its owner has marked as about to be overwritten may be: see {@link PulledHead}.
     *
     * @param chunkBegin begin of the chunk
     */
    public boolean mayOverwrite(final Slot slot, final long chunkBegin) {
        return PulledHead.mayOverwrite(controlFile, slot, chunkBegin);
    }

    private boolean lock(final Slot slot) {
        // If the lock has this thread's id although the thread is not draining, an error has left the lock behind.
        return slot.compareAndSetDrainLock(0, tid) || slot.drainLockVolatile() == tid;
    }

    /** Drains one batch. Returns a negative number if there may be more. */
    private int drainOne(final Slot slot, final boolean partial) {
        final int epoch = controlFile.activeEpochVolatile();
        if (epoch == 0 || !sink.isAttached()) {
            return NO_SESSION;
        }
        final long tail = slot.tailAcquire();
        final long headWord = slot.headWordVolatile();
        final long head = slot.position(headWord, tail);
        if (finishInterrupted(slot, epoch, headWord, head)) {
            return -1;
        }
        final long sequence = slot.sequenceAcquire() + 1;
        switch (select(slot, head, sequence, partial)) {
            case BatchSelector.EMPTY:
                return DRAINED;
            case BatchSelector.HOLE:
                slot.compareAndSetHeadWord(headWord, Slot.headWord(epoch, selector.nextHead()));
                return -1;
            case BatchSelector.BATCH:
                return drainBatch(slot, epoch, sequence, headWord);
            default:
                return MALFORMED;
        }
    }

    /**
     * Moves head over a batch whose drain was interrupted after its sequence was stored. That batch is drained; with
     * the next number, it would be drained twice.
     */
    private boolean finishInterrupted(final Slot slot, final int epoch, final long headWord, final long head) {
        final long sequence = slot.sequenceAcquire();
        final long entry = slot.journalAddress(sequence);
        if (sequence == 0 || !isOf(entry, sequence, head)
            || selector.selectAgain(slot, entry, walker.get()) != BatchSelector.BATCH
            || !ChunkReading.begin(selector, slot, epoch)) {
            return false;
        }
        slot.drained(
            headWord, epoch, sequence, selector.eventsBefore() + selector.eventCount(), selector.nextHead(), 0);
        ChunkReading.end(selector, slot, epoch, true);
        return true;
    }

    private static boolean isOf(final long journalEntry, final long sequence, final long head) {
        return Memory.getLongAcquire(journalEntry + JournalDescriptor.SEQUENCE_OFFSET) == sequence
            && Memory.getLong(journalEntry + JournalDescriptor.BEGIN_POSITION_OFFSET) == head;
    }

    private int select(final Slot slot, final long head, final long sequence, final boolean partial) {
        final long entry = slot.journalAddress(sequence);
        isRepeated = isOf(entry, sequence, head);
        return isRepeated ? selector.selectAgain(slot, entry, walker.get())
            : selector.select(slot, head, slot.eventsBefore(head), partial, walker.get());
    }

    private int drainBatch(final Slot slot, final int epoch, final long sequence, final long headWord) {
        final int length = selector.paddedLength();
        final long received = controlFile.receivedVolatile(slot.index());
        if (!ChunkReading.begin(selector, slot, epoch)) {
            // The chunk was overwritten meanwhile. The next call steps over the hole.
            return -1;
        }
        if (TaggedWord.epoch(received) != epoch
            || !hasJournal(slot, sequence, sequence - TaggedWord.value(received))
            || !claimCredits(epoch, RecordSizing.recordLength(length, controlFile.recordSizing() != 0))) {
            if (!isRepeated) {
                // A repeated batch may have been copied already. Its chunk stays READING, because overwriting would
                // count its events as never seen.
                ChunkReading.end(selector, slot, epoch, false);
            }
            return NO_ROOM;
        }
        writeJournal(slot, sequence, length);
        batchHeader.write(selector, slot, slot.packetHeaderAddress(), targetId, epoch, sequence);
        sink.drain(slot.packetHeaderAddress(), selector.contentAddress(slot), length);
        slot.drained(
            headWord, epoch, sequence, selector.eventsBefore() + selector.eventCount(), selector.nextHead(), 1);
        ChunkReading.end(selector, slot, epoch, true);
        return -1;
    }

    /** Whether the journal has room for this entry and for those of all batches that are not received yet. */
    private boolean hasJournal(final Slot slot, final long sequence, final long ahead) {
        if (ahead < SlotDescriptor.JOURNAL_ENTRIES) {
            return true;
        }
        if (slot.longJournalFrom() == 0 && longJournals.allocate(slot.index())) {
            slot.beginLongJournal(sequence);
        }
        return ahead < SlotDescriptor.LONG_JOURNAL_ENTRIES && slot.longJournalFrom() != 0;
    }

    private void writeJournal(final Slot slot, final long sequence, final int length) {
        final long entry = slot.journalAddress(sequence);
        Memory.putLong(entry + JournalDescriptor.BEGIN_POSITION_OFFSET, selector.begin());
        Memory.putLong(entry + JournalDescriptor.EVENTS_BEFORE_OFFSET, selector.eventsBefore());
        Memory.putInt(entry + JournalDescriptor.PADDED_LENGTH_OFFSET, length);
        Memory.putInt(entry + JournalDescriptor.EVENT_COUNT_OFFSET, selector.eventCount());
        Memory.putLongRelease(entry + JournalDescriptor.SEQUENCE_OFFSET, sequence);
    }

    private boolean claimCredits(final int epoch, final int bytes) {
        final long capacity = controlFile.creditCapacity();
        while (true) {
            final long claimed = controlFile.creditsClaimedVolatile();
            final long consumed = controlFile.creditsConsumedVolatile();
            if (TaggedWord.epoch(claimed) != epoch || TaggedWord.epoch(consumed) != epoch) {
                return false;
            }
            // The difference is signed, so that a consumer that gave back more than was claimed does not seem to owe
            // everything.
            final long used = Math.max(0,
                TaggedWord.value(claimed) - TaggedWord.value(consumed) << TAG_BITS >> TAG_BITS) << 3;
            if (used + bytes > capacity) {
                return false;
            }
            final long next = TaggedWord.of(epoch, TaggedWord.value(claimed) + (bytes >>> 3));
            if (controlFile.compareAndSetCreditsClaimed(claimed, next)) {
                return true;
            }
        }
    }
}
