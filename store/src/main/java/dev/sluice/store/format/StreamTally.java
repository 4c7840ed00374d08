// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.PacketOrder;

/**
 * Counts what a trace has of one ring or trap stream, packet by packet, and what is missing between the packets. The
 * writer of a trace that rotates and its readers both count by this class, so they agree. For one thread.
 */
public final class StreamTally {
    private final PacketOrder order = new PacketOrder();
    /** Whether it is known where the stream stood when the trace began. */
    private boolean isKnown;
    private long sequenceBefore;
    private long eventsBefore;
    private long discardedBefore;
    private long overwrittenBefore;
    private long storedEvents;
    private long storedBatches;
    private long lostInGaps;
    private long missingBatches;

    /** Counts nothing yet. */
    public StreamTally() {
    }

    /**
     * Takes the counts at the trace's begin from a note about the stream's owner, if they are not known yet and the
     * note has them. Returns whether it was so.
     */
    public boolean beginAt(final ThreadInfo thread) {
        if (isKnown || !PacketHeader.isSequence(thread.sequenceBefore()) || !PacketHeader.isCount(thread.eventsBefore())
            || !PacketHeader.isCount(thread.discardedBefore()) || !PacketHeader.isCount(thread.overwrittenBefore())) {
            return false;
        }
        beginAt(thread.sequenceBefore(), thread.eventsBefore(), thread.discardedBefore(), thread.overwrittenBefore());
        return true;
    }

    /** Takes the counts at the trace's begin from the first packet, if they are not known. */
    public void beginAt(final PacketHeader packet) {
        if (!isKnown) {
            beginAt(packet.sequence() - 1, packet.eventsBefore(), packet.eventsDiscarded() - packet.overwritten(),
                packet.overwritten());
        }
    }

    private void beginAt(final long sequence, final long events, final long discarded, final long overwritten) {
        isKnown = true;
        sequenceBefore = sequence;
        eventsBefore = events;
        discardedBefore = discarded;
        overwrittenBefore = overwritten;
        order.begin(sequence, events, discarded, overwritten);
    }

    /** Why a packet that is sound by itself may not come next, or null. */
    public String problem(final PacketHeader packet) {
        return order.problem(packet);
    }

    /** Exact number of events that are missing right before a packet because they were lost. */
    public long lostBefore(final PacketHeader packet) {
        return Math.max(0, missing(packet) - lostInGaps);
    }

    /**
     * How many overwritten events that come later in the ring the header of a packet counts already.
     *
     * @param knownLost how many events are known to be lost before the packet, since the trace began
     */
    public long countedAhead(final PacketHeader packet, final long knownLost) {
        return Math.max(0, Math.max(lostInGaps, knownLost) - missing(packet));
    }

    private long missing(final PacketHeader packet) {
        // The overwritten count of a header may already include chunks that come later in the ring. So the number of
        // missing events is computed from all counts since the begin, and something is lost where that number grows.
        return packet.eventsBefore() - eventsBefore - (packet.overwritten() - overwrittenBefore) - storedEvents;
    }

    /** Counts a packet. */
    public void accept(final PacketHeader packet) {
        lostInGaps += lostBefore(packet);
        missingBatches += packet.sequence() - order.sequence() - 1;
        storedEvents += packet.eventCount();
        storedBatches++;
        order.accept(packet);
    }

    /** Copies the counts of another tally. */
    public void copyFrom(final StreamTally other) {
        order.copyFrom(other.order);
        isKnown = other.isKnown;
        sequenceBefore = other.sequenceBefore;
        eventsBefore = other.eventsBefore;
        discardedBefore = other.discardedBefore;
        overwrittenBefore = other.overwrittenBefore;
        storedEvents = other.storedEvents;
        storedBatches = other.storedBatches;
        lostInGaps = other.lostInGaps;
        missingBatches = other.missingBatches;
    }

    /** The counts as a document has them. */
    public ProgressInfo.OfStream progress(final StreamKey stream) {
        return new ProgressInfo.OfStream(stream, sequenceBefore, eventsBefore, discardedBefore, overwrittenBefore,
            order.sequence(), order.events(), order.discarded(), order.overwritten(), storedEvents, storedBatches,
            lostInGaps, missingBatches);
    }

    /**
     * Goes on where a document says that the stream has come to, because the packets before are there no more.
     *
     * @return the number of events that were stored and are there no more; 0 if it has come so far already
     */
    public long resume(final ProgressInfo.OfStream progress) {
        final long removed = progress.storedEvents() - storedEvents;
        final boolean isAhead = !isKnown || progress.sequence() > order.sequence()
            && progress.events() >= order.events() && progress.discarded() >= order.discarded()
            && progress.overwritten() >= order.overwritten() && progress.lostInGaps() >= lostInGaps;
        if (removed < 0 || !isAhead) {
            return 0;
        }
        if (!isKnown) {
            beginAt(progress.sequenceBefore(), progress.eventsBefore(), progress.discardedBefore(),
                progress.overwrittenBefore());
        }
        order.begin(progress.sequence(), progress.events(), progress.discarded(), progress.overwritten());
        storedEvents = progress.storedEvents();
        storedBatches = progress.storedBatches();
        lostInGaps = progress.lostInGaps();
        missingBatches = progress.missingBatches();
        return removed;
    }

    /** Whether it is known where the stream stood when the trace began. */
    public boolean isKnown() {
        return isKnown;
    }

    /** How far the stream has come; not to be changed. */
    public PacketOrder order() {
        return order;
    }

    /** Sequence number of the last batch before the trace. */
    public long sequenceBefore() {
        return sequenceBefore;
    }

    /** Number of events written to the ring before the trace began. */
    public long eventsBefore() {
        return eventsBefore;
    }

    /** Number of events that the ring discarded before the trace began. */
    public long discardedBefore() {
        return discardedBefore;
    }

    /** Number of events that the ring overwrote before the trace began. */
    public long overwrittenBefore() {
        return overwrittenBefore;
    }

    /** Number of events in all packets so far, those that are there no more included. */
    public long storedEvents() {
        return storedEvents;
    }

    /** Number of all packets so far, those that are there no more included. */
    public long storedBatches() {
        return storedBatches;
    }

    /** Exact number of events that are missing between packets because they were lost. */
    public long lostInGaps() {
        return lostInGaps;
    }

    /** Number of batches that are missing between packets. */
    public long missingBatches() {
        return missingBatches;
    }
}
