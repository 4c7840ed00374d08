// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.packet.PacketOrder;
import dev.sluice.store.format.ProgressInfo;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.StreamTally;
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
    private static final int SEGMENT_SHIFT = 42;

    private final TargetTrace target;
    private final StreamKey key;
    private final List<SequenceGap> gaps = new ArrayList<>();
    private long[] places = new long[4];
    /** For each packet, the ticks of its first event. They never decrease (R11). */
    private long[] begins = new long[4];
    private final PacketOwners owners = new PacketOwners();
    private int packetCount;
    /** The first packet that a reader that follows has not read yet. */
    private int unread;
    /** How many of the first packets are forgotten. The arrays begin with the packet after them. */
    private int forgotten;
    /** The first packet that was dropped since a reader that follows has asked. */
    private int dropped = Integer.MAX_VALUE;
    private long firstTicks;
    private long bytes;

    private final StreamTally tally = new StreamTally();
    private final StreamTally tallyBefore = new StreamTally();
    private int gapsBefore;
    private int lastBytes;
    private boolean canDrop;
    /** Number of events in packets that were stored and are there no more. */
    private long removedEvents;
    private final List<Resumption> resumptions = new ArrayList<>();

    /**
     * A place from which on packets are there again, after others that are there no more.
     *
     * @param packet      index of the next packet
     * @param written     events written by then, since the trace began
     * @param lost        events lost by then
     * @param overwritten events overwritten by then
     * @param discarded   events discarded by then
     */
    record Resumption(int packet, long written, long lost, long overwritten, long discarded) {
    }

    PacketStream(final TargetTrace target, final StreamKey key) {
        this.target = target;
        this.key = key;
    }

    /** Takes the counts at the trace's begin, if the first THREAD document of the ring has them. */
    void beginAt(final ThreadInfo thread) {
        tally.beginAt(thread);
    }

    /** Goes on where a document says that the stream has come to, as the packets before are there no more. */
    void resume(final ProgressInfo.OfStream progress) {
        final long sequence = tally.order().sequence();
        final boolean isNew = !tally.isKnown();
        removedEvents += tally.resume(progress);
        if (isNew || sequence != tally.order().sequence()) {
            canDrop = false;
            final long written = written();
            final long lost = Math.min(written, tally.lostInGaps());
            resumptions.add(new Resumption(packetCount, written, lost,
                Math.max(0, written - lost - tally.storedEvents()), discarded()));
        }
    }

    /**
     * Adds the next packet.
     *
     * @return null, or why the packet cannot be at this place
     */
    String add(final PacketView packet, final int segment, final long offset) {
        // A first packet may be anywhere.
        final String problem = tally.isKnown() ? tally.problem(packet) : null;
        if (problem != null) {
            return "packet sequence " + packet.sequence() + " of " + describe() + ": " + problem;
        }
        tallyBefore.copyFrom(tally);
        tally.beginAt(packet);
        gapsBefore = gaps.size();
        lastBytes = packet.lengthBytes();
        canDrop = true;
        noteGap(packet);
        tally.accept(packet);
        bytes += packet.lengthBytes();
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

    /** Says that a reader that follows the trace has read the packets before one. */
    void readBefore(final int packet) {
        unread = packet;
    }

    /** The first segment with a packet that a reader that follows has not read; if there is none, the greatest int. */
    int firstUnreadSegment() {
        return unread < packetCount ? segment(unread) : Integer.MAX_VALUE;
    }

    /** Says that the files of the segments before one are closed: the last packet, if it lies there, is final. */
    void released(final int segment) {
        if (packetCount > forgotten && segment(packetCount - 1) < segment) {
            canDrop = false;
        }
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

    /**
     * Forgets the last packet, because it turned out to be damaged. Only one packet can be forgotten until the next one
     * is added.
     */
    void dropLast() {
        canDrop = false;
        packetCount--;
        dropped = Math.min(dropped, packetCount);
        owners.drop(packetCount);
        tally.copyFrom(tallyBefore);
        gaps.subList(gapsBefore, gaps.size()).clear();
        bytes -= lastBytes;
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

    /** Notes a gap if batches or events are missing before a packet. */
    private void noteGap(final PacketView packet) {
        final long lost = tally.lostBefore(packet);
        final PacketOrder order = tally.order();
        if (packet.sequence() != order.sequence() + 1 || lost > 0) {
            gaps.add(new SequenceGap(target.index(), key, order.sequence() + 1, packet.sequence() - 1, lost,
                packet.overwritten() - order.overwritten()));
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
        return tally.order().sequence();
    }

    /** Number of events written to the ring since the ring began, up to the last packet's end. */
    public long endEvents() {
        return tally.order().events();
    }

    /** Ticks of the first packet's first event; 0 if there is no packet. */
    public long beginTicks() {
        return packetCount == 0 ? 0 : firstTicks;
    }

    /** Ticks of the last packet's last event; 0 if there is no packet. */
    public long endTicks() {
        return packetCount == 0 ? 0 : tally.order().ticks();
    }

    /** Ticks of a packet's first event. */
    long beginTicks(final int packet) {
        return begins[packet - forgotten];
    }

    /** The first packet that can hold an event at the given ticks or later; the number of packets if there is none. */
    int firstPacketAt(final long ticks) {
        if (packetCount == 0 || ticks > tally.order().ticks()) {
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
        return tally.order();
    }

    /** Where the ring stood when the trace began, or null if neither a document nor a packet says so. */
    public ThreadInfo begin() {
        return !tally.isKnown() ? null : new ThreadInfo(key.number(), key.origin().usualClass(), 0, 0, 0, "",
            tally.sequenceBefore(), tally.eventsBefore(), tally.discardedBefore(), tally.overwrittenBefore());
    }

    /** Number of events written to the ring before the trace began. */
    long eventsBefore() {
        return tally.eventsBefore();
    }

    /** Number of events that the ring discarded before the trace began. */
    long discardedBefore() {
        return tally.discardedBefore();
    }

    /** Bytes of all packets, headers included. */
    public long bytes() {
        return bytes;
    }

    /** Number of events in all packets by their headers; {@link EventCursor} checks it. */
    public long events() {
        return tally.storedEvents() - removedEvents;
    }

    /** Number of events that were stored in packets that are there no more, as their segments were removed. */
    public long removedEvents() {
        return removedEvents;
    }

    /** The counts since the trace began, those of packets that are there no more included; not to be changed. */
    public StreamTally tally() {
        return tally;
    }

    /** Where packets are there again, after others that are there no more. */
    List<Resumption> resumptions() {
        return resumptions;
    }

    /** Number of events that the ring has accepted since the trace began, up to the last packet's end. */
    public long written() {
        return tally.order().events() - tally.eventsBefore();
    }

    /** Number of events discarded since the trace began, up to the last packet. */
    public long discarded() {
        return tally.order().discarded() - tally.discardedBefore();
    }

    /** Number of events overwritten since the trace began, up to the last packet. */
    public long overwritten() {
        return tally.order().overwritten() - tally.overwrittenBefore();
    }

    /** Number of events that the ring discarded or overwrote before the trace began. Headers include them. */
    public long eventsDiscardedBefore() {
        return tally.discardedBefore() + tally.overwrittenBefore();
    }

    /** Exact number of events that are missing in all gaps. */
    public long lostInGaps() {
        return tally.lostInGaps();
    }

    /** The places where batches are missing. */
    public List<SequenceGap> gaps() {
        return Collections.unmodifiableList(gaps);
    }
}
