// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.report.TracePrinter;
import java.io.IOException;

/** Writes the lines that {@code print --json} prints to a file. For one thread. */
final class JsonlExporter implements EventExporter {
    private final ExportOutput output;
    private TracePrinter printer;

    JsonlExporter(final ExportOutput output) {
        this.output = output;
    }

    @Override
    public void begin(final TraceEvents events) throws IOException {
        printer = new TracePrinter(output.file(1), true);
    }

    @Override
    public void tracepoint(final TargetTrace target, final EventSchema schema) {
        // Every line has the names of its event and fields.
    }

    @Override
    public void event(final EventView event) throws IOException {
        printer.print(event);
    }

    @Override
    public void missing(final MissingMark mark) throws IOException {
        if (mark.events() == null) {
            printer.printOutsideRings(mark.target(), mark.wallNs(), mark.cause(), mark.total());
        } else {
            printer.print(mark.events(), mark.wallNs(), mark.ownerName(), mark.ownerTid());
        }
    }

    @Override
    public void end(final ExportSummary summary) throws IOException {
        printer.flush();
    }
}
