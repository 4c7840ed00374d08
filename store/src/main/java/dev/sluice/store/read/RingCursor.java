// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.IdTable;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.segment.TraceDamage;

/**
 * Steps through the selected events of one ring, packet by packet. Damaged packets are stepped over. Packets in which
 * no event can be selected, because of their time or thread, are not read. For one thread.
 */
final class RingCursor {
    final PacketStream stream;
    final PacketView packet;
    /** Null if the ticks themselves are the key of the merge, because a single target has a single clock. */
    private TargetClock keyClock;
    /** Position of the current event in the merged order. */
    long key;
    long ticks;
    /** Number of events seen so far. */
    long count;
    long eventAddress;
    int headLength;
    EventPlan plan;
    /**
     * Whether the current event seems not to have read the clock itself, because its ticks are equal to those of an
     * event before it.
     */
    boolean isCarried;
    /** Name of the packet's owner; the same object for all packets of that owner. */
    String threadName = "";

    private EventWalker walker;
    private IdTable<EventPlan> plans;
    private final TickRange range;
    private final OwnerChoice owners;
    private final PacketLoader loader;
    private final TraceReader reader;
    /** Loads later packets while the current one is read; null until this is needed. */
    private PacketLoader ahead;
    private int lastPacket;
    /** Ticks of the event before the current one. If those are not known, the ticks that the packet begins with. */
    private long ticksBefore;
    /** For the packet that was loaded last: number of events written to the ring up to its end, and ticks there. */
    private long eventsEnd;
    private long ticksEnd = Long.MIN_VALUE;
    /** The last result of {@link #nextTicks}, and the ticks that it was computed for. */
    private long nextTicks = Long.MIN_VALUE;
    private long nextOfTicks;
    private int packetIndex;
    private StreamClass streamClass;
    private int planId;
    private int namedGeneration;
    private boolean isNamed;
    private boolean isByVirtualThread;
    private int remaining;
    private long nextAddress;
    private long contentEnd;
    /** Whether the cursor stands on an event; else it is before the first one, or was at the end of what there was. */
    private boolean isOnEvent;
    /** Whether events are missing right before the current one. If so, the three numbers say how many. */
    private boolean isAfterMissing;
    private long lostHere;
    private long overwrittenHere;
    private long discardedHere;
    /** Counts of all events up to this place. */
    private long writtenSoFar;
    private long lostSoFar;
    private long overwrittenSoFar;
    private long discardedSoFar;
    /** The count of discarded events in the header before. */
    private long discardedKnown;
    private int gap;
    private int resumption;
    /** Number of events in packets that were stepped over since the last sound packet. */
    private long skipped;
    private long damagedEvents;

    /**
     * Makes a cursor that stands before its first event.
     *
     * @param range  which ticks are selected
     * @param owners which threads are selected
     */
    RingCursor(final TraceReader reader, final PacketStream stream, final EventWalker walker,
        final IdTable<EventPlan> plans, final TargetClock keyClock, final TickRange range, final OwnerChoice owners) {
        this.stream = stream;
        this.walker = walker;
        this.plans = plans;
        this.keyClock = keyClock;
        this.range = range;
        this.owners = owners;
        this.reader = reader;
        loader = new PacketLoader(reader, stream, walker);
        packet = loader.packet();
        lastPacket = stream.packetCount();
        seek(stream.firstPacketAt(range.from));
    }

    /**
     * Takes what the trace has got since: packets, events that were declared, and clock readings, by which the current
     * event has another key.
     */
    void extend(final EventWalker newWalker, final IdTable<EventPlan> newPlans, final TargetClock newKeyClock) {
        lastPacket = stream.packetCount();
        // Where a damaged packet was, there is another one now.
        packetIndex = Math.min(packetIndex, stream.takeDropped());
        stream.readBefore(packetIndex);
        // The packet before the next one may be needed once more, for its counts.
        stream.forgetBefore(Math.max(0, packetIndex - 1));
        keyClock = newKeyClock;
        key = keyClock == null ? ticks : keyClock.monotonicNs(ticks);
        if (walker != newWalker) {
            walker = newWalker;
            plans = newPlans;
            planId = 0;
            loader.redeclare(walker);
            ahead = null;
        }
    }

    /**
     * Moves to the next selected event.
     *
     * @return false after the last one
     */
    boolean advance() {
        // In a trace that grows, what was missing before its end is missing before the next event.
        isAfterMissing &= !isOnEvent;
        isOnEvent = false;
        while (true) {
            while (remaining == 0) {
                if (!loadNext()) {
                    free();
                    return false;
                }
            }
            final long address = nextAddress;
            final long header = Memory.getLong(address);
            final int id = EventDescriptor.id(header);
            if (id != planId) {
                planId = id;
                plan = plans.get(id);
            }
            ticks = EventDescriptor.ticks(header, ticks);
            isCarried = ticks <= ticksBefore;
            ticksBefore = ticks;
            nextAddress = address + EventDescriptor.align(plan.fixedLength >= 0 ? headLength + plan.fixedLength
                : walker.lengthOf(address, contentEnd - address, streamClass));
            remaining--;
            count++;
            if (ticks < range.from) {
                // Events missing before this event are missing before the range.
                isAfterMissing = false;
            } else if (ticks >= range.to) {
                end();
            } else if (isSelected(address)) {
                key = keyClock == null ? ticks : keyClock.monotonicNs(ticks);
                eventAddress = address;
                isOnEvent = true;
                return true;
            }
        }
    }

    /** Length of the current event in bytes, without padding. */
    int eventLength() {
        return plan.fixedLength >= 0 ? headLength + plan.fixedLength
            : walker.lengthOf(eventAddress, contentEnd - eventAddress, streamClass);
    }

    private void free() {
        loader.free();
        if (ahead != null) {
            ahead.free();
        }
    }

    /**
     * Ticks of the first event after the current one that has more ticks. That is the next reading of the clock; the
     * event may be selected or not.
     *
     * @return {@link Long#MAX_VALUE} if there is no such event
     */
    long nextTicks() {
        if (nextOfTicks != ticks || nextTicks == Long.MIN_VALUE) {
            nextOfTicks = ticks;
            nextTicks = loader.ticksAfter(nextAddress, remaining, ticks, ticks);
            for (int i = packetIndex; nextTicks == Long.MAX_VALUE && i < stream.packetCount(); i++) {
                if (ahead == null) {
                    ahead = new PacketLoader(reader, stream, walker);
                }
                nextTicks = ahead.load(i) == null ? ahead.ticksAfter(ticks) : Long.MAX_VALUE;
            }
        }
        return nextTicks;
    }

    private boolean isSelected(final long address) {
        return plan.filter != null
            && (!range.isByEvent || range.isInside(ticks))
            && (!isByVirtualThread || owners.selectsVirtual(virtualThreadId(address)))
            && (plan.filter.isAll() || plan.filter.selects(address + headLength));
    }

    private long virtualThreadId(final long address) {
        return headLength > EventDescriptor.HEADER_LENGTH
            ? Memory.getLong(address + EventDescriptor.HEADER_LENGTH) : 0;
    }

    /** Ends the reading, because no event from here on is selected. */
    private void end() {
        remaining = 0;
        packetIndex = lastPacket;
    }

    /** Loads the next packet in which an event may be selected. Returns false if there is none. */
    private boolean loadNext() {
        if (!owners.isAll()) {
            final int next = owners.next(stream, packetIndex);
            if (next > packetIndex) {
                seek(next);
            }
        }
        if (packetIndex == lastPacket) {
            return false;
        }
        if (stream.beginTicks(packetIndex) >= range.to) {
            end();
            return false;
        }
        isByVirtualThread = !owners.isAll() && owners.isByVirtualThread(stream, packetIndex);
        if (load()) {
            noteMissing();
        }
        return true;
    }

    /**
     * Moves to another packet. The packet before it is loaded too, only to learn from its counts what is missing
     * between the two.
     */
    private void seek(final int index) {
        packetIndex = Math.min(index, lastPacket);
        if (packetIndex == 0) {
            return;
        }
        packetIndex--;
        if (load()) {
            writtenSoFar = packet.eventsBefore() - stream.eventsBefore() + packet.eventCount();
            discardedKnown = packet.eventsDiscarded() - packet.overwritten() - stream.discardedBefore();
            discardedSoFar = discardedKnown;
            while (gap < stream.gaps().size() && stream.gaps().get(gap).lastSequence() < packet.sequence()) {
                gap++;
            }
        }
        remaining = 0;
        isAfterMissing = false;
        skipped = 0;
    }

    /**
     * Loads a packet into private memory and checks it completely before its first event is seen. Returns false if it
     * is damaged.
     */
    private boolean load() {
        final TraceDamage damage = loader.load(packetIndex++);
        if (damage != null) {
            skipped += damage.events();
            damagedEvents += damage.events();
            return false;
        }
        ticksBefore = packet.eventsBefore() == eventsEnd ? ticksEnd : packet.ticksBegin();
        eventsEnd = packet.eventsBefore() + packet.eventCount();
        ticksEnd = packet.ticksEnd();
        streamClass = packet.streamClass();
        name();
        headLength = EventDescriptor.HEADER_LENGTH + streamClass.contextLength();
        ticks = packet.ticksBegin();
        remaining = packet.eventCount();
        nextAddress = packet.address() + packet.headerLength();
        contentEnd = packet.address() + packet.contentBits() / Byte.SIZE;
        return true;
    }

    private void name() {
        if (!isNamed || namedGeneration != packet.generation()) {
            isNamed = true;
            namedGeneration = packet.generation();
            final ThreadInfo thread =
                stream.target().thread(stream.key(), namedGeneration);
            threadName = thread == null ? "" : thread.name();
        }
    }

    /**
     * Compares the counts in the packet's header with the counts before it. A header is written when its batch is
     * drained, and a ring that refuses events is full at that moment. So the events that the header counts as discarded
     * came after the events of its own batch.
     */
    private void noteMissing() {
        if (!isAfterMissing) {
            lostHere = 0;
            overwrittenHere = 0;
            discardedHere = 0;
        }
        stepOverRemoved(packetIndex - 1);
        final long hole = Math.max(0, packet.eventsBefore() - stream.eventsBefore() - writtenSoFar);
        long lost = 0;
        while (gap < stream.gaps().size() && stream.gaps().get(gap).lastSequence() < packet.sequence()) {
            lost += stream.gaps().get(gap++).events();
        }
        lost = Math.min(lost, hole);
        final long damaged = Math.min(skipped, hole - lost);
        skipped = 0;
        lostHere += lost + damaged;
        overwrittenHere += hole - lost - damaged;
        discardedHere += discardedKnown - discardedSoFar;
        lostSoFar += lost;
        overwrittenSoFar += hole - lost - damaged;
        discardedSoFar = discardedKnown;
        discardedKnown = Math.max(discardedKnown,
            packet.eventsDiscarded() - packet.overwritten() - stream.discardedBefore());
        writtenSoFar += hole + packet.eventCount();
        isAfterMissing |= lostHere + overwrittenHere + discardedHere > 0;
    }

    /** Steps over what was stored before a packet and is there no more. What was missing there is missing here. */
    private void stepOverRemoved(final int at) {
        while (resumption < stream.resumptions().size() && stream.resumptions().get(resumption).packet() <= at) {
            final PacketStream.Resumption here = stream.resumptions().get(resumption++);
            writtenSoFar = Math.max(writtenSoFar, here.written());
            lostHere += Math.max(0, here.lost() - lostSoFar);
            lostSoFar = Math.max(lostSoFar, here.lost());
            overwrittenHere += Math.max(0, here.overwritten() - overwrittenSoFar);
            overwrittenSoFar = Math.max(overwrittenSoFar, here.overwritten());
            discardedHere += Math.max(0, here.discarded() - discardedSoFar);
            discardedSoFar = Math.max(discardedSoFar, here.discarded());
            discardedKnown = Math.max(discardedKnown, here.discarded());
        }
    }

    /** What is missing right before the current event, or null. */
    MissingEvents missingBefore() {
        return !isAfterMissing ? null
            : new MissingEvents(stream.target(), stream.key(), lostHere, overwrittenHere, discardedHere);
    }

    /**
     * What is missing after the last event, or null. To be called after the last event. With a selection, it is what is
     * missing between the last selected event and the end of the range.
     *
     * @param account of this ring, or null if the trace has no end
     */
    MissingEvents missingAtEnd(final RingAccount account) {
        if (range.isAll() && owners.isAll()) {
            return missingAfterAll(account);
        }
        long lost = isAfterMissing ? lostHere : 0;
        long overwritten = isAfterMissing ? overwrittenHere : 0;
        long discarded = isAfterMissing ? discardedHere : 0;
        final boolean isOfLast = owners.isAll()
            || stream.packetCount() > 0 && owners.next(stream, stream.packetCount() - 1) < stream.packetCount();
        if (range.to > stream.endTicks() && isOfLast) {
            discarded += discardedKnown - discardedSoFar;
            if (account != null) {
                lost += Math.max(0, account.lost() - stream.lostInGaps());
                overwritten += Math.max(0, account.overwritten()
                    - Math.max(0, stream.written() - stream.tally().storedEvents() - stream.lostInGaps()));
                discarded += Math.max(0, account.discarded() - Math.max(discardedKnown, stream.discarded()));
            }
            lost += skipped;
        }
        final MissingEvents missing = new MissingEvents(stream.target(), stream.key(), lost,
            overwritten, discarded);
        return missing.total() > 0 ? missing : null;
    }

    private MissingEvents missingAfterAll(final RingAccount account) {
        final long lost = isAfterMissing ? lostHere : 0;
        final long overwritten = isAfterMissing ? overwrittenHere : 0;
        final long discarded = isAfterMissing ? discardedHere : 0;
        final MissingEvents missing = account == null
            ? new MissingEvents(stream.target(), stream.key(), lost + skipped, overwritten,
                discarded + discardedKnown - discardedSoFar)
            : new MissingEvents(stream.target(), stream.key(),
                lost + Math.max(0, account.lost() - lostSoFar) + skipped,
                overwritten + Math.max(0, account.overwritten() - overwrittenSoFar),
                discarded + Math.max(0, account.discarded() - discardedSoFar));
        return missing.total() > 0 ? missing : null;
    }

    /** Number of events in packets that were stepped over, as far as it is known. */
    long damagedEvents() {
        return damagedEvents;
    }

    /** Number of events in packets whose checksum is right, but whose content is not a sequence of whole events. */
    long malformedEvents() {
        return loader.malformedEvents();
    }
}
