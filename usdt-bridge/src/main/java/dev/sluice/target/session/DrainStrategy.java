// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.session;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.region.Slot;

/**
 * Who drains full chunks. {@code sluice.strategy} chooses the strategy, unless the session's consumer drains by itself.
 */
public enum DrainStrategy {
    /** The owner fires the batch probe when a chunk is full, while the chunk is still in the processor's cache. */
    OWNER {
        @Override
        public void onChunkFull(final Slot slot, final RingDrainer ownersDrainer) {
            // Whatever hinders the drain, the chunk stays full for the control thread or for the next attempt (R4).
            ownersDrainer.drain(slot, false);
        }
    },
    /** A daemon thread that polls on a timer fires the batch probe; the owner never traps. */
    DRAIN_THREAD,
    /** The consumer reads the rings itself, through shared memory; nothing in the target drains. */
    CONSUMER,
    /**
     * The consumer has the kernel copy the events and says how far it has come; whoever needs room carries head there.
     */
    PULL {
        @Override
        public void onChunkFull(final Slot slot, final RingDrainer ownersDrainer) {
            ownersDrainer.carry(slot);
        }
    };

    /** Called by the owner when it has closed a chunk or waits for a free one. */
    public void onChunkFull(final Slot slot, final RingDrainer ownersDrainer) {
        // Somebody else polls.
    }

    /** Whether the target drains at all, the control thread's flushes included. */
    public boolean isInTarget() {
        return this == OWNER || this == DRAIN_THREAD;
    }

    /** The strategy that a consumer asks for, or what the target's settings say where it leaves that to them. */
    static DrainStrategy of(final Command.Source source, final DrainStrategy byDefault) {
        return switch (source) {
            case BPF -> byDefault;
            case SHARED -> CONSUMER;
            case PULL -> PULL;
        };
    }

    /** Whether rings should be large, because they have to hold the events that come between two polls. */
    public boolean wantsLargeRings() {
        return this != OWNER;
    }
}
