// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

/** Callback for the packets of one stream. */
@FunctionalInterface
public interface PacketHandler {
    /**
     * Takes one packet. An exception ends the reading and reaches its caller.
     *
     * @param packet header checked and checksum compared; its events are not looked at. Valid during the call only
     */
    void onPacket(PacketView packet);
}
