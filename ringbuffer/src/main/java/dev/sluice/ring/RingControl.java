// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * What an owner asks of its process at most once per chunk: the drain strategy and the full policy of the moment.
 * Each owner has an instance of its own, which no other thread calls.
 */
public interface RingControl {
    /** The owner has closed a chunk, or waits for a free one: drain if the strategy says that the owner does. */
    void drainFull(RingProducer ring);

    /**
     * The length that an empty ring should have: address space, of which {@link RingPages} says what may be used.
     *
     * @param ringLength its length now, bytes
     * @return its new length, a power of two, or the same; less is taken for the same
     */
    long ringLength(long ringLength);

    /** What to do when no chunk is free. */
    FullPolicy fullPolicy();

    /** How long {@link FullPolicy#BLOCK} waits at most for one event, ns. */
    long blockTimeoutNs();

    /** The newest schema, to count what is left of a chunk that is overwritten. */
    EventWalker walker();

    /** Whether a session is there to drain: without one nobody waits. */
    boolean isLive();

    /**
     * Whether the session's consumer, which lives, gives no sign of keeping up: nobody waits for it then, and what is
     * refused is counted under that cause. Called where a ring is full only.
     */
    boolean isStalled();

    /**
     * For how many ticks after a refusal the owner may refuse further events without asking anybody, while nothing is
     * drained: some microseconds, so that a refused event costs no more than a stored one. 0 for none.
     */
    long refusalTicks();

    /**
     * Keeps the caller on the kernel thread that owns the ring until {@link #unpin}. A virtual thread may be moved to
     * another one wherever it waits, and the ring would then have two owners (R1). Does nothing for an owner that is no
     * carrier.
     */
    default void pin() {
    }

    /** Ends the last {@link #pin}. */
    default void unpin() {
    }
}
