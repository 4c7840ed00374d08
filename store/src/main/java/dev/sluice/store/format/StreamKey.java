// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.StreamClass;

/**
 * Identifies a stream of a target: the packets of one key have one sequence of numbers, positions and counts.
 *
 * @param origin what the number counts: rings or trap streams
 * @param number slot index of a ring, or number of a trap stream
 */
public record StreamKey(StreamOrigin origin, int number) {
    /** A ring's. */
    public static StreamKey ofRing(final int slot) {
        return new StreamKey(StreamOrigin.RING, slot);
    }

    /** A trap stream's. */
    public static StreamKey ofTraps(final int number) {
        return new StreamKey(StreamOrigin.TRAP, number);
    }

    /** The key of a packet whose header is sound. */
    public static StreamKey of(final PacketHeader packet) {
        return of(packet.streamClass(), packet.ring());
    }

    /** The key of packets of one class. */
    public static StreamKey of(final StreamClass streamClass, final int number) {
        return new StreamKey(StreamOrigin.of(streamClass), number);
    }

    /** For people: "ring 3", "trap stream 3". */
    public String describe() {
        return origin.label() + ' ' + number;
    }
}
