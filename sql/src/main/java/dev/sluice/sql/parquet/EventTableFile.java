// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.read.EventView;
import dev.sluice.store.table.FileNames;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * The file of a tracepoint: what every event has, and its fields in their order. docs/sql.md has the columns. For one
 * thread.
 */
final class EventTableFile {
    /** As many as in a group that DuckDB makes: its readers share the work by groups. */
    private static final int ROWS = 122_880;
    private static final int FIRST_ROWS = 1024;
    private static final long TEXT_BYTES = 16L << 20;
    private static final List<Function<Owner, Object>> OWNER_COLUMNS = List.of(owner -> owner.target().index(),
        Owner::pid, Owner::tid, Owner::thread, Owner::javaThreadId, Owner::ring);
    /** The column of virtual threads is among those of owners. */
    private static final int BEFORE_VIRTUAL = 5;

    private final ParquetFile file;
    private final PageMaker pages;
    private final OwnerRows owners = new OwnerRows();
    private final NumberRows virtual;
    private final ColumnRows[] fields;
    private final boolean hasTexts;
    private long[] times = new long[FIRST_ROWS];
    private int count;

    EventTableFile(final OutputStream out, final EventSchema schema, final PageMaker pages) throws IOException {
        this.pages = pages;
        final List<ParquetFile.Column> columns = new ArrayList<>();
        final Names names = new Names();
        columns.add(new ParquetFile.Column(names.unique("time"), ColumnType.TIMESTAMP, false));
        columns.add(new ParquetFile.Column(names.unique("time_ns"), ColumnType.INT64, false));
        // A column that the view of a query has, and no file.
        names.unique("monotonic_ns");
        for (final String name : List.of("target", "pid", "tid")) {
            columns.add(new ParquetFile.Column(names.unique(name), ColumnType.INT32, false));
        }
        columns.add(new ParquetFile.Column(names.unique("thread"), ColumnType.TEXT, false));
        columns.add(new ParquetFile.Column(names.unique("java_thread_id"), ColumnType.INT64, false));
        virtual = new NumberRows(new ParquetFile.Column(names.unique("virtual_thread_id"), ColumnType.INT64, true));
        columns.add(virtual.column());
        columns.add(new ParquetFile.Column(names.unique("ring"), ColumnType.INT32, false));
        fields = new ColumnRows[schema.fields().size()];
        for (int i = 0; i < fields.length; i++) {
            final FieldSchema field = schema.fields().get(i);
            final ParquetFile.Column column = new ParquetFile.Column(names.unique(field.name()),
                ColumnType.of(field.type()), field.type().isVariable() || field.type().isEnum());
            fields[i] = field.type().isVariable() ? new TextRows(column, i) : new NumberRows(column, field, i);
            columns.add(column);
        }
        hasTexts = schema.fields().stream().anyMatch(field -> field.type().isVariable());
        file = new ParquetFile(out, columns);
    }

    /** Names as queries have them. */
    private static final class Names {
        private final FileNames used = new FileNames();

        String unique(final String wanted) {
            return used.unique(wanted.isEmpty() ? "_" : wanted.replace('\0', '\ufffd'), "");
        }
    }

    void add(final EventView event) throws IOException {
        if (count == times.length) {
            times = Arrays.copyOf(times, 2 * count);
        }
        times[count] = event.wallTimeNs();
        owners.add(event);
        final long id = event.virtualThreadId();
        if (id == 0) {
            virtual.addNull();
        } else {
            virtual.add(id);
        }
        for (final ColumnRows field : fields) {
            field.add(event);
        }
        count++;
        if (count == ROWS || hasTexts && count % FIRST_ROWS == 0 && bytes() > TEXT_BYTES) {
            flush();
        }
    }

    /** Memory that the rows take which are not written yet, bytes. */
    long bytes() {
        long bytes = (long) times.length * Long.BYTES + owners.bytes() + virtual.bytes();
        for (final ColumnRows field : fields) {
            bytes += field.bytes();
        }
        return bytes;
    }

    /** Writes the rows so far as a group, and gives back what they took. */
    void free() throws IOException {
        flush();
        times = new long[FIRST_ROWS];
        owners.free();
        virtual.free();
        for (final ColumnRows field : fields) {
            field.free();
        }
    }

    /** Writes the rows so far as a group. */
    private void flush() throws IOException {
        if (count == 0) {
            return;
        }
        file.beginGroup(count);
        Packing.differences(pages.begin(), times, count, false);
        final Chunk time = new Chunk(null, pages.data(count, Page.DIFFERENCES), 0, bound(true), bound(false));
        file.write(time);
        file.write(time);
        final List<Chunk> ofOwners = owners.take(pages, OWNER_COLUMNS);
        for (int i = 0; i < BEFORE_VIRTUAL; i++) {
            file.write(ofOwners.get(i));
        }
        file.write(virtual.take(pages));
        for (int i = BEFORE_VIRTUAL; i < ofOwners.size(); i++) {
            file.write(ofOwners.get(i));
        }
        for (final ColumnRows field : fields) {
            file.write(field.take(pages));
        }
        count = 0;
    }

    private byte[] bound(final boolean isLeast) {
        long bound = times[0];
        for (int i = 1; i < count; i++) {
            bound = isLeast ? Math.min(bound, times[i]) : Math.max(bound, times[i]);
        }
        final ByteBuilder bytes = new ByteBuilder();
        bytes.putLong(bound);
        return bytes.copy();
    }

    /** Writes what is left, and the end. */
    void end() throws IOException {
        flush();
        file.end();
    }
}
