// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import dev.sluice.ring.JournalDescriptor;
import dev.sluice.ring.Memory;
import dev.sluice.ring.Slot;

/**
 * Where a ring stood when a session began: what the session's own account is counted from.
 *
 * @param sequence     last batch drained before
 * @param eventsBefore events before the next batch, overwritten ones included
 * @param overwritten  overwritten before
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

    /** Reads a ring's standing, given the last sequence that the session before confirmed. */
    static RingBase read(final Slot slot, final long received) {
        final long sequence = slot.sequenceAcquire();
        // A drain of the old epoch may be in flight, so its words are taken from one batch's journal entry together.
        final long entry = slot.journalAddress(sequence);
        final long eventsBefore = sequence > 0 && sequenceOf(entry) == sequence
            ? Memory.getLong(entry + JournalDescriptor.EVENTS_BEFORE_OFFSET) + eventsOf(entry)
            : slot.drainedEventsAcquire();
        return new RingBase(sequence, eventsBefore, slot.overwrittenAcquire(), slot.discardedAcquire(),
            slot.blockedNsAcquire(), slot.trapsAcquire(), gap(slot, received, sequence));
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
