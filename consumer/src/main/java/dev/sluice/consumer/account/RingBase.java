// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.region.JournalDescriptor;
import dev.sluice.ring.region.Slot;

/**
 * The state of a ring when a session began. The session's own account counts from it.
 *
 * @param sequence     last batch drained before
 * @param eventsBefore events before the next batch, overwritten ones included
 * @param overwritten  of those, how many were overwritten
 * @param discarded    discarded before
 * @param blockedNs    time blocked before
 * @param traps        drain probe hits before
 * @param gap          what the previous session left unconfirmed, or null
 * @param unattended   how many of the discarded events are in no trace: those refused after the previous consumer's
 *                     last account
 */
public record RingBase(long sequence, long eventsBefore, long overwritten, long discarded, long blockedNs, long traps,
                Gap gap, long unattended) {
    /** The state of a ring that was never used. */
    public static final RingBase NEW = new RingBase(0, 0, 0, 0, 0, 0, null);

    /** A state in which every discarded event is in a trace. */
    public RingBase(final long sequence, final long eventsBefore, final long overwritten, final long discarded,
             final long blockedNs, final long traps, final Gap gap) {
        this(sequence, eventsBefore, overwritten, discarded, blockedNs, traps, gap, 0);
    }

    /**
     * Batches that a consumer may or may not have stored: the target has drained them and they are not confirmed, or a
     * consumer in shared mode was about to append them.
     *
     * @param firstSequence the first of these batches
     * @param lastSequence  the last of these batches
     * @param events        events in those of the batches that the journal remembers
     * @param isComplete    whether the journal remembers all of them
     * @param endPosition   where the last batch ends, if head is still before that position, else 0
     */
    public record Gap(long firstSequence, long lastSequence, long events, boolean isComplete, long endPosition) {
    }

    /** Counts that no real ring can have are forged, and are treated as 0. */
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

    /** The same state, with a number of discarded events that no trace has. */
    public RingBase withUnattended(final long events) {
        return new RingBase(sequence, eventsBefore, overwritten, discarded, blockedNs, traps, gap, events);
    }

    /** Events lost before the session. This session's account includes them, because no other account does. */
    long lostBefore() {
        return (gap == null ? 0 : gap.events()) + unattended;
    }

    /** Whether the ring was never used before the session. */
    public boolean isNew() {
        return sequence == 0 && eventsBefore == 0 && overwritten == 0 && discarded == 0;
    }

    /**
     * Reads a ring's state, given the last sequence that the previous session confirmed.
     *
     * @param slot      copy of the slot's words, taken while nobody fires
     * @param received  last sequence confirmed
     * @param appending value of the slot's appending word
     * @param walker    its schema
     */
    public static RingBase read(final Slot slot, final long received, final long appending, final EventWalker walker) {
        final RingBase base = read(slot, received, walker);
        if (appending == 0) {
            return base;
        }
        // The batch's number is used up, whether or not the batch was appended and whether or not head has moved.
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

    /** Reads the state of a ring that no consumer in shared mode has drained. */
    public static RingBase read(final Slot slot, final long received, final EventWalker walker) {
        final long sequence = slot.soundSequence();
        final RingCensus census = RingCensus.of(slot, walker);
        // Events after head that were overwritten belong to the session that reads the rest of the ring.
        final long overwritten = slot.overwrittenAcquire() - (census == null ? 0 : census.skipped());
        // If a consumer in shared mode has drained, it has received more than the target has ever drained.
        return new RingBase(Math.max(sequence, received), census == null || isInterrupted(slot, sequence)
            ? drainedEvents(slot, sequence) : census.eventsBefore(), overwritten, slot.discardedAcquire(),
            slot.blockedNsAcquire(), slot.trapsAcquire(), gap(slot, received, sequence));
    }

    /** Whether an error has ended the last drain after its sequence was stored and before head moved over the batch. */
    private static boolean isInterrupted(final Slot slot, final long sequence) {
        final long entry = slot.journalAddress(sequence);
        return sequence > 0 && sequenceOf(entry) == sequence
            && Memory.getLong(entry + JournalDescriptor.BEGIN_POSITION_OFFSET) == slot.headVolatile(slot.tailAcquire());
    }

    /**
     * The drained events, by the target's own words. The target writes those words one after the other, so the journal
     * is asked: its entry has all values of one batch.
     */
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
