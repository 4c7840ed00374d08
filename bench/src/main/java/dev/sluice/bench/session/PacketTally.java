// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeader;

/**
 * Looks at each event of packets whose events have two longs and nothing else. One thread adds, and allocates nothing
 * by it; who asks must have waited for that thread's end.
 */
final class PacketTally {
    private static final int FIELDS = 2 * Long.BYTES;

    private final Tally tally = new Tally();
    private long found;
    private long counted;
    private long wrongPackets;

    /** Takes the events of a packet, whose header is one of a drain. */
    void add(final PacketHeader packet) {
        final int fields = EventDescriptor.HEADER_LENGTH + packet.streamClass().contextLength();
        final long end = packet.address() + packet.contentBits() / Byte.SIZE;
        int events = 0;
        for (long event = packet.address() + packet.headerLength(); event < end; event += fields + FIELDS) {
            tally.add(Memory.getLong(event + fields), Memory.getLong(event + fields + Long.BYTES));
            events++;
        }
        found += events;
        counted += packet.eventCount();
        if (events != packet.eventCount()) {
            wrongPackets++;
        }
    }

    /**
     * Says how many have arrived.
     *
     * @param fired how many were reported
     * @throws IllegalStateException if they are others, or a packet has another number of events than its header says
     */
    Stored stored(final long fired) {
        if (wrongPackets != 0) {
            throw new IllegalStateException("packets have other numbers of events than their headers say: packets="
                + wrongPackets + " events=" + found + " by the headers=" + counted);
        }
        return tally.stored(fired, "events of the batches that were received");
    }
}
