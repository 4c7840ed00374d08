// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.region.Slot;

/**
 * Tells the rings that nobody has drained since the last look. A ring that drains by itself is not to be flushed: who
 * flushes holds its drain lock, and should that thread lose its processor meanwhile, the owner fills the few chunks
 * of its ring and has events refused. For one thread.
 */
final class StillRings {
    private final long[] sequences;

    StillRings(final int slotCount) {
        sequences = new long[slotCount];
    }

    /** Whether no batch was drained between the last call of {@link #look} and now. */
    boolean isStill(final Slot slot) {
        return slot.sequenceAcquire() == sequences[slot.index()];
    }

    /** Remembers how far the ring is drained. */
    void look(final Slot slot) {
        sequences[slot.index()] = slot.sequenceAcquire();
    }
}
