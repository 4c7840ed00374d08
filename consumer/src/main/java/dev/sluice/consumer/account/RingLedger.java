// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.PacketOrder;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.read.PacketStream;

/**
 * What one session has received of one ring, and what is missing: the consumer's side of R7. For the receiving thread,
 * and for other threads after that one has ended.
 */
public final class RingLedger {
    /** Up to where an account goes. */
    public enum Reach {
        /** The target says that it has drained everything. Its own count of events is compared with the count here. */
        FLUSHED,
        /** Everything that the ring held was read from the ring. */
        DRAINED,
        /** The account goes up to the last packet; events may be left in the ring. */
        OPEN,
        /** The account goes up to the last packet, and another consumer has used the ring since then. */
        TAKEN;

        boolean isOpen() {
            return this == OPEN || this == TAKEN;
        }
    }

    private final int ring;
    private final PacketOrder order = new PacketOrder();
    private RingBase base;
    private int generation = -1;
    private long storedEvents;
    private long storedBatches;
    private long lostEvents;

    public RingLedger(final int ring, final RingBase base) {
        this.ring = ring;
        this.base = base;
        order.begin(base.sequence(), base.eventsBefore(), base.discarded(), base.overwritten());
        lostEvents = base.lostBefore();
    }

    /**
     * Continues a trace whose consumer is gone.
     *
     * @param stream the ring's packets in that trace
     * @param lost   number of events that the trace's loss documents name as missing after its begin
     * @param missed number of batches that those documents name
     */
    public void resume(final PacketStream stream, final long lost, final long missed) {
        // Events that a loss document names are missing either between packets, where the packets' counts show it too,
        // or after the last packet.
        final long behind = Math.max(0, lost - stream.lostInGaps());
        final long between = stream.tally().missingBatches();
        order.copyFrom(stream.order());
        order.skip(stream.endSequence() + Math.max(0, missed - between), stream.endEvents() + behind);
        storedEvents = stream.tally().storedEvents();
        storedBatches = stream.tally().storedBatches();
        lostEvents += lost;
    }

    /** Sets up to which position the ring was drained for another consumer. */
    public void receivedElsewhere(final long position) {
        order.receivedUpTo(position);
    }

    /**
     * Takes note of events that were overwritten before the next chunk. It is unknown when that happened, so they count
     * as overwritten in this session.
     */
    public void recycled(final long events) {
        base = new RingBase(base.sequence(), base.eventsBefore(), base.overwritten() - events, base.discarded(),
            base.blockedNs(), base.traps(), base.gap(), base.unattended());
        order.skip(order.sequence(), order.events() + events);
    }

    /** Index of the ring's slot. */
    public int ring() {
        return ring;
    }

    /** Sequence number of the last batch that was stored or accounted for. */
    public long sequence() {
        return order.sequence();
    }

    /** Number of events before the next batch, if no batch is missing. */
    public long eventsBefore() {
        return order.events();
    }

    /** Position after the last packet; if there is no packet, less than any position. */
    public long endPosition() {
        return order.position();
    }

    public RingBase base() {
        return base;
    }

    /** Whether a generation of the slot is new to this trace. After this call it is not new any more. */
    public boolean enter(final int newGeneration) {
        final boolean isNew = generation != newGeneration;
        generation = newGeneration;
        return isNew;
    }

    /**
     * Number of events that are missing before a packet, if their journal entries are gone. The number is as exact as
     * the packet's header allows: its overwritten count may already include events that come after the packet.
     *
     * @return 0 or more; a hostile header can make it any number
     */
    public long missingBefore(final long headerEventsBefore, final long headerOverwritten) {
        return Math.max(0, headerEventsBefore - order.events() - (headerOverwritten - order.overwritten()));
    }

    /**
     * Number of events up to a position that are not accounted for, from all counts of the session together. The count
     * of overwritten events may already include chunks after the position, so the result may be negative; at tail it is
     * exact.
     *
     * @param eventsUpTo      number of events written before the position
     * @param ringOverwritten the ring's count of overwritten events
     */
    public long missingInAll(final long eventsUpTo, final long ringOverwritten) {
        return eventsUpTo - base.eventsBefore() - (ringOverwritten - base.overwritten()) - storedEvents
            - (lostEvents - base.lostBefore());
    }

    /** Whether a sound packet may follow what was stored. If it may, readers of the trace accept it too. */
    public boolean mayFollow(final PacketHeader packet) {
        return order.problem(packet) == null;
    }

    /**
     * Whether a drainer can have come to a sequence number. No drainer gets so far ahead of what was received that its
     * journal forgets a batch; so any greater number is forged.
     */
    public boolean mayHaveDrained(final long drainedSequence) {
        return drainedSequence - order.sequence() <= SlotDescriptor.LONG_JOURNAL_ENTRIES;
    }

    /** Accounts for a stored packet. */
    public void stored(final PacketHeader packet) {
        order.accept(packet);
        storedEvents += packet.eventCount();
        storedBatches++;
    }

    /** Accounts for a packet that arrived, but that the trace had room for only as a loss. */
    public void unstored(final PacketHeader packet) {
        order.accept(packet);
        lostEvents += packet.eventCount();
    }

    /**
     * Accounts for missing batches.
     *
     * @param eventsEnd number of events written to the ring up to the end of these batches; or less, if what was stored
     *                  goes beyond that end
     */
    public void missing(final long lastSequence, final long eventsEnd) {
        order.skip(lastSequence, PacketHeader.isCount(eventsEnd) ? Math.max(order.events(), eventsEnd)
            : order.events());
    }

    /** Adds events that a loss document names. */
    public void lost(final long events) {
        lostEvents = Math.min(PacketHeader.MAX_COUNT, lostEvents + events);
    }

    /**
     * The account of the ring.
     *
     * @param reach up to where the account goes
     */
    public RingAccount account(final Slot slot, final Reach reach) {
        final long end = reach == Reach.FLUSHED && slot.sequenceAcquire() != base.sequence()
            ? slot.drainedEventsAcquire() : order.events();
        final long written = Math.min(PacketHeader.MAX_COUNT, since(base.eventsBefore(), end) + base.lostBefore());
        // In an open account, the ring's own count is too great, because it includes events after the last packet.
        final long over = reach.isOpen() ? Math.max(0, written - storedEvents - lostEvents)
            : since(base.overwritten(), slot.overwrittenAcquire());
        return new RingAccount(StreamKey.ofRing(ring), written,
            since(base.discarded(), reach == Reach.TAKEN ? order.discarded() : slot.discardedAcquire()), over,
            Math.max(0, lostEvents), storedBatches, since(base.traps(), slot.trapsAcquire()),
            since(base.blockedNs(), slot.blockedNsAcquire()));
    }

    /**
     * The growth of a count, never negative. A count goes back, or is out of range, only in a region that lies or was
     * truncated.
     */
    private static long since(final long before, final long now) {
        return PacketHeader.isCount(now) ? Math.max(0, now - before) : 0;
    }

    /** Whether anything happened to the ring in this session. */
    public boolean isUsed(final Slot slot) {
        return storedBatches > 0 || lostEvents > 0 || order.sequence() != base.sequence()
            || slot.discardedAcquire() != base.discarded() || slot.overwrittenAcquire() != base.overwritten();
    }

    /** The ring's count of discarded events, up to the last packet. */
    public long discarded() {
        return order.discarded();
    }

    public long storedEvents() {
        return storedEvents;
    }
}
