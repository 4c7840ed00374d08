// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

import dev.sluice.ring.packet.PacketHeader;

/** How many batches were received, and what is in them by their headers. One thread adds; any thread may ask. */
final class BatchCounts {
    private volatile long events;
    private volatile long batches;
    private volatile long bytes;

    /** Takes a batch. */
    void add(final PacketHeader packet) {
        events += packet.eventCount();
        batches++;
        // The record around it may be longer: on older kernels its length is one of a few.
        bytes += packet.packetBits() / Byte.SIZE;
    }

    long events() {
        return events;
    }

    long batches() {
        return batches;
    }

    /** Of the batches with their headers and padding, whatever room the kernel gave them. */
    long bytes() {
        return bytes;
    }
}
