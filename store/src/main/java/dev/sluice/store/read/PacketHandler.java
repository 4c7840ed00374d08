// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.store.segment.TraceDamage;

/** A callback for the packets of one stream. */
@FunctionalInterface
public interface PacketHandler {
    /**
     * Takes one packet. If this throws, the reading ends and its caller gets the exception.
     *
     * @param packet is whole and checked, with its events. It is valid only during the call
     */
    void onPacket(PacketView packet);

    /** Is told of a packet that was stepped over. */
    default void onDamage(final TraceDamage damage) {
    }
}
