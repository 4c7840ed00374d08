// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import java.util.function.Supplier;

/**
 * Drains rings through a {@link BatchSink} under the drain lock, store by store as docs/protocol.md section 3 has it.
 * <p>
 * One instance per draining thread: an owner's own, or the control thread's for all rings. It never waits: a lock that
 * is taken, credits that are used up, a session that has gone are outcomes. An error thrown out of a drain leaves the
 * lock behind; the same thread's next drain recovers it and repeats the batch of the journal, under the same number.
 */
public final class RingDrainer {
    /** Everything that was asked for is drained. */
    public static final int DRAINED = 0;
    /** Another thread holds the lock, or this one does (a nested fire). */
    public static final int BUSY = 1;
    /** No session, nobody attached. */
    public static final int NO_SESSION = 2;
    /** The session's buffer has no room, or too many batches are not yet received. */
    public static final int NO_ROOM = 3;
    /** The ring contradicts itself. */
    public static final int MALFORMED = 4;

    private static final int TAG_BITS = Long.SIZE - TaggedWord.VALUE_BITS;

    private final ControlFile controlFile;
    private final TargetId targetId;
    private final BatchSink sink;
    private final Supplier<EventWalker> walker;
    private final int tid;
    private final BatchSelector selector = new BatchSelector();
    /** R4: tells a nested fire, which is legal, from a lock that an error left behind. Only this thread reads it. */
    private boolean inDrain;
    /** Whether the selected batch is one whose drain was interrupted. */
    private boolean isRepeated;

    /**
     * A drainer for one thread.
     *
     * @param controlFile session, credits, received words
     * @param targetId    goes into packet headers
     * @param sink        the drain probe
     * @param walker      the newest schema
     * @param tid         kernel thread id of the thread that will call
     */
    public RingDrainer(final ControlFile controlFile, final TargetId targetId, final BatchSink sink,
                       final Supplier<EventWalker> walker, final int tid) {
        this.controlFile = controlFile;
        this.targetId = targetId;
        this.sink = sink;
        this.walker = walker;
        this.tid = tid;
    }

    /**
     * Drains all full chunks of a ring and, if asked, the events of the open one.
     *
     * @return one of the constants
     */
    public int drain(final Slot slot, final boolean partial) {
        if (inDrain || !lock(slot)) {
            return BUSY;
        }
        inDrain = true;
        try {
            int outcome;
            do {
                outcome = drainOne(slot, partial);
            } while (outcome < 0);
            return outcome;
        } finally {
            // An exception may leave a batch half drained: the journal entry stays and is repeated. The flag goes down
            // first: a stack overflow in the call then leaves a lock behind that this thread's next drain recovers.
            inDrain = false;
            slot.compareAndSetDrainLock(tid, 0);
        }
    }

    /**
     * Brings a ring's words up to date with a session that begins: docs/protocol.md section 4, step 6.
     *
     * @return false if another thread is in a drain of the old session: it finds no session and ends at once
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
            word = slot.headWordVolatile();
            // What was interrupted has been drained: a consumer that reads the ring by itself would read it again.
            finishInterrupted(slot, epoch, word, slot.position(word, tail));
            final long received = TaggedWord.value(controlFile.receivedVolatile(slot.index()));
            // A consumer that drained by itself moves head before it says what it received, and may have died between:
            // so the count is taken from the ring, whatever the sequence. At a chunk's begin its own count is taken.
            final long eventsBefore = selector.eventsBefore(slot, slot.headVolatile(tail), walker.get());
            slot.adopted(Math.max(received, slot.sequenceAcquire()),
                eventsBefore == 0 ? slot.drainedEventsAcquire() : eventsBefore);
            return true;
        } finally {
            slot.compareAndSetDrainLock(tid, 0);
        }
    }

    private boolean lock(final Slot slot) {
        // A lock with this thread's id, while it is not draining, was left behind by an error.
        return slot.compareAndSetDrainLock(0, tid) || slot.drainLockVolatile() == tid;
    }

    /** Drains one batch: negative if there may be more. */
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
     * Moves head over a batch whose drain was interrupted after its sequence was stored: it has been drained, and under
     * the next number it would be so twice.
     */
    private boolean finishInterrupted(final Slot slot, final int epoch, final long headWord, final long head) {
        final long sequence = slot.sequenceAcquire();
        final long entry = slot.journalAddress(sequence);
        if (sequence == 0 || !isOf(entry, sequence, head)
            || selector.selectAgain(slot, entry, walker.get()) != BatchSelector.BATCH
            || !selector.beginReading(slot, epoch)) {
            return false;
        }
        slot.drained(
            headWord, epoch, sequence, selector.eventsBefore() + selector.eventCount(), selector.nextHead(), 0);
        selector.endReading(slot, epoch, true);
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
        if (!selector.beginReading(slot, epoch)) {
            // Overwritten meanwhile: the hole is skipped next.
            return -1;
        }
        if (TaggedWord.epoch(received) != epoch
            || sequence - TaggedWord.value(received) >= SlotDescriptor.JOURNAL_ENTRIES
            || !claimCredits(epoch, RecordSizing.recordLength(length, controlFile.recordSizing() != 0))) {
            if (!isRepeated) {
                // A batch that may have been copied already stays READING: overwriting would count it as never seen.
                selector.endReading(slot, epoch, false);
            }
            return NO_ROOM;
        }
        writeJournal(slot, sequence, length);
        selector.writeHeader(slot, slot.packetHeaderAddress(), targetId, epoch, sequence);
        sink.drain(slot.packetHeaderAddress(), selector.contentAddress(slot), length);
        slot.drained(
            headWord, epoch, sequence, selector.eventsBefore() + selector.eventCount(), selector.nextHead(), 1);
        selector.endReading(slot, epoch, true);
        return -1;
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
            // Signed: a consumer that gave back more than was claimed must not look like one that owes everything.
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
