// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.read.EventView;
import dev.sluice.store.table.TableWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes Parquet: a file for each tracepoint, with the columns of its view in queries, and one for what is missing. The
 * events of several targets, or of several class loaders, are in one file if their fields are the same. For one thread.
 */
public final class ParquetWriter implements TableWriter {
    private static final int PERIOD = 1 << 14;
    /** Rows that take more memory than this in all are written, those of the file with the most of them first. */
    private static final long MOST_BYTES = 96L << 20;

    private final PageMaker pages = new PageMaker();
    private final Map<Key, EventTableFile> files = new LinkedHashMap<>();
    private final Map<EventSchema, EventTableFile> bySchema = new IdentityHashMap<>();
    private EventSchema known;
    private EventTableFile knownFile;
    private Files output;
    private ParquetFile losses;
    private List<ColumnRows> lossRows;
    private int lossCount;
    private long events;

    /** What makes events belong into one file. */
    private record Key(String event, List<FieldSchema> fields) {
    }

    @Override
    public String format() {
        return "parquet";
    }

    @Override
    public void begin(final Files newOutput) throws IOException {
        output = newOutput;
        lossRows = new ArrayList<>();
        for (final String name : LOSS_COLUMNS) {
            final boolean isText = LOSS_TEXTS.contains(name);
            final ParquetFile.Column column =
                new ParquetFile.Column(name, isText ? ColumnType.TEXT : ColumnType.INT64, true);
            lossRows.add(isText ? new TextRows(column, -1) : new NumberRows(column));
        }
        losses = new ParquetFile(output.file("losses", ".parquet"),
            lossRows.stream().map(ColumnRows::column).toList());
    }

    @Override
    public void event(final EventView event) throws IOException {
        final EventSchema schema = event.schema();
        if (schema != known) {
            known = schema;
            knownFile = bySchema.get(schema);
            if (knownFile == null) {
                knownFile = file(schema);
                bySchema.put(schema, knownFile);
            }
        }
        knownFile.add(event);
        if (++events % PERIOD == 0) {
            limit();
        }
    }

    private EventTableFile file(final EventSchema schema) throws IOException {
        final Key key = new Key(schema.name(), schema.fields());
        EventTableFile file = files.get(key);
        if (file == null) {
            file = new EventTableFile(
                output.file(schema.provider() + '-' + schema.tracepoint(), ".parquet"), schema, pages);
            files.put(key, file);
        }
        return file;
    }

    /** Writes rows until the rest takes little memory. */
    private void limit() throws IOException {
        long bytes = files.values().stream().mapToLong(EventTableFile::bytes).sum();
        if (bytes > MOST_BYTES) {
            final List<EventTableFile> largest = new ArrayList<>(files.values());
            largest.sort(Comparator.comparingLong(EventTableFile::bytes).reversed());
            for (final EventTableFile file : largest) {
                if (bytes > MOST_BYTES / 2) {
                    bytes -= file.bytes();
                    file.free();
                }
            }
        }
    }

    @Override
    public void loss(final Object[] row) throws IOException {
        for (int i = 0; i < row.length; i++) {
            final ColumnRows column = lossRows.get(i);
            if (row[i] == null) {
                column.addNull();
            } else if (row[i] instanceof Long number) {
                ((NumberRows) column).add(number);
            } else {
                // Lone surrogates become question marks, as they have no UTF-8.
                ((TextRows) column).add(((String) row[i]).getBytes(StandardCharsets.UTF_8));
            }
        }
        if (++lossCount == PERIOD) {
            flushLosses();
        }
    }

    private void flushLosses() throws IOException {
        losses.beginGroup(lossCount);
        for (final ColumnRows column : lossRows) {
            losses.write(column.take(pages));
        }
        lossCount = 0;
    }

    @Override
    public void end() throws IOException {
        for (final EventTableFile file : files.values()) {
            file.end();
        }
        if (lossCount > 0) {
            flushLosses();
        }
        losses.end();
    }
}
