// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.PacketHeader;
import dev.sluice.ring.PacketOrder;
import dev.sluice.store.format.ThreadInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * All packets of one ring (or of one trap stream) of a target, in the order of their sequence numbers, which is the
 * stored order. Costs eight bytes a packet: the packet's place. Immutable once the reader is open.
 */
public final class PacketStream {
    private static final int SEGMENT_SHIFT = 48;

    private final TargetTrace target;
    private final int ring;
    private final boolean trapStream;
    private final List<SequenceGap> gaps = new ArrayList<>();
    private long[] places = new long[4];
    private int packetCount;
    private long bytes;
    private long events;
    private long lostInGaps;

    private final PacketOrder order = new PacketOrder();
    private final PacketOrder orderBefore = new PacketOrder();
    private long lostInGapsBefore;
    private int gapsBefore;
    private int lastBytes;
    private int lastEvents;
    private boolean canDrop;
    /** Whether a document has said where the ring stood. */
    private boolean isBegun;
    private boolean known;
    private long beginTicks;
    private long sequenceBefore;
    private long writtenBefore;
    private long discardedBefore;
    private long overwrittenBefore;

    PacketStream(final TargetTrace target, final int ring, final boolean trapStream) {
        this.target = target;
        this.ring = ring;
        this.trapStream = trapStream;
    }

    /** Takes the counts at the trace's begin, if the first THREAD document of the ring has them. */
    void begin(final ThreadInfo thread) {
        if (!known && PacketHeader.isSequence(thread.sequenceBefore()) && PacketHeader.isCount(thread.eventsBefore())
            && PacketHeader.isCount(thread.discardedBefore()) && PacketHeader.isCount(thread.overwrittenBefore())) {
            isBegun = true;
            begin(thread.sequenceBefore(), thread.eventsBefore(), thread.discardedBefore(),
                thread.overwrittenBefore());
        }
    }

    private void begin(final long newSequence, final long events0, final long discarded0, final long overwritten0) {
        known = true;
        sequenceBefore = newSequence;
        writtenBefore = events0;
        discardedBefore = discarded0;
        overwrittenBefore = overwritten0;
        order.begin(newSequence, events0, discarded0, overwritten0);
    }

    /**
     * Adds the next packet.
     *
     * @return what is wrong with it in this place, or null
     */
    String add(final PacketView packet, final int segment, final long offset) {
        if (!known) {
            order.copyFrom(new PacketOrder());
            begin(packet.sequence() - 1, packet.eventsBefore(), packet.eventsDiscarded() - packet.overwritten(),
                packet.overwritten());
        }
        final String problem = order.problem(packet);
        if (problem != null) {
            return "packet sequence " + packet.sequence() + " of " + describe() + ": " + problem;
        }
        remember(packet);
        noteGap(packet);
        if (packetCount == 0) {
            beginTicks = packet.ticksBegin();
        }
        order.accept(packet);
        bytes += packet.lengthBytes();
        events += packet.eventCount();
        if (packetCount == places.length) {
            places = Arrays.copyOf(places, packetCount * 2);
        }
        places[packetCount++] = (long) segment << SEGMENT_SHIFT | offset;
        return null;
    }

    private void remember(final PacketView packet) {
        orderBefore.copyFrom(order);
        lostInGapsBefore = lostInGaps;
        gapsBefore = gaps.size();
        lastBytes = packet.lengthBytes();
        lastEvents = packet.eventCount();
        canDrop = true;
    }

    /** Forgets the last packet, once after each that was added: it turned out to be damaged. */
    void dropLast() {
        canDrop = false;
        packetCount--;
        order.copyFrom(orderBefore);
        lostInGaps = lostInGapsBefore;
        gaps.subList(gapsBefore, gaps.size()).clear();
        bytes -= lastBytes;
        events -= lastEvents;
        if (packetCount == 0 && !isBegun) {
            known = false;
        }
    }

    /** Whether the last packet can be dropped. */
    boolean canDropLast() {
        return canDrop && packetCount > 0;
    }

    /**
     * The overwritten count of a header may already include chunks that come later in the ring. So what is missing is
     * taken from all counts since the begin, and only its growth is a gap.
     */
    private void noteGap(final PacketView packet) {
        final long missing = packet.eventsBefore() - writtenBefore - (packet.overwritten() - overwrittenBefore)
            - events;
        if (packet.sequence() != order.sequence() + 1 || missing > lostInGaps) {
            gaps.add(new SequenceGap(target.index(), ring, trapStream, order.sequence() + 1,
                packet.sequence() - 1, Math.max(0, missing - lostInGaps), packet.overwritten() - order.overwritten()));
            lostInGaps = Math.max(lostInGaps, missing);
        }
    }

    /** "ring 3" or "trap stream 3", with the target if it is not the first. */
    String describe() {
        return (trapStream ? "trap stream " : "ring ") + ring
            + (target.index() == 0 ? "" : " of target " + target.index());
    }

    int segment(final int packet) {
        return (int) (places[packet] >>> SEGMENT_SHIFT);
    }

    long offset(final int packet) {
        return places[packet] & (1L << SEGMENT_SHIFT) - 1;
    }

    /** Whose packets. */
    public TargetTrace target() {
        return target;
    }

    /** Slot index, or number of the trap stream. */
    public int ring() {
        return ring;
    }

    /** Whether these are records of one trap each. */
    public boolean isTrapStream() {
        return trapStream;
    }

    /** Packets stored. */
    public int packetCount() {
        return packetCount;
    }

    /** Sequence of the last packet; of the last batch before the trace if there is none. */
    public long endSequence() {
        return order.sequence();
    }

    /** Events written to the ring up to the last packet's end, since the ring began. */
    public long endEvents() {
        return order.events();
    }

    /** Ticks of the first packet's first event; 0 if there is no packet. */
    public long beginTicks() {
        return beginTicks;
    }

    /** What the packets have come to, for whoever goes on with the ring; not to be changed. */
    public PacketOrder order() {
        return order;
    }

    /** Where the ring stood when the trace began, or null if it was not noted and no packet says so. */
    public ThreadInfo begin() {
        return !known ? null : new ThreadInfo(ring, 0, 0, 0, 0, "", sequenceBefore, writtenBefore, discardedBefore,
            overwrittenBefore);
    }

    /** Events written to the ring before the trace began. */
    long eventsBefore() {
        return writtenBefore;
    }

    /** Events of the ring discarded before the trace began. */
    long discardedBefore() {
        return discardedBefore;
    }

    /** Bytes of all packets. */
    public long bytes() {
        return bytes;
    }

    /** Events in all packets as their headers count them; {@link EventCursor} checks that. */
    public long events() {
        return events;
    }

    /** Events that the ring had accepted up to the last packet's end, since the trace began. */
    public long written() {
        return order.events() - writtenBefore;
    }

    /** Events discarded up to the last packet, since the trace began. */
    public long discarded() {
        return order.discarded() - discardedBefore;
    }

    /** Events overwritten up to the last packet, since the trace began. */
    public long overwritten() {
        return order.overwritten() - overwrittenBefore;
    }

    /** Discarded and overwritten events of the ring before the trace began, which headers include. */
    public long eventsDiscardedBefore() {
        return discardedBefore + overwrittenBefore;
    }

    /** Events that are missing in all gaps, exactly. */
    public long lostInGaps() {
        return lostInGaps;
    }

    /** Where batches are missing. */
    public List<SequenceGap> gaps() {
        return Collections.unmodifiableList(gaps);
    }
}
