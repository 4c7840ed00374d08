// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.region.Slot;
import java.nio.ByteBuffer;

/**
 * Memory for a copy of one ring after another, for a region that is a file. It is as large as the largest ring so far.
 * For one thread. A slot over the copy is valid until the next copy is made, and only while this object is reachable.
 */
public final class RingCopy {
    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);

    /**
     * A slot with the same words, over a copy of its ring.
     *
     * @param slot copy of its words, with a ring length that is not 0
     */
    public Slot of(final TargetRegion region, final Slot slot) {
        // Forged words can address the ring's whole length, so there is memory for all of it; only the part that the
        // owner has used is copied.
        final int length = (int) slot.ringLength();
        if (buffer.capacity() < length + Long.BYTES) {
            buffer = ByteBuffer.allocateDirect(length + Long.BYTES);
        }
        return region.withRingCopied(slot, NativeCalls.get().addressOf(buffer) + Long.BYTES - 1 & -Long.BYTES);
    }
}
