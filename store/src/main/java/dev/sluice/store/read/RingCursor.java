// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.EventDescriptor;
import dev.sluice.ring.EventWalker;
import dev.sluice.ring.IdTable;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.segment.TraceDamage;

/** Steps through the events of one ring, packet by packet, over packets that are damaged. For one thread. */
final class RingCursor {
    final PacketStream stream;
    final PacketView packet;
    /** Null where ticks are the merge key themselves: one target has one clock. */
    final TargetClock keyClock;
    /** Position of the current event in the merged order. */
    long key;
    long ticks;
    /** Events seen so far. */
    long count;
    long eventAddress;
    int headLength;
    EventLayout layout;

    private final EventWalker walker;
    private final IdTable<EventLayout> layouts;
    private final PacketLoader loader;
    private int packetIndex;
    private int streamClass;
    private int remaining;
    private long nextAddress;
    private long contentEnd;
    /** Whether events are missing right before the current one; then the three numbers say how many. */
    private boolean isAfterMissing;
    private long lostHere;
    private long overwrittenHere;
    private long discardedHere;
    /** Of all events up to here. */
    private long writtenSoFar;
    private long lostSoFar;
    private long overwrittenSoFar;
    private long discardedSoFar;
    /** What the header before has said. */
    private long discardedKnown;
    private int gap;
    /** Events of packets that were stepped over since the last one. */
    private long skipped;

    RingCursor(final TraceReader reader, final PacketStream stream, final EventWalker walker,
        final IdTable<EventLayout> layouts, final TargetClock keyClock) {
        this.stream = stream;
        this.walker = walker;
        this.layouts = layouts;
        this.keyClock = keyClock;
        loader = new PacketLoader(reader, stream, walker);
        packet = loader.packet();
    }

    /**
     * Moves to the next event.
     *
     * @return false after the last
     */
    boolean advance() {
        isAfterMissing = false;
        while (remaining == 0) {
            if (packetIndex == stream.packetCount()) {
                loader.free();
                return false;
            }
            if (load()) {
                noteMissing();
            }
        }
        final long address = nextAddress;
        final long header = Memory.getLong(address);
        ticks = EventDescriptor.ticks(header, ticks);
        key = keyClock == null ? ticks : keyClock.monotonicNs(ticks);
        eventAddress = address;
        layout = layouts.get(EventDescriptor.id(header));
        nextAddress = address
            + EventDescriptor.align(walker.lengthOf(address, contentEnd - address, streamClass));
        remaining--;
        count++;
        return true;
    }

    /** The whole packet is checked before its first event is seen, in memory that nobody changes. */
    private boolean load() {
        final TraceDamage damage = loader.load(packetIndex++);
        if (damage != null) {
            skipped += damage.events();
            return false;
        }
        streamClass = packet.streamClass();
        headLength = EventDescriptor.HEADER_LENGTH + (streamClass == PacketHeaderDescriptor.STREAM_CARRIER
            ? EventDescriptor.VIRTUAL_THREAD_ID_LENGTH : 0);
        ticks = packet.ticksBegin();
        remaining = packet.eventCount();
        nextAddress = packet.address() + packet.headerLength();
        contentEnd = packet.address() + packet.contentBits() / Byte.SIZE;
        return true;
    }

    /**
     * Compares the counts of the packet's header with what came before it. A header is written when its batch is
     * drained, and a ring that refuses events is full: so what it counts as discarded came after its own events.
     */
    private void noteMissing() {
        if (!isAfterMissing) {
            lostHere = 0;
            overwrittenHere = 0;
            discardedHere = 0;
        }
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

    /** What is missing right before the current event, or null. */
    MissingEvents missingBefore() {
        return isAfterMissing ? new MissingEvents(stream.target(), stream.ring(), stream.isTrapStream(), lostHere,
            overwrittenHere, discardedHere) : null;
    }

    /**
     * What is missing after the last event, or null; to be asked there.
     *
     * @param account of this ring, or null if the trace has no end
     */
    MissingEvents missingAtEnd(final RingAccount account) {
        final MissingEvents missing = account == null
            ? new MissingEvents(stream.target(), stream.ring(), stream.isTrapStream(), skipped, 0,
                discardedKnown - discardedSoFar)
            : new MissingEvents(stream.target(), stream.ring(), stream.isTrapStream(),
                Math.max(0, account.lost() - lostSoFar) + skipped,
                Math.max(0, account.overwritten() - overwrittenSoFar),
                Math.max(0, account.discarded() - discardedSoFar));
        return missing.total() > 0 ? missing : null;
    }

    /** Events of whole packets whose content is no sequence of whole events. */
    long malformedEvents() {
        return loader.malformedEvents();
    }
}
