// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/** Passes the events of a trace, and the places where events are missing, to an exporter. For one thread. */
final class EventExport {
    /** Number of events after which the watch is asked whether to go on. */
    private static final int PERIOD = 1 << 16;

    private final TraceEvents events;
    private final Selection selection;
    private final EventExporter exporter;
    private final ExportOutput output;
    private final Set<EventSchema> told = Collections.newSetFromMap(new IdentityHashMap<>());
    /** The event before, of which the times are asked for only where events are missing at the end; or null. */
    private TargetTrace lastTarget;
    private long lastTicks;
    /** What is missing at the end is told of at this time: that of the last event. */
    private long wallNs;
    private long monotonicNs;
    private long missingTotal;

    EventExport(final TraceEvents events, final EventExporter exporter, final ExportOutput output) {
        this.events = events;
        selection = events.selection();
        this.exporter = exporter;
        this.output = output;
        wallNs = events.reader().info().createdRealtimeNs();
    }

    void run(final ExportSummary summary) throws IOException {
        final EventCursor cursor = events.cursor();
        exporter.begin(events);
        while (cursor.next()) {
            pass(cursor.event());
            if (cursor.count() % PERIOD == 0) {
                output.goOn();
            }
        }
        if (lastTarget != null) {
            final TargetClock clock = lastTarget.clock();
            wallNs = clock.realtimeNs(lastTicks);
            monotonicNs = clock.monotonicNs(lastTicks);
        }
        for (final MissingEvents missing : cursor.missingAtEnd()) {
            pass(MissingMark.atEnd(missing, wallNs, monotonicNs));
        }
        if (!selection.isPartial()) {
            for (final TargetTrace target : events.reader().targets()) {
                passOutsideRings(target);
            }
        }
        summary.counted(cursor.count(), missingTotal);
        exporter.end(summary);
    }

    private void pass(final EventView event) throws IOException {
        lastTarget = event.target();
        lastTicks = event.ticks();
        final MissingEvents missing = event.missingBefore();
        if (missing != null) {
            pass(MissingMark.before(event, missing));
        }
        if (told.add(event.schema())) {
            exporter.tracepoint(event.target(), event.schema());
        }
        exporter.event(event);
    }

    private void pass(final MissingMark mark) throws IOException {
        missingTotal += mark.total();
        exporter.missing(mark);
    }

    /** Passes the missing events that belong to no ring. Nobody can tell at which place they are missing. */
    private void passOutsideRings(final TargetTrace target) throws IOException {
        for (final Map.Entry<String, Long> cause : target.missingOfNoRing().entrySet()) {
            pass(MissingMark.ofNoRing(target, cause.getKey(), cause.getValue(), wallNs, monotonicNs));
        }
    }
}
