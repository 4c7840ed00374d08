// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.ring.PacketHeader;
import dev.sluice.ring.PacketOrder;
import dev.sluice.ring.Slot;
import dev.sluice.ring.SlotDescriptor;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.read.PacketStream;

/**
 * What one session has received of one ring, and what is missing: the consumer's side of R7. For the receiving thread,
 * and for others after it has ended.
 */
public final class RingLedger {
    /** How far an account goes. */
    public enum Reach {
        /** The target says that it has drained everything: its own count of events checks ours. */
        FLUSHED,
        /** Everything that the ring held was read from it. */
        DRAINED,
        /** Up to the last packet; events may be left in the ring. */
        OPEN,
        /** The same, and the ring has been another consumer's since. */
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
     * Goes on where a trace ends whose consumer has gone.
     *
     * @param stream the ring's packets in it
     * @param lost   events that its loss documents name as missing after its begin
     * @param missed batches that they name
     */
    public void resume(final PacketStream stream, final long lost, final long missed) {
        // What a loss document names is between packets, where their counts show it too, or behind the last one.
        final long behind = Math.max(0, lost - stream.lostInGaps());
        final long between =
            stream.gaps().stream().mapToLong(gap -> gap.lastSequence() - gap.firstSequence() + 1).sum();
        order.copyFrom(stream.order());
        order.skip(stream.endSequence() + Math.max(0, missed - between), stream.endEvents() + behind);
        storedEvents = stream.events();
        storedBatches = stream.packetCount();
        lostEvents += lost;
    }

    /** Sets where a ring was drained up to that was received elsewhere. */
    public void receivedElsewhere(final long position) {
        order.receivedUpTo(position);
    }

    /** Events were recycled before the next chunk, of which it is not known when: they count as of this session. */
    public void recycled(final long events) {
        base = new RingBase(base.sequence(), base.eventsBefore(), base.overwritten() - events, base.discarded(),
            base.blockedNs(), base.traps(), base.gap(), base.unattended());
        order.skip(order.sequence(), order.events() + events);
    }

    /** Sequence of the last batch that was stored or accounted for. */
    public long sequence() {
        return order.sequence();
    }

    /** Events before the next batch, if none is missing. */
    public long eventsBefore() {
        return order.events();
    }

    /** Position after the last packet, or less than any if there is none. */
    public long endPosition() {
        return order.position();
    }

    public RingBase base() {
        return base;
    }

    /** Whether a generation is new to this trace; it is not any more afterwards. */
    public boolean enter(final int newGeneration) {
        final boolean isNew = generation != newGeneration;
        generation = newGeneration;
        return isNew;
    }

    /**
     * Events missing before a packet whose journal entries are gone, as nearly as its header tells: the overwritten
     * count may already include events that come after it.
     *
     * @return 0 or more; a hostile header may make it any number, which is not worth more than its word
     */
    public long missingBefore(final long headerEventsBefore, final long headerOverwritten) {
        return Math.max(0, headerEventsBefore - order.events() - (headerOverwritten - order.overwritten()));
    }

    /**
     * Events that nobody has accounted for up to a position, all of the session's counts taken together: the count of
     * overwritten events may already include chunks beyond that position, so it can be negative, and is right at tail.
     *
     * @param eventsUpTo      events written before the position
     * @param ringOverwritten the ring's count
     */
    public long missingInAll(final long eventsUpTo, final long ringOverwritten) {
        return eventsUpTo - base.eventsBefore() - (ringOverwritten - base.overwritten()) - storedEvents
            - (lostEvents - base.lostBefore());
    }

    /** Whether a sound packet may follow what was stored, so that readers take it as well. */
    public boolean mayFollow(final PacketHeader packet) {
        return order.problem(packet) == null;
    }

    /**
     * Whether a sequence is one that a drainer can have come to: it never runs so far ahead of what was received that
     * its journal forgets a batch. Any other is a lie.
     */
    public boolean mayHaveDrained(final long drainedSequence) {
        return drainedSequence - order.sequence() <= SlotDescriptor.JOURNAL_ENTRIES;
    }

    /** Accounts for a stored packet. */
    public void stored(final PacketHeader packet) {
        order.accept(packet);
        storedEvents += packet.eventCount();
        storedBatches++;
    }

    /** Accounts for a packet that came, and that the trace had no room for but as a loss. */
    public void unstored(final PacketHeader packet) {
        order.accept(packet);
        lostEvents += packet.eventCount();
    }

    /**
     * Accounts for missing batches.
     *
     * @param eventsEnd events written to the ring up to their end, or less if what was stored is beyond it
     */
    public void missing(final long lastSequence, final long eventsEnd) {
        order.skip(lastSequence, PacketHeader.isCount(eventsEnd) ? Math.max(order.events(), eventsEnd)
            : order.events());
    }

    /** Events that the loss documents have. */
    public void lost(final long events) {
        lostEvents = Math.min(PacketHeader.MAX_COUNT, lostEvents + events);
    }

    /**
     * The account.
     *
     * @param reach how far it goes
     */
    public RingAccount account(final Slot slot, final Reach reach) {
        final long end = reach == Reach.FLUSHED && slot.sequenceAcquire() != base.sequence()
            ? slot.drainedEventsAcquire() : order.events();
        final long written = Math.min(PacketHeader.MAX_COUNT, since(base.eventsBefore(), end) + base.lostBefore());
        // Of an open account the ring's own count says too much: it includes what comes after the last packet.
        final long over = reach.isOpen() ? Math.max(0, written - storedEvents - lostEvents)
            : since(base.overwritten(), slot.overwrittenAcquire());
        return new RingAccount(ring, false, written,
            since(base.discarded(), reach == Reach.TAKEN ? order.discarded() : slot.discardedAcquire()), over,
            Math.max(0, lostEvents), storedBatches, since(base.traps(), slot.trapsAcquire()),
            since(base.blockedNs(), slot.blockedNsAcquire()));
    }

    /** Never out of range: a count goes back, or far, only in a region that lies, or that was truncated. */
    private static long since(final long before, final long now) {
        return PacketHeader.isCount(now) ? Math.max(0, now - before) : 0;
    }

    /** Whether anything happened to the ring in this session. */
    public boolean isUsed(final Slot slot) {
        return storedBatches > 0 || lostEvents > 0 || order.sequence() != base.sequence()
            || slot.discardedAcquire() != base.discarded() || slot.overwrittenAcquire() != base.overwritten();
    }

    /** The ring's count of discarded events up to the last packet. */
    public long discarded() {
        return order.discarded();
    }

    public long storedEvents() {
        return storedEvents;
    }
}
