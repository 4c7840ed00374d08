// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.live;

import dev.sluice.os.NativeCalls;
import dev.sluice.ring.region.SlotDescriptor;
import java.nio.ByteBuffer;

/** Memory for copies of one ring after another, and how many bytes of events a look may still copy. For one thread. */
final class LookBuffer {
    /**
     * Bytes of closed chunks that one look copies at most, of all rings together: a millisecond or two of the
     * observer's time. Rings that are written faster are seen in part.
     */
    private static final long BUDGET_BYTES = 4 << 20;

    private final ByteBuffer memory;
    private final long address;
    private long leftBytes;

    LookBuffer(final int chunkLength) {
        memory = ByteBuffer.allocateDirect(SlotDescriptor.LENGTH + chunkLength + 2 * Long.BYTES);
        address = NativeCalls.get().addressOf(memory) + Long.BYTES - 1 & -Long.BYTES;
    }

    /** Room for a slot's words. */
    long slot() {
        return address;
    }

    /** Room for a chunk's events. */
    long ring() {
        return address + SlotDescriptor.LENGTH;
    }

    /** Begins a look. */
    void refill() {
        leftBytes = BUDGET_BYTES;
    }

    /** Takes so many bytes of what a look may copy; false if there are not so many left. */
    boolean spend(final long bytes) {
        if (bytes > leftBytes) {
            return false;
        }
        leftBytes -= bytes;
        return true;
    }
}
