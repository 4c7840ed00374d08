// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.cli.replay.pace.Pace;
import dev.sluice.cli.replay.pace.ReplayClock;
import dev.sluice.cli.replay.pace.ReplaySink;
import dev.sluice.cli.replay.pace.ReplaySpeed;
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
    private static final long EVENTS = 2_000;
    /** A trace of so few events does not show whether the code is compiled. */
    private static final long FEW_EVENTS = 100;
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
     * @param selected what will be replayed: events of the same time are rehearsed, whatever they are, because those
     *                 that the user selects may be far and few
     * @param isToEnd  whether the replay is to end now
     */
    Rehearsal(final TraceEvents selected, final BooleanSupplier isToEnd) {
        this.events = selected.select(selected.selection().rangeAlone().first(EVENTS));
        this.isToEnd = isToEnd;
    }

    /** Rehearses again and again, until the code is compiled or it has taken long enough. */
    void run(final ReplaySink sink) throws IOException {
        final long beginNs = System.nanoTime();
        final BooleanSupplier isOver = () -> isToEnd.getAsBoolean() || System.nanoTime() - beginNs >= MOST_NS;
        boolean isCompiled = false;
        while (!isCompiled && !isOver.getAsBoolean()) {
            final Pace pace = new Pace(FAST, new ReplayClock(System::nanoTime), isOver);
            final ReplaySink rehearsed = sink.rehearsal(pace);
            new Replay(events, pace, rehearsed).run();
            isCompiled = rehearsed.passed() < FEW_EVENTS
                || pace.elapsedNs() <= COMPILED_NS * rehearsed.passed();
        }
    }
}
