// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.packet;

/**
 * Knows how far the packets of one ring have come, and whether a sound packet may follow them: positions, counts and
 * ticks of a ring never go back. The receiver and the readers of a trace both ask here, so a packet that was stored is
 * never refused for its place. For one thread.
 */
public final class PacketOrder {
    private boolean hasPacket;
    private long sequence;
    private long events;
    private long discarded;
    private long overwritten;
    private long position = Long.MIN_VALUE;
    private long ticks = Long.MIN_VALUE;

    /** Makes an order before any packet, with all counts 0. */
    public PacketOrder() {
    }

    /**
     * Sets how far a ring has come whose earlier packets are stored elsewhere: last sequence number and cumulative
     * counts.
     */
    public void begin(final long newSequence, final long newEvents, final long newDiscarded,
                      final long newOverwritten) {
        sequence = newSequence;
        events = newEvents;
        discarded = newDiscarded;
        overwritten = newOverwritten;
    }

    /**
     * Checks a packet that is sound by itself.
     *
     * @return null, or why the packet may not come next
     */
    public String problem(final PacketHeader packet) {
        final long newDiscarded = packet.eventsDiscarded() - packet.overwritten();
        if (packet.sequence() == sequence && hasPacket) {
            return "is stored twice";
        }
        if (packet.sequence() <= sequence) {
            return "comes after sequence " + sequence;
        }
        if (packet.beginPosition() < position) {
            return "overlaps the packet before: begin=" + packet.beginPosition() + " end before=" + position;
        }
        if (packet.eventsBefore() < events) {
            return "counts overlap the packet before: events before=" + packet.eventsBefore() + " written=" + events;
        }
        if (packet.overwritten() < overwritten || newDiscarded < discarded) {
            return "counts go back: discarded=" + newDiscarded + " after " + discarded + ", overwritten="
                + packet.overwritten() + " after " + overwritten;
        }
        if (packet.ticksBegin() < ticks) {
            return "ticks go back: begin=" + packet.ticksBegin() + " end before=" + ticks;
        }
        return null;
    }

    /** Makes a packet the last one so far. */
    public void accept(final PacketHeader packet) {
        hasPacket = true;
        sequence = packet.sequence();
        position = packet.endPosition();
        events = packet.eventsBefore() + packet.eventCount();
        overwritten = packet.overwritten();
        discarded = packet.eventsDiscarded() - overwritten;
        ticks = packet.ticksEnd();
    }

    /** Copies the state of another order. */
    public void copyFrom(final PacketOrder other) {
        hasPacket = other.hasPacket;
        sequence = other.sequence;
        events = other.events;
        discarded = other.discarded;
        overwritten = other.overwritten;
        position = other.position;
        ticks = other.ticks;
    }

    /**
     * Steps over batches that will never arrive.
     *
     * @param lastSequence sequence number of the last of these batches
     * @param newEvents    number of events written to the ring up to its end
     */
    public void skip(final long lastSequence, final long newEvents) {
        sequence = lastSequence;
        events = newEvents;
    }

    /** Sets up to which position the ring was received elsewhere. */
    public void receivedUpTo(final long newPosition) {
        position = newPosition;
    }

    /** Sequence number of the last batch. */
    public long sequence() {
        return sequence;
    }

    /** Number of events written to the ring so far. */
    public long events() {
        return events;
    }

    /** Number of events discarded so far. */
    public long discarded() {
        return discarded;
    }

    /** Number of events overwritten so far. */
    public long overwritten() {
        return overwritten;
    }

    /** Position after the last packet, or Long.MIN_VALUE if there is no packet. */
    public long position() {
        return position;
    }

    /** Ticks of the last packet's last event, or Long.MIN_VALUE if there is no packet. */
    public long ticks() {
        return ticks;
    }
}
