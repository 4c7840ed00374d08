// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.ring.EventWalker;
import dev.sluice.ring.JournalDescriptor;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeader;
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
 * @param unattended   of the discarded those that no trace has: refused after the consumer before had accounted for the
 *                     last time
 */
public record RingBase(long sequence, long eventsBefore, long overwritten, long discarded, long blockedNs, long traps,
                Gap gap, long unattended) {
    /** A ring that was never used. */
    public static final RingBase NEW = new RingBase(0, 0, 0, 0, 0, 0, null);

    /** Nothing was discarded that no trace has. */
    public RingBase(final long sequence, final long eventsBefore, final long overwritten, final long discarded,
             final long blockedNs, final long traps, final Gap gap) {
        this(sequence, eventsBefore, overwritten, discarded, blockedNs, traps, gap, 0);
    }

    /**
     * Batches of which it is not known whether a consumer has stored them: drained by the target and not confirmed, or
     * about to be appended by a consumer that drained by itself.
     *
     * @param firstSequence first of them
     * @param lastSequence  last of them
     * @param events        events in those of them that the journal remembers
     * @param isComplete    whether it remembers all of them
     * @param endPosition   where it ends, if head is still before it, else 0
     */
    public record Gap(long firstSequence, long lastSequence, long events, boolean isComplete, long endPosition) {
    }

    /** Counts that no ring comes to are a lie, and stand for none. */
    public RingBase {
        eventsBefore = soundCount(eventsBefore);
        overwritten = soundCount(overwritten);
        discarded = soundCount(discarded);
        blockedNs = soundCount(blockedNs);
        traps = soundCount(traps);
    }

    private static long soundCount(final long count) {
        return PacketHeader.isCount(count) ? count : 0;
    }

    /** The same, where a trace has all discarded events but so many. */
    public RingBase withUnattended(final long events) {
        return new RingBase(sequence, eventsBefore, overwritten, discarded, blockedNs, traps, gap, events);
    }

    /** Events lost before the session, which its account includes, as no other does. */
    long lostBefore() {
        return (gap == null ? 0 : gap.events()) + unattended;
    }

    /** Whether nothing has happened to the ring before. */
    public boolean isNew() {
        return sequence == 0 && eventsBefore == 0 && overwritten == 0 && discarded == 0;
    }

    /**
     * Reads a ring's standing, given the last sequence that the session before confirmed.
     *
     * @param slot      copy of its words, taken while nobody fires
     * @param received  last sequence confirmed
     * @param appending value of its appending word
     * @param walker    its schema
     */
    public static RingBase read(final Slot slot, final long received, final long appending, final EventWalker walker) {
        final RingBase base = read(slot, received, walker);
        if (appending == 0) {
            return base;
        }
        // The batch has taken its number, whether or not it was appended, and whether or not head has moved.
        final long number = base.sequence + 1;
        final Gap gap = appended(slot, number, appending, walker);
        return new RingBase(number, base.eventsBefore + (gap == null ? 0 : gap.events), base.overwritten,
            base.discarded, base.blockedNs, base.traps, gap == null ? base.gap : gap, base.unattended);
    }

    /** The batch that a consumer was about to append when it ended, or null if head has moved over it. */
    private static Gap appended(final Slot slot, final long number, final long appending, final EventWalker walker) {
        final long tail = slot.tailAcquire();
        final long head = slot.headVolatile(tail);
        final long end = slot.position(appending, tail);
        if (slot.ringLength() == 0 || end <= head || end > tail || slot.chunkBegin(head) != slot.chunkBegin(end - 1)) {
            return null;
        }
        return new Gap(number, number, RingCensus.events(slot, head, end, walker), true, end);
    }

    /** The same, of a ring that no consumer has drained by itself. */
    public static RingBase read(final Slot slot, final long received, final EventWalker walker) {
        final long sequence = slot.soundSequence();
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
        return new Gap(received + 1, sequence, sum.events(), sum.isComplete(), 0);
    }

    private static long sequenceOf(final long entry) {
        return Memory.getLongAcquire(entry + JournalDescriptor.SEQUENCE_OFFSET);
    }

    private static long eventsOf(final long entry) {
        return Integer.toUnsignedLong(Memory.getInt(entry + JournalDescriptor.EVENT_COUNT_OFFSET));
    }
}
