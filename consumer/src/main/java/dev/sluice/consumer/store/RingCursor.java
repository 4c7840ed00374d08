// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import dev.sluice.ring.EventDescriptor;
import dev.sluice.ring.EventWalker;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeaderDescriptor;

/** Steps through the events of one ring, packet by packet, and checks each before it is seen. For one thread. */
final class RingCursor {
    final PacketStream stream;
    final PacketView packet = new PacketView();
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

    private final TraceReader reader;
    private final EventWalker walker;
    private final EventLayout[] layouts;
    private final Crc32cOfMemory crc;
    private final DocumentView document = new DocumentView();
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

    RingCursor(final TraceReader reader, final PacketStream stream, final EventWalker walker,
        final EventLayout[] layouts, final TargetClock keyClock, final Crc32cOfMemory crc) {
        this.reader = reader;
        this.stream = stream;
        this.walker = walker;
        this.layouts = layouts;
        this.keyClock = keyClock;
        this.crc = crc;
    }

    /**
     * Moves to the next event.
     *
     * @return false after the last
     * @throws TraceStoreException if it is malformed
     */
    boolean advance() {
        isAfterMissing = false;
        while (remaining == 0) {
            if (packetIndex == stream.packetCount()) {
                return false;
            }
            load();
            noteMissing();
        }
        final long address = nextAddress;
        final int length = walker.lengthOf(address, contentEnd - address, streamClass);
        if (length < 0) {
            throw malformed("event id " + EventDescriptor.id(Memory.getLong(address)) + " is unknown or longer than"
                + " the packet's rest of " + (contentEnd - address) + " bytes");
        }
        final long header = Memory.getLong(address);
        final long newTicks = EventDescriptor.ticks(header, ticks);
        if (newTicks - ticks >= EventDescriptor.MAX_TICKS_SPAN) {
            throw malformed("ticks go back after " + ticks);
        }
        ticks = newTicks;
        key = keyClock == null ? newTicks : keyClock.monotonicNs(newTicks);
        eventAddress = address;
        layout = layouts[EventDescriptor.id(header)];
        nextAddress = address + EventDescriptor.align(length);
        remaining--;
        count++;
        if (remaining == 0) {
            checkEnd(address + length);
        } else if (nextAddress >= contentEnd) {
            throw malformed("content ends too early");
        }
        return true;
    }

    private void load() {
        final SegmentFile segment = reader.segment(stream.segment(packetIndex));
        final long offset = stream.offset(packetIndex);
        final int length = Memory.getInt(segment.address(offset));
        document.wrap(segment, offset, length, packetIndex);
        document.checkHead();
        packet.wrap(document.payloadAddress(), document.payloadLength());
        packetIndex++;
        if (!document.isIntact(crc)) {
            throw malformed("checksum differs");
        }
        streamClass = packet.streamClass();
        headLength = EventDescriptor.HEADER_LENGTH + (streamClass == PacketHeaderDescriptor.STREAM_CARRIER
            ? EventDescriptor.VIRTUAL_THREAD_ID_LENGTH : 0);
        ticks = packet.ticksBegin();
        remaining = packet.eventCount();
        nextAddress = packet.address() + packet.headerLength();
        contentEnd = packet.address() + packet.contentBits() / Byte.SIZE;
        if (remaining > 0 && EventDescriptor.ticks48(Memory.getLong(nextAddress))
            != (ticks & EventDescriptor.TICKS_MASK)) {
            throw malformed("first event is not at the packet's begin of " + ticks + " ticks");
        }
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
        lostHere += lost;
        overwrittenHere += hole - lost;
        discardedHere += discardedKnown - discardedSoFar;
        lostSoFar += lost;
        overwrittenSoFar += hole - lost;
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
            ? new MissingEvents(stream.target(), stream.ring(), stream.isTrapStream(), 0, 0,
                discardedKnown - discardedSoFar)
            : new MissingEvents(stream.target(), stream.ring(), stream.isTrapStream(),
                Math.max(0, account.lost() - lostSoFar), Math.max(0, account.overwritten() - overwrittenSoFar),
                Math.max(0, account.discarded() - discardedSoFar));
        return missing.total() > 0 ? missing : null;
    }

    private void checkEnd(final long end) {
        if (end != contentEnd || ticks != packet.ticksEnd()) {
            throw malformed("the last event ends " + (contentEnd - end) + " bytes before the content, at " + ticks
                + " of " + packet.ticksEnd() + " ticks");
        }
    }

    private TraceStoreException malformed(final String problem) {
        final long number = reader.documentNumber(stream.segment(packetIndex - 1), stream.offset(packetIndex - 1));
        final int event = packet.eventCount() - remaining;
        return new TraceStoreException("packet sequence " + packet.sequence() + " of " + stream.describe()
            + " (document " + number + ") is malformed at event " + event + ": " + problem);
    }
}
