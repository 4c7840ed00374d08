// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.read.EventView;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBWritableVector;

/**
 * The columns of a tracepoint: what every event has, and the fields in their order. docs/sql.md has the types as a
 * table. Immutable: any thread.
 */
final class EventColumns {
    /** Name of the column that durations are differences of. */
    static final String MONOTONIC = "monotonic_ns";

    private static final long LEAST_BITS = 0x7FFF_FFFF_FFFF_FFFFL;

    private final List<TableColumn> columns = new ArrayList<>();
    private final List<Supplier<ColumnFeed>> feeds = new ArrayList<>();
    private final SqlNames names = new SqlNames();

    EventColumns(final EventSchema schema) {
        // The view has this column in front.
        names.unique("time");
        fixed("time_ns", DuckDBColumnType.BIGINT, (to, row, event) -> to.setLong(row, event.wallTimeNs()));
        fixed(MONOTONIC, DuckDBColumnType.BIGINT, (to, row, event) -> to.setLong(row, event.monotonicNs()));
        fixed("target", DuckDBColumnType.INTEGER, (to, row, event) -> to.setInt(row, event.target().index()));
        fixed("pid", DuckDBColumnType.INTEGER, (to, row, event) -> to.setInt(row, event.target().info().pid()));
        fixed("tid", DuckDBColumnType.INTEGER, (to, row, event) -> to.setInt(row, event.tid()));
        add(TableColumn.plain(names.unique("thread"), DuckDBColumnType.VARCHAR), () -> new TextFeed(new ThreadNames()));
        fixed("java_thread_id", DuckDBColumnType.BIGINT, (to, row, event) -> to.setLong(row, event.javaThreadId()));
        fixed("virtual_thread_id", DuckDBColumnType.BIGINT, EventColumns::putVirtualThread);
        fixed("ring", DuckDBColumnType.INTEGER, (to, row, event) -> to.setInt(row, event.ring()));
        for (int i = 0; i < schema.fields().size(); i++) {
            field(schema.fields().get(i), i);
        }
    }

    /** The name of the thread changes seldom: its bytes are kept. */
    private static final class ThreadNames implements Function<EventView, byte[]> {
        private String known;
        private byte[] bytes;

        @Override
        @SuppressWarnings("StringEquality")
        public byte[] apply(final EventView event) {
            final String name = event.threadName();
            if (name != known) {
                known = name;
                bytes = name.getBytes(StandardCharsets.UTF_8);
            }
            return bytes;
        }
    }

    private static void putVirtualThread(final DuckDBWritableVector to, final int row, final EventView event) {
        final long id = event.virtualThreadId();
        if (id == 0) {
            to.setNull(row);
        } else {
            to.setLong(row, id);
        }
    }

    private void add(final TableColumn column, final Supplier<ColumnFeed> feed) {
        columns.add(column);
        feeds.add(feed);
    }

    private void fixed(final String name, final DuckDBColumnType type, final ColumnFeed.Value value) {
        add(TableColumn.plain(names.unique(name), type), () -> ColumnFeed.of(value));
    }

    private void field(final FieldSchema schema, final int field) {
        final String name = schema.name();
        switch (schema.type()) {
            case INT8 -> fixed(name, DuckDBColumnType.TINYINT,
                (to, row, event) -> to.setByte(row, (byte) event.getLong(field)));
            case INT16 -> fixed(name, DuckDBColumnType.SMALLINT,
                (to, row, event) -> to.setShort(row, (short) event.getLong(field)));
            case INT32 -> fixed(name, DuckDBColumnType.INTEGER,
                (to, row, event) -> to.setInt(row, (int) event.getLong(field)));
            case INT64 -> fixed(name, DuckDBColumnType.BIGINT,
                (to, row, event) -> to.setLong(row, event.getLong(field)));
            case UINT8 -> fixed(name, DuckDBColumnType.UTINYINT,
                (to, row, event) -> to.setUint8(row, (int) event.getLong(field)));
            case UINT16 -> fixed(name, DuckDBColumnType.USMALLINT,
                (to, row, event) -> to.setUint16(row, (int) event.getLong(field)));
            case UINT32 -> fixed(name, DuckDBColumnType.UINTEGER,
                (to, row, event) -> to.setUint32(row, event.getLong(field)));
            case UINT64 -> fixed(name, DuckDBColumnType.UBIGINT,
                (to, row, event) -> to.setUint64(row, unsigned(event.getLong(field))));
            case FLOAT32 -> fixed(name, DuckDBColumnType.FLOAT,
                (to, row, event) -> to.setFloat(row, (float) event.getDouble(field)));
            case FLOAT64 -> fixed(name, DuckDBColumnType.DOUBLE,
                (to, row, event) -> to.setDouble(row, event.getDouble(field)));
            case BOOL -> fixed(name, DuckDBColumnType.BOOLEAN,
                (to, row, event) -> to.setBoolean(row, event.getBoolean(field)));
            case ENUM8, ENUM16 -> add(TableColumn.plain(names.unique(name), DuckDBColumnType.VARCHAR),
                () -> new TextFeed(event -> label(event, field)));
            case STRING -> add(TableColumn.plain(names.unique(name), DuckDBColumnType.VARCHAR),
                () -> new TextFeed(event -> TextFeed.sound(event.getBytes(field))));
            case BYTES -> bytes(names.unique(name), field);
            default -> throw new IllegalArgumentException("no column for a field: type=" + schema.type());
        }
    }

    /** DuckDB takes only texts of any length from Java. */
    private void bytes(final String name, final int field) {
        add(new TableColumn(name, DuckDBColumnType.VARCHAR, "unhex(" + SqlNames.quote(name) + ')'),
            () -> new TextFeed(event -> {
                final byte[] bytes = event.getBytes(field);
                return bytes == null ? null : HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.US_ASCII);
            }));
    }

    private static byte[] label(final EventView event, final int field) {
        final String label = event.getString(field);
        return label == null ? null : label.getBytes(StandardCharsets.UTF_8);
    }

    private static BigInteger unsigned(final long bits) {
        final BigInteger rest = BigInteger.valueOf(bits & LEAST_BITS);
        return bits < 0 ? rest.setBit(Long.SIZE - 1) : rest;
    }

    /** What DuckDB is given. */
    List<TableColumn> list() {
        return columns;
    }

    /** A new feed of a column. */
    ColumnFeed feed(final int column) {
        return feeds.get(column).get();
    }
}
