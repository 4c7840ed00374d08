// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.store.segment.TraceDamage;

/** Callback for the packets of one stream. */
@FunctionalInterface
public interface PacketHandler {
    /**
     * Takes one packet. An exception ends the reading and reaches its caller.
     *
     * @param packet whole and checked, its events too. Valid during the call only
     */
    void onPacket(PacketView packet);

    /** Is told of a packet that is stepped over. */
    default void onDamage(final TraceDamage damage) {
    }
}
