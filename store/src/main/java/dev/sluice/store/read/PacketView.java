// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.TargetId;

/** A flyweight over a stored packet of known length. For one thread. */
public final class PacketView extends PacketHeader {
    private int lengthBytes;

    /** Moves to the packet at an address. */
    public PacketView wrap(final long newAddress, final int newLengthBytes) {
        at(newAddress);
        lengthBytes = newLengthBytes;
        return this;
    }

    /**
     * Checks whether the header contradicts itself. If it does not, reads of the content that follow the header stay
     * inside the packet.
     *
     * @param target the target that the packet must belong to
     * @return null, or what is wrong
     */
    public String problem(final TargetId target) {
        return problem(lengthBytes, target);
    }

    /** Length of the header and the padded content, in bytes. */
    public int lengthBytes() {
        return lengthBytes;
    }
}
