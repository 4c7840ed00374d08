// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import java.io.IOException;

/**
 * Writes events, in the order of time, in one format of another program. {@link EventExport} calls {@link #begin}
 * first, {@link #tracepoint} before the first event of each kind, {@link #event} and {@link #missing} in the order of
 * time, and {@link #end} last. If a call fails, the export ends and none of its files stays. For one thread.
 */
interface EventExporter {
    /** The first call. */
    void begin(TraceEvents events) throws IOException;

    /** Announces a kind of events before its first event. A kind of which no event is exported is not announced. */
    void tracepoint(TargetTrace target, EventSchema schema) throws IOException;

    /**
     * Writes an event.
     *
     * @param event always the same flyweight, valid only during the call
     */
    void event(EventView event) throws IOException;

    /** Marks a place where events are missing. */
    void missing(MissingMark mark) throws IOException;

    /**
     * The last call. The files are closed after it.
     *
     * @param summary gets what the user should know about the export besides its files
     */
    void end(ExportSummary summary) throws IOException;
}
