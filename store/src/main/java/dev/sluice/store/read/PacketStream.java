// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.PacketOrder;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.ThreadInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * All packets of one ring or trap stream of a target, in the order of their sequence numbers, which is the stored
 * order. A packet takes sixteen bytes of memory: its place, and the ticks of its first event. Immutable once the reader
 * is open.
 */
public final class PacketStream {
    private static final int SEGMENT_SHIFT = 48;

    private final TargetTrace target;
    private final StreamKey key;
    private final List<SequenceGap> gaps = new ArrayList<>();
    private long[] places = new long[4];
    /** For each packet, the ticks of its first event. They never decrease (R11). */
    private long[] begins = new long[4];
    private final PacketOwners owners = new PacketOwners();
    private int packetCount;
    /** How many of the first packets are forgotten. The arrays begin with the packet after them. */
    private int forgotten;
    /** The first packet that was dropped since a reader that follows has asked. */
    private int dropped = Integer.MAX_VALUE;
    private long firstTicks;
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
    /** Whether a THREAD document has said where the ring stood at the trace's begin. */
    private boolean isBegun;
    private boolean known;
    private long sequenceBefore;
    private long writtenBefore;
    private long discardedBefore;
    private long overwrittenBefore;

    PacketStream(final TargetTrace target, final StreamKey key) {
        this.target = target;
        this.key = key;
    }

    /** Takes the counts at the trace's begin, if the first THREAD document of the ring has them. */
    void beginAt(final ThreadInfo thread) {
        if (!known && PacketHeader.isSequence(thread.sequenceBefore()) && PacketHeader.isCount(thread.eventsBefore())
            && PacketHeader.isCount(thread.discardedBefore()) && PacketHeader.isCount(thread.overwrittenBefore())) {
            isBegun = true;
            beginAt(thread.sequenceBefore(), thread.eventsBefore(), thread.discardedBefore(),
                thread.overwrittenBefore());
        }
    }

    private void beginAt(final long newSequence, final long events0, final long discarded0, final long overwritten0) {
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
     * @return null, or why the packet cannot be at this place
     */
    String add(final PacketView packet, final int segment, final long offset) {
        if (!known) {
            order.copyFrom(new PacketOrder());
            beginAt(packet.sequence() - 1, packet.eventsBefore(), packet.eventsDiscarded() - packet.overwritten(),
                packet.overwritten());
        }
        final String problem = order.problem(packet);
        if (problem != null) {
            return "packet sequence " + packet.sequence() + " of " + describe() + ": " + problem;
        }
        remember(packet);
        noteGap(packet);
        order.accept(packet);
        bytes += packet.lengthBytes();
        events += packet.eventCount();
        final int at = packetCount - forgotten;
        if (at == places.length) {
            places = Arrays.copyOf(places, at * 2);
            begins = Arrays.copyOf(begins, at * 2);
        }
        firstTicks = packetCount == 0 ? packet.ticksBegin() : firstTicks;
        begins[at] = packet.ticksBegin();
        owners.add(packetCount++, packet);
        places[at] = (long) segment << SEGMENT_SHIFT | offset;
        return null;
    }

    /** Forgets where the packets before one are, because a reader that follows the trace has read them. */
    void forgetBefore(final int packet) {
        final int read = packet - forgotten;
        // So much is moved only if it is most of what there is.
        if (read > places.length / 2) {
            final int left = packetCount - packet;
            System.arraycopy(places, read, places, 0, left);
            System.arraycopy(begins, read, begins, 0, left);
            forgotten = packet;
        }
    }

    private void remember(final PacketView packet) {
        orderBefore.copyFrom(order);
        lostInGapsBefore = lostInGaps;
        gapsBefore = gaps.size();
        lastBytes = packet.lengthBytes();
        lastEvents = packet.eventCount();
        canDrop = true;
    }

    /**
     * Forgets the last packet, because it turned out to be damaged. Only one packet can be forgotten until the next one
     * is added.
     */
    void dropLast() {
        canDrop = false;
        packetCount--;
        dropped = Math.min(dropped, packetCount);
        owners.drop(packetCount);
        order.copyFrom(orderBefore);
        lostInGaps = lostInGapsBefore;
        gaps.subList(gapsBefore, gaps.size()).clear();
        bytes -= lastBytes;
        events -= lastEvents;
        if (packetCount == 0 && !isBegun) {
            known = false;
        }
    }

    /** Index of the first packet that was dropped since the last call; if there is none, the greatest number. */
    int takeDropped() {
        final int first = dropped;
        dropped = Integer.MAX_VALUE;
        return first;
    }

    /** Whether the last packet can be dropped. */
    boolean canDropLast() {
        return canDrop && packetCount > 0;
    }

    /**
     * Notes a gap if events are missing before a packet. The overwritten count of a header may already include chunks
     * that come later in the ring. So the number of missing events is computed from all counts since the begin, and a
     * gap is where that number grows.
     */
    private void noteGap(final PacketView packet) {
        final long missing = packet.eventsBefore() - writtenBefore - (packet.overwritten() - overwrittenBefore)
            - events;
        if (packet.sequence() != order.sequence() + 1 || missing > lostInGaps) {
            gaps.add(new SequenceGap(target.index(), key, order.sequence() + 1, packet.sequence() - 1,
                Math.max(0, missing - lostInGaps), packet.overwritten() - order.overwritten()));
            lostInGaps = Math.max(lostInGaps, missing);
        }
    }

    /** For messages: "ring 3" or "trap stream 3", and the target if it is not the first one. */
    String describe() {
        return key.describe() + (target.index() == 0 ? "" : " of target " + target.index());
    }

    int segment(final int packet) {
        return (int) (places[packet - forgotten] >>> SEGMENT_SHIFT);
    }

    long offset(final int packet) {
        return places[packet - forgotten] & (1L << SEGMENT_SHIFT) - 1;
    }

    /** The target of the packets. */
    public TargetTrace target() {
        return target;
    }

    /** The target's stream that has the packets. */
    public StreamKey key() {
        return key;
    }

    /** Number of packets stored. */
    public int packetCount() {
        return packetCount;
    }

    /** Sequence number of the last packet. If there is no packet, of the last batch before the trace. */
    public long endSequence() {
        return order.sequence();
    }

    /** Number of events written to the ring since the ring began, up to the last packet's end. */
    public long endEvents() {
        return order.events();
    }

    /** Ticks of the first packet's first event; 0 if there is no packet. */
    public long beginTicks() {
        return packetCount == 0 ? 0 : firstTicks;
    }

    /** Ticks of the last packet's last event; 0 if there is no packet. */
    public long endTicks() {
        return packetCount == 0 ? 0 : order.ticks();
    }

    /** Ticks of a packet's first event. */
    long beginTicks(final int packet) {
        return begins[packet - forgotten];
    }

    /** The first packet that can hold an event at the given ticks or later; the number of packets if there is none. */
    int firstPacketAt(final long ticks) {
        if (packetCount == 0 || ticks > order.ticks()) {
            return packetCount;
        }
        // The packet before the first one that begins at these ticks may contain them too.
        final int found = firstFrom(ticks);
        return Math.max(0, found - 1);
    }

    private int firstFrom(final long ticks) {
        int low = forgotten;
        int high = packetCount;
        while (low < high) {
            final int middle = low + high >>> 1;
            if (begins[middle - forgotten] < ticks) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The owners of the packets. */
    PacketOwners owners() {
        return owners;
    }

    /** The counts after the last packet, for a writer that continues the ring; not to be changed. */
    public PacketOrder order() {
        return order;
    }

    /** Where the ring stood when the trace began, or null if neither a document nor a packet says so. */
    public ThreadInfo begin() {
        return !known ? null : new ThreadInfo(key.number(), key.origin().usualClass(), 0, 0, 0, "", sequenceBefore,
            writtenBefore, discardedBefore, overwrittenBefore);
    }

    /** Number of events written to the ring before the trace began. */
    long eventsBefore() {
        return writtenBefore;
    }

    /** Number of events that the ring discarded before the trace began. */
    long discardedBefore() {
        return discardedBefore;
    }

    /** Bytes of all packets, headers included. */
    public long bytes() {
        return bytes;
    }

    /** Number of events in all packets by their headers; {@link EventCursor} checks it. */
    public long events() {
        return events;
    }

    /** Number of events that the ring has accepted since the trace began, up to the last packet's end. */
    public long written() {
        return order.events() - writtenBefore;
    }

    /** Number of events discarded since the trace began, up to the last packet. */
    public long discarded() {
        return order.discarded() - discardedBefore;
    }

    /** Number of events overwritten since the trace began, up to the last packet. */
    public long overwritten() {
        return order.overwritten() - overwrittenBefore;
    }

    /** Number of events that the ring discarded or overwrote before the trace began. Headers include them. */
    public long eventsDiscardedBefore() {
        return discardedBefore + overwrittenBefore;
    }

    /** Exact number of events that are missing in all gaps. */
    public long lostInGaps() {
        return lostInGaps;
    }

    /** The places where batches are missing. */
    public List<SequenceGap> gaps() {
        return Collections.unmodifiableList(gaps);
    }
}
