// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.store.format.RingAccount;
import java.util.List;

/**
 * The source of a target's events in one recording. It is opened ready to receive, then finished once, then closed. A
 * thread of its own receives the events; the methods are for the recorder's thread.
 */
public interface DrainSource extends AutoCloseable {
    /** Asks the target to begin. Returns the number of tracepoints enabled. */
    int enable(List<EventChoice> choices);

    /**
     * Asks a target that has begun to go on with other events.
     *
     * @return the number of tracepoints enabled
     * @throws dev.sluice.consumer.attach.AttachException if it refuses or does not answer; then nothing has changed
     */
    int select(List<EventChoice> choices);

    /**
     * Asks a target that has begun whether it would go on with other events, and changes nothing.
     *
     * @throws dev.sluice.consumer.attach.AttachException if it would refuse, or does not answer
     */
    void check(List<EventChoice> choices);

    /** The error that stopped the receiving thread early, or null. */
    Throwable failure();

    /** Whether another consumer has taken over. */
    boolean isLost();

    /** Whether a record of the kernel has been incomplete for so long that no record after it can be received. */
    default boolean isStuck() {
        return false;
    }

    /**
     * Asks the target to hand over what its rings have, and does not wait; {@link #catchUp} waits. So all targets of a
     * recording do it at once.
     */
    default void tellToFlush() {
        // A source that takes events by itself needs no help.
    }

    /**
     * Waits until every event is stored that was in a ring before {@link #tellToFlush}.
     *
     * @param deadlineNs System.nanoTime at the end of the longest wait
     * @return whether it is so
     */
    boolean catchUp(long deadlineNs);

    /** Events stored so far. The number may lag a little. */
    long storedEvents();

    /** Sums and histograms so far, in the order in which they were asked for; none if events are stored. */
    default List<Reduced> reduced() {
        return List.of();
    }

    /**
     * Asks the target to stop, and does not wait; {@link #finish} waits. So all targets of a recording stop at once.
     */
    default void tellToStop() {
        // A source without commands has nothing to tell the target.
    }

    /**
     * Asks the target to stop if that was not done yet, takes the events that are left, and accounts for the rest.
     *
     * @param hasExited whether the target's process has ended
     * @return how the source ended
     */
    Outcome finish(boolean hasExited);

    /** Tells the target that the trace contains an outcome's account, so that the next session counts from there. */
    default void published(final Outcome outcome) {
        // A source without a session has nothing to publish.
    }

    /** Detaches. Idempotent. */
    @Override
    void close();

    /**
     * The account of a source.
     *
     * @param known       whether the account is final
     * @param taken       whether another consumer took the session
     * @param rings       account of every ring that was used
     * @param stored      events stored
     * @param storedBytes bytes of packets stored
     * @param warning     what the user should know, or an empty text
     */
    record Outcome(boolean known, boolean taken, List<RingAccount> rings, long stored, long storedBytes,
                   String warning) {
        /** Copies the accounts. */
        public Outcome {
            rings = List.copyOf(rings);
        }
    }
}
