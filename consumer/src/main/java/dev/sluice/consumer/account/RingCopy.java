// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.Slot;
import java.nio.ByteBuffer;

/**
 * Memory for a copy of one ring after another, of a region that is a file: as large as the largest so far. For one
 * thread; a slot over the copy is good until the next one, and as long as this object is reachable.
 */
public final class RingCopy {
    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);

    /**
     * The same slot over a copy of its ring.
     *
     * @param slot copy of its words, with a ring length that is not 0
     */
    public Slot of(final TargetRegion region, final Slot slot) {
        // All of its length can be addressed by words that lie; what is copied is what its owner has used.
        final int length = (int) slot.ringLength();
        if (buffer.capacity() < length + Long.BYTES) {
            buffer = ByteBuffer.allocateDirect(length + Long.BYTES);
        }
        return region.withRingCopied(slot, NativeCalls.get().addressOf(buffer) + Long.BYTES - 1 & -Long.BYTES);
    }
}
