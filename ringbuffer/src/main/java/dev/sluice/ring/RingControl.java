// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.region.Slot;

/**
 * What an owner asks of its process at most once per chunk: the drain strategy and the full policy of the moment.
 * Each owner has an instance of its own, which no other thread calls.
 */
public interface RingControl {
    /**
     * Called when the owner has closed a chunk or waits for a free one. Drains, if the strategy says that owners drain.
     */
    void drainFull(RingProducer ring);

    /**
     * The length that an empty ring should have. It is address space; {@link RingPages} says how much of it may be
     * used.
     *
     * @param ringLength the ring's length now, bytes
     * @return the ring's new length, a power of two; a result below the length now leaves the length as it is
     */
    long ringLength(long ringLength);

    /** What the owner does when no chunk is free. */
    FullPolicy fullPolicy();

    /** How long {@link FullPolicy#BLOCK} waits at most for one event, ns. */
    long blockTimeoutNs();

    /** A walker with the newest schema: the owner counts the events that are left in a chunk before overwriting it. */
    EventWalker walker();

    /**
     * Whether a chunk may be overwritten that the owner has marked as {@link
     * dev.sluice.ring.region.ChunkDescriptor#STATE_OVERWRITING}: false while a consumer that has no way to mark the
     * chunk itself takes events out of it. If true, head is as far as that consumer has come.
     *
     * @param chunkBegin begin of the chunk
     */
    default boolean mayOverwrite(final Slot slot, final long chunkBegin) {
        return true;
    }

    /** Whether there is a session that drains: without a session nobody waits. */
    boolean isLive();

    /**
     * Whether the session's consumer is alive but gives no sign of keeping up. Nobody waits for such a consumer, and
     * the events that are refused because of it are counted under that cause. Called only where a ring is full.
     */
    boolean isStalled();

    /**
     * For how many ticks after a refusal the owner may refuse further events without asking anybody, while nothing is
     * drained: some microseconds, so that a refused event costs no more than a stored event. 0: the owner asks every
     * time.
     */
    long refusalTicks();

    /**
     * Keeps the caller on the kernel thread that owns the ring until {@link #unpin}. A virtual thread may be moved to
     * another kernel thread wherever it waits, and the ring would then have two owners (R1). Does nothing for an owner
     * that is no carrier.
     */
    default void pin() {
    }

    /** Ends the last {@link #pin}. */
    default void unpin() {
    }
}
