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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * Has the tables written by a {@link TableWriter}, which reads the events by itself: this reads them before, for what
 * is missing. For one thread.
 */
final class TableExporter implements EventExporter {
    private final TableWriter writer;
    private final ExportOutput output;
    private final Set<String> present = new LinkedHashSet<>();
    private final List<Object[]> losses = new ArrayList<>();
    private TraceEvents events;

    /**
     * Makes an exporter.
     *
     * @throws TraceStoreException if no module on the class path writes the format
     */
    TableExporter(final String format, final ExportOutput output) {
        writer = ServiceLoader.load(TableWriter.class).stream().map(ServiceLoader.Provider::get)
            .filter(one -> one.format().equals(format)).findFirst().orElseThrow(() -> new TraceStoreException(
                "format " + format + " is written by DuckDB, which is not on the class path: export by ./sluice, or add"
                + " the module sql"));
        this.output = output;
    }

    @Override
    public void begin(final TraceEvents newEvents) {
        events = newEvents;
    }

    @Override
    public void tracepoint(final TargetTrace target, final EventSchema schema) {
        present.add(schema.name());
    }

    @Override
    public void event(final EventView event) {
        // The writer reads it.
    }

    @Override
    public void missing(final MissingMark mark) {
        final boolean isOfThread = mark.thread() != null && !mark.thread().isVirtual();
        losses.add(new Object[] {mark.wallNs(), (long) mark.target().info().pid(),
            isOfThread ? (Object) (long) mark.thread().tid() : null, isOfThread ? mark.thread().name() : null,
            mark.stream() == null ? null : mark.stream().origin().label(),
            mark.stream() == null ? null : (Object) (long) mark.stream().number(), mark.total(), mark.lost(),
            mark.overwritten(), mark.discarded(), mark.cause().isEmpty() ? null : mark.cause()});
    }

    @Override
    public void end(final ExportSummary summary) throws IOException {
        final FileNames names = new FileNames();
        writer.write(events, List.copyOf(present), losses, new TableWriter.Files() {
            @Override
            public Path file(final String name, final String ending) throws IOException {
                return output.path(names.file(name, ending));
            }

            @Override
            public void goOn() {
                output.goOn();
            }
        });
    }
}
