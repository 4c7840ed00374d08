// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.PacketHeader;
import dev.sluice.ring.TargetId;

/** Flyweight over a stored packet, of a known length. For one thread. */
public final class PacketView extends PacketHeader {
    private int lengthBytes;

    /** Moves to the packet at an address. */
    public PacketView wrap(final long newAddress, final int newLengthBytes) {
        at(newAddress);
        lengthBytes = newLengthBytes;
        return this;
    }

    /**
     * Checks whether the header holds together, which makes all reads of the content that obey it safe.
     *
     * @param target whose packet it must be
     * @return what is wrong, or null
     */
    public String problem(final TargetId target) {
        return problem(lengthBytes, target);
    }

    /** Bytes of header and padded content. */
    public int lengthBytes() {
        return lengthBytes;
    }
}
