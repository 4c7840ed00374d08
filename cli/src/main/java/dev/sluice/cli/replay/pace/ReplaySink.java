// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.pace;

import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.TargetTrace;
import java.io.IOException;

/** What events are replayed to. Its methods are called by the one thread that reads the trace. */
public interface ReplaySink {
    /**
     * A sink that does with an event what this one does, but without any effect outside.
     *
     * @param pace that of the rehearsal
     */
    ReplaySink rehearsal(Pace pace);

    /** Gets ready for the first event; returns false if the replay is to end before it. */
    default boolean begin() throws IOException {
        return true;
    }

    /**
     * Takes the next event and what is missing before it.
     *
     * @param event valid during the call only
     * @param dueNs when the event is due, as {@link Pace#dueNs} says
     * @return false if the replay is to end
     */
    boolean event(EventView event, long dueNs) throws IOException;

    /** Takes what is missing after the last event of a ring. */
    default void missingAtEnd(final MissingEvents missing, final long wallNs) throws IOException {
    }

    /** Takes missing events that belong to no ring. */
    default void missingOfNoRing(final TargetTrace target, final String cause, final long events, final long wallNs)
        throws IOException {
    }

    /** Lets go of what it holds, after a failure: {@link #end} is not called then. */
    default void abandon() {
    }

    /** Waits until every event that was taken has passed. */
    default void end() throws IOException {
    }

    /** Number of events that have passed. */
    long passed();
}
