// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.session;

import dev.sluice.ring.RingDrainer;
import dev.sluice.ring.Slot;

/** Who drains full chunks. Chosen by {@code sluice.strategy}, and by the session where that is a shared one. */
public enum DrainStrategy {
    /** The owner fires the batch probe when a chunk is full, while the chunk is still in its cache. */
    OWNER {
        @Override
        public void onChunkFull(final Slot slot, final RingDrainer ownersDrainer) {
            // Whatever hinders it, the chunk stays full for the control thread or for the next try (R4).
            ownersDrainer.drain(slot, false);
        }
    },
    /** A daemon thread that polls on a timer fires it; the owner never traps. */
    DRAIN_THREAD,
    /** The consumer reads the rings itself, through shared memory; nothing in the target drains. */
    CONSUMER;

    /** By the owner, which has closed a chunk or waits for a free one. */
    public void onChunkFull(final Slot slot, final RingDrainer ownersDrainer) {
        // Somebody else polls.
    }

    /** Whether the target drains at all: flushes of the control thread included. */
    public boolean isInTarget() {
        return this != CONSUMER;
    }

    /** Whether rings have to hold what comes between two polls, and so should be large. */
    public boolean wantsLargeRings() {
        return this != OWNER;
    }
}
