// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.cli.replay.pace.Pace;
import dev.sluice.cli.replay.pace.ReplayClock;
import dev.sluice.cli.replay.pace.ReplaySink;
import dev.sluice.cli.replay.pace.ReplaySpeed;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.TraceEvents;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Replays the first events for nobody before they are replayed. What a JVM does for the first time costs it ten to a
 * thousand times what it costs later: classes are loaded, native calls linked, methods interpreted until they are
 * compiled. Without this, 200 to 400 of the first 500 events are late by more than 50 us.
 */
final class Rehearsal {
    /** Few enough for any trace, and enough for the compiler to see what is used again and again. */
    private static final long EVENTS = 2_000;
    /** An event that costs no more is replayed by compiled code. */
    private static final long COMPILED_NS = 4_000;
    /** A user waits for it. */
    private static final long MOST_NS = TimeUnit.MILLISECONDS.toNanos(300);
    /** Due times come so close together that no event is waited for. */
    private static final ReplaySpeed FAST = new ReplaySpeed("rehearsal", 1e9);

    private final TraceEvents events;
    private final BooleanSupplier isToEnd;

    /**
     * Makes one.
     *
     * @param trace   any events of the trace: those that the user selects may be far and few
     * @param isToEnd whether the replay is to end now
     */
    Rehearsal(final TraceEvents trace, final BooleanSupplier isToEnd) {
        events = trace.select(Selection.ALL.first(EVENTS));
        this.isToEnd = isToEnd;
    }

    /** Rehearses again and again, until the code is compiled or it has taken long enough. */
    void run(final ReplaySink sink) throws IOException {
        final long beginNs = System.nanoTime();
        long costNs;
        do {
            costNs = costOfOneNs(sink);
        } while (costNs > COMPILED_NS && System.nanoTime() - beginNs < MOST_NS && !isToEnd.getAsBoolean());
    }

    private long costOfOneNs(final ReplaySink sink) throws IOException {
        final Pace pace = new Pace(FAST, new ReplayClock(System::nanoTime), isToEnd);
        final ReplaySink rehearsed = sink.rehearsal(pace);
        final long beginNs = System.nanoTime();
        new Replay(events, pace, rehearsed).run();
        return (System.nanoTime() - beginNs) / Math.max(1, rehearsed.passed());
    }
}
