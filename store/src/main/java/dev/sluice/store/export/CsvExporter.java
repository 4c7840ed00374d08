// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.table.FileNames;
import dev.sluice.store.table.TableWriter;
import dev.sluice.store.text.ValueText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes comma-separated values as in RFC 4180, in UTF-8, with a line feed after each line. Each tracepoint has a file,
 * and the file's first line has the names of the columns. Null is an empty cell, and an empty text is two quotes. For
 * one thread.
 */
final class CsvExporter implements EventExporter {
    private static final List<String> COLUMNS =
        List.of("time_ns", "pid", "tid", "thread", "java_thread_id", "virtual_thread_id", "ring");

    private final ExportOutput output;
    private final StringBuilder line = new StringBuilder();
    private final ValueText values = new ValueText(line, false);
    /** Events of two targets, or of two class loaders, go to the same table if they have the same name and fields. */
    private final Map<Table, OutputStream> tables = new HashMap<>();
    private final Map<EventSchema, OutputStream> files = new IdentityHashMap<>();
    private final FileNames names = new FileNames();
    private OutputStream losses;

    /** What two events have in common if they go to the same table. */
    private record Table(String event, List<FieldSchema> fields) {
    }

    CsvExporter(final ExportOutput output) {
        this.output = output;
    }

    @Override
    public void begin(final TraceEvents events) throws IOException {
        losses = output.file(names.unique("losses", ".csv"));
        line.append(String.join(",", TableWriter.LOSS_COLUMNS));
        endLine(losses);
    }

    @Override
    public void tracepoint(final TargetTrace target, final EventSchema schema) throws IOException {
        final Table table = new Table(schema.name(), schema.fields());
        OutputStream file = tables.get(table);
        if (file == null) {
            file = output.file(fileName(schema));
            tables.put(table, file);
            final FileNames columns = new FileNames();
            COLUMNS.forEach(column -> appendCell(columns.unique(column, "")));
            schema.fields().forEach(field -> appendCell(columns.unique(field.name(), "")));
            endLine(file);
        }
        files.put(schema, file);
    }

    private String fileName(final EventSchema schema) {
        return names.file(schema.provider() + '-' + schema.tracepoint(), ".csv");
    }

    @Override
    public void event(final EventView event) throws IOException {
        line.append(event.wallTimeNs()).append(',').append(event.target().info().pid()).append(',')
            .append(event.tid()).append(',');
        quote(event.threadName());
        line.append(',').append(event.javaThreadId()).append(',');
        if (event.virtualThreadId() != 0) {
            line.append(event.virtualThreadId());
        }
        line.append(',').append(event.ring());
        for (int i = 0; i < event.fieldCount(); i++) {
            line.append(',');
            if (!event.isNull(i)) {
                appendValue(event, i);
            }
        }
        endLine(files.get(event.schema()));
    }

    private void appendValue(final EventView event, final int field) {
        switch (event.type(field)) {
            case STRING, ENUM8, ENUM16 -> quote(event.getString(field));
            case BYTES -> values.bytes(event.getBytes(field));
            case BOOL -> values.bool(event.getBoolean(field));
            case FLOAT32 -> values.floating((float) event.getDouble(field));
            case FLOAT64 -> values.floating(event.getDouble(field));
            case UINT64 -> values.unsigned(event.getLong(field));
            default -> values.integer(event.getLong(field));
        }
    }

    @Override
    public void missing(final MissingMark mark) throws IOException {
        line.append(mark.wallNs()).append(',').append(mark.target().info().pid()).append(',');
        if (mark.thread() != null && !mark.thread().isVirtual()) {
            line.append(mark.thread().tid()).append(',');
            quote(mark.thread().name());
        } else {
            line.append(',');
        }
        line.append(',');
        if (mark.stream() != null) {
            line.append(mark.stream().origin().label()).append(',').append(mark.stream().number());
        } else {
            line.append(',');
        }
        line.append(',').append(mark.total()).append(',').append(mark.lost()).append(',').append(mark.overwritten())
            .append(',').append(mark.discarded()).append(',').append(mark.cause());
        endLine(losses);
    }

    @Override
    public void end(final ExportSummary summary) {
        // Each line was written as soon as it was complete.
    }

    private void appendCell(final String text) {
        line.append(line.length() == 0 ? "" : ",");
        final boolean isPlain = text.matches("[A-Za-z0-9_]+");
        if (isPlain) {
            line.append(text);
        } else {
            quote(text);
        }
    }

    /** Texts always have quotes. So an empty text is not null, and the text "12" is not a number. */
    private void quote(final String text) {
        line.append('"');
        final int begin = line.length();
        line.append(text);
        for (int i = line.indexOf("\"", begin); i >= 0; i = line.indexOf("\"", i + 2)) {
            line.insert(i, '"');
        }
        line.append('"');
    }

    private void endLine(final OutputStream file) throws IOException {
        line.append('\n');
        file.write(line.toString().getBytes(StandardCharsets.UTF_8));
        line.setLength(0);
    }
}
