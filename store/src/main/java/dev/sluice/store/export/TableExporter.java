// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.table.FileNames;
import dev.sluice.store.table.TableWriter;
import java.io.IOException;
import java.util.ServiceLoader;

/** Has tables written by a {@link TableWriter}. For one thread. */
final class TableExporter implements EventExporter {
    private final TableWriter writer;
    private final ExportOutput output;

    /**
     * Makes an exporter.
     *
     * @throws TraceStoreException if no module on the class path writes the format
     */
    TableExporter(final String format, final ExportOutput output) {
        writer = ServiceLoader.load(TableWriter.class).stream().map(ServiceLoader.Provider::get)
            .filter(one -> one.format().equals(format)).findFirst().orElseThrow(() -> new TraceStoreException(
                "format " + format + " is written by the module sql, which is not on the class path: export by"
                + " ./sluice, or add that module"));
        this.output = output;
    }

    @Override
    public void begin(final TraceEvents events) throws IOException {
        final FileNames names = new FileNames();
        writer.begin((name, ending) -> output.file(names.file(name, ending)));
    }

    @Override
    public void tracepoint(final TargetTrace target, final EventSchema schema) {
        // The writer makes a file when it meets the first event of a kind.
    }

    @Override
    public void event(final EventView event) throws IOException {
        writer.event(event);
    }

    @Override
    public void missing(final MissingMark mark) throws IOException {
        final boolean isOfThread = mark.thread() != null && !mark.thread().isVirtual();
        writer.loss(new Object[] {mark.wallNs(), (long) mark.target().info().pid(),
            isOfThread ? (Object) (long) mark.thread().tid() : null, isOfThread ? mark.thread().name() : null,
            mark.stream() == null ? null : mark.stream().origin().label(),
            mark.stream() == null ? null : (Object) (long) mark.stream().number(), mark.total(), mark.lost(),
            mark.overwritten(), mark.discarded(), mark.cause().isEmpty() ? null : mark.cause()});
    }

    @Override
    public void end(final ExportSummary summary) throws IOException {
        writer.end();
    }
}
