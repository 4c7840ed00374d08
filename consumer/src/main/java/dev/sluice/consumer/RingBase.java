// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import dev.sluice.ring.EventWalker;
import dev.sluice.ring.JournalDescriptor;
import dev.sluice.ring.Memory;
import dev.sluice.ring.Slot;

/**
 * Where a ring stood when a session began: what the session's own account is counted from.
 *
 * @param sequence     last batch drained before
 * @param eventsBefore events before the next batch, overwritten ones included
 * @param overwritten  of those, how many were overwritten
 * @param discarded    discarded before
 * @param blockedNs    time blocked before
 * @param traps        drain probe hits before
 * @param gap          what the session before left unconfirmed, or null
 */
record RingBase(long sequence, long eventsBefore, long overwritten, long discarded, long blockedNs, long traps,
                Gap gap) {
    /** A ring that was never used. */
    static final RingBase NEW = new RingBase(0, 0, 0, 0, 0, 0, null);

    /**
     * Batches that were drained, and that no consumer has confirmed to have stored.
     *
     * @param firstSequence first of them
     * @param lastSequence  last of them
     * @param events        events in those of them that the journal remembers
     * @param isComplete    whether it remembers all of them
     */
    record Gap(long firstSequence, long lastSequence, long events, boolean isComplete) {
    }

    /** Whether nothing has happened to the ring before. */
    boolean isNew() {
        return sequence == 0 && eventsBefore == 0 && overwritten == 0 && discarded == 0;
    }

    /**
     * Reads a ring's standing, given the last sequence that the session before confirmed.
     *
     * @param slot   copy of its words, taken while nobody fires
     * @param walker its schema
     */
    static RingBase read(final Slot slot, final long received, final EventWalker walker) {
        final long sequence = slot.sequenceAcquire();
        final RingCensus census = RingCensus.of(slot, walker);
        // What was overwritten behind head belongs to the session that reads the rest of it.
        final long overwritten = slot.overwrittenAcquire() - (census == null ? 0 : census.skipped());
        // A consumer that drained by itself has received more than the target has ever drained.
        return new RingBase(Math.max(sequence, received), census == null || isInterrupted(slot, sequence)
            ? drainedEvents(slot, sequence) : census.eventsBefore(), overwritten, slot.discardedAcquire(),
            slot.blockedNsAcquire(), slot.trapsAcquire(), gap(slot, received, sequence));
    }

    /** Whether an error has ended the last drain after its sequence was stored, and before head moved over it. */
    private static boolean isInterrupted(final Slot slot, final long sequence) {
        final long entry = slot.journalAddress(sequence);
        return sequence > 0 && sequenceOf(entry) == sequence
            && Memory.getLong(entry + JournalDescriptor.BEGIN_POSITION_OFFSET) == slot.headVolatile(slot.tailAcquire());
    }

    /** By the target's own words, which it writes one after the other: the journal has those of one batch together. */
    private static long drainedEvents(final Slot slot, final long sequence) {
        final long entry = slot.journalAddress(sequence);
        return sequence > 0 && sequenceOf(entry) == sequence
            ? Memory.getLong(entry + JournalDescriptor.EVENTS_BEFORE_OFFSET) + eventsOf(entry)
            : slot.drainedEventsAcquire();
    }

    private static Gap gap(final Slot slot, final long received, final long sequence) {
        if (received >= sequence) {
            return null;
        }
        final JournalSum sum = JournalSum.of(slot, received + 1, sequence);
        return new Gap(received + 1, sequence, sum.events(), sum.isComplete());
    }

    private static long sequenceOf(final long entry) {
        return Memory.getLongAcquire(entry + JournalDescriptor.SEQUENCE_OFFSET);
    }

    private static long eventsOf(final long entry) {
        return Integer.toUnsignedLong(Memory.getInt(entry + JournalDescriptor.EVENT_COUNT_OFFSET));
    }
}
