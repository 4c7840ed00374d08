// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.store.export.ctf.CtfExporter;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.jfr.JfrFile;
import dev.sluice.store.read.TraceEvents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The formats in which a trace can be exported. The command's help and docs/export.md are made from this table: to add
 * a format, write an {@link EventExporter} and add a row here.
 */
public enum ExportFormat {
    /** Copies packets, or makes them of selected events. */
    CTF(true, false, "CTF 1.8, for babeltrace2 and Trace Compass: a directory, with several targets one in it for each",
        null),
    /** Writes tables. */
    CSV(true, false, "a directory with a table of each tracepoint, and losses.csv with what is missing",
        (output, options) -> new CsvExporter(output)),
    /** Writes lines. */
    JSONL(false, false, "a file of JSON lines, as print --json prints them",
        (output, options) -> new JsonlExporter(output)),
    /** Writes JSON. */
    CHROME(false, true, "a file of Chrome's trace events, for Perfetto and chrome://tracing", ChromeExporter::new),
    /** Writes counts. */
    FOLDED(false, true, "a file of counted frames, for flame graphs", FoldedExporter::new),
    /** Writes protocol buffers. */
    PERFETTO(false, true, "a file of Perfetto's protocol buffers, cut into several below 4 GiB", PerfettoExporter::new),
    /** Writes tables by columns. */
    PARQUET(true, false,
        "a directory with a Parquet file of each tracepoint, and one of what is missing",
        (output, options) -> new TableExporter("parquet", output)),
    /** Writes events of the JDK. */
    JFR(false, false, "a file of Flight Recorder's events, for jfr and JDK Mission Control",
        (output, options) -> new JfrExporter(output, JfrFile.CHUNK_LENGTH));

    private final boolean isDirectory;
    private final boolean hasPairs;
    private final String description;
    private final Factory factory;

    /** Makes exporters. */
    private interface Factory {
        EventExporter make(ExportOutput output, ExportOptions options);
    }

    ExportFormat(final boolean isDirectory, final boolean hasPairs, final String description, final Factory factory) {
        this.isDirectory = isDirectory;
        this.hasPairs = hasPairs;
        this.description = description;
        this.factory = factory;
    }

    /** One line that says what is written. */
    public String description() {
        return description;
    }

    /** Whether the format has slices, which are made of pairs of events. */
    public boolean hasPairs() {
        return hasPairs;
    }

    /** Whether the format has counters, which are made of the values of numeric fields. */
    public boolean hasCounters() {
        return this == PERFETTO;
    }

    /** Writes an export for which nothing is asked but its events. */
    public ExportSummary export(final TraceEvents events, final Path out, final ExportWatch watch) {
        return export(events, out, ExportOptions.NONE, watch);
    }

    /**
     * Writes an export.
     *
     * @param events  the events to export
     * @param out     either a directory, which must be new, or empty and of this user, or a new file; the description
     *                of the format says which. Only this user can read it
     * @param options what else is asked for; formats that have no such thing ignore it
     * @param watch   is told about the progress
     * @throws TraceStoreException if the export cannot be written, or the watch ended it. No file of it stays
     *                             then
     */
    public ExportSummary export(final TraceEvents events, final Path out, final ExportOptions options,
        final ExportWatch watch) {
        final ExportSummary summary = new ExportSummary();
        if (this == CTF) {
            final CtfExporter exporter = new CtfExporter(events.reader());
            exporter.export(events, out, bytes -> ExportOutput.goOn(watch, bytes)).forEach(summary::wrote);
            summary.counted(exporter.exported(), exporter.missing());
            return summary;
        }
        try (ExportOutput output = new ExportOutput(out, isDirectory, watch)) {
            new EventExport(events, factory.make(output, options), output).run(summary);
            output.complete().forEach(summary::wrote);
        } catch (final IOException | UncheckedIOException e) {
            throw CtfExporter.unwritable(e);
        }
        return summary;
    }

    /** The format's name, as the command's option has it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
