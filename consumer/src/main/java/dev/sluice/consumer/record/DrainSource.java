// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.store.format.RingAccount;
import java.util.List;

/**
 * Where a target's events come from, for one recording: opened ready to receive, then finished once, then closed.
 * Events are received by a thread of its own; the methods are for the recorder's thread.
 */
interface DrainSource extends AutoCloseable {
    /** Asks the target to begin. Returns the number of tracepoints enabled. */
    int enable();

    /** What stopped the receiving thread early, or null. */
    Throwable failure();

    /** Whether another consumer has taken over. */
    boolean isLost();

    /** Whether a record of the kernel's has been incomplete for so long that nothing behind it can be received. */
    default boolean isStuck() {
        return false;
    }

    /** Events stored so far; may lag. */
    long storedEvents();

    /**
     * Asks the target to stop, takes what is left, and accounts for the rest.
     *
     * @param hasExited whether the target's process has ended
     * @return how it ended
     */
    Outcome finish(boolean hasExited);

    /** Tells the target that the trace has an outcome's account, and the next session counts from there. */
    default void published(final Outcome outcome) {
        // A source without a session has nobody to tell.
    }

    /** Detaches. Idempotent. */
    @Override
    void close();

    /**
     * The account of a source.
     *
     * @param known       whether it is final
     * @param taken       whether another consumer took the session
     * @param rings       account of every ring that was used
     * @param stored      events stored
     * @param storedBytes bytes of packets stored
     * @param warning     what a person should know, or an empty text
     */
    record Outcome(boolean known, boolean taken, List<RingAccount> rings, long stored, long storedBytes,
                   String warning) {
        /** Copies the accounts. */
        public Outcome {
            rings = List.copyOf(rings);
        }
    }
}
