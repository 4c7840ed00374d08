// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.cli.replay.pace.Pace;
import dev.sluice.cli.replay.pace.ReplaySink;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import java.io.IOException;
import java.util.Map;

/** Reads events in the order of time, and hands each to a sink together with its due time. For one thread. */
final class Replay {
    private final TraceEvents events;
    private final Pace pace;
    private final ReplaySink sink;
    private long missing;

    Replay(final TraceEvents events, final Pace pace, final ReplaySink sink) {
        this.events = events;
        this.pace = pace;
        this.sink = sink;
    }

    /**
     * Replays the events until the last one has passed, or the pace or the sink ends it.
     *
     * @throws IOException if the sink cannot write
     */
    void run() throws IOException {
        boolean isOver = false;
        try {
            replay();
            sink.end();
            isOver = true;
        } finally {
            if (!isOver) {
                sink.abandon();
            }
        }
    }

    private void replay() throws IOException {
        final EventCursor cursor = events.cursor();
        boolean goesOn = sink.begin();
        final TraceInfo info = events.reader().info();
        long wallNs = info.createdRealtimeNs();
        while (goesOn && cursor.next()) {
            final EventView event = cursor.event();
            wallNs = event.wallTimeNs();
            final MissingEvents before = event.missingBefore();
            missing += before == null ? 0 : before.total();
            goesOn = sink.event(event, pace.dueNs(event.monotonicNs()));
        }
        if (goesOn) {
            passMissing(cursor, wallNs);
        }
    }

    private void passMissing(final EventCursor cursor, final long wallNs) throws IOException {
        for (final MissingEvents atEnd : cursor.missingAtEnd()) {
            missing += atEnd.total();
            sink.missingAtEnd(atEnd, wallNs);
        }
        if (events.selection().isPartial()) {
            return;
        }
        for (final TargetTrace target : events.reader().targets()) {
            for (final Map.Entry<String, Long> cause : target.missingOfNoRing().entrySet()) {
                missing += cause.getValue();
                sink.missingOfNoRing(target, cause.getKey(), cause.getValue(), wallNs);
            }
        }
    }

    /** Number of events that are missing among those that were replayed. */
    long missing() {
        return missing;
    }
}
