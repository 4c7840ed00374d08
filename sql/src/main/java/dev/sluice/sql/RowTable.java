// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBDataChunkWriter;
import org.duckdb.DuckDBWritableVector;

/**
 * A small table, whose rows are made anew for each reading. Immutable.
 *
 * @param columns of type BIGINT, BOOLEAN or VARCHAR
 * @param rows    makes all rows: Long, Boolean, String, or null
 */
record RowTable(List<TableColumn> columns, Supplier<List<Object[]>> rows) implements SqlTable {
    /** A column of BIGINT. */
    static TableColumn number(final String name) {
        return TableColumn.plain(name, DuckDBColumnType.BIGINT);
    }

    /** A column of VARCHAR. */
    static TableColumn text(final String name) {
        return TableColumn.plain(name, DuckDBColumnType.VARCHAR);
    }

    /** A column of BOOLEAN. */
    static TableColumn bool(final String name) {
        return TableColumn.plain(name, DuckDBColumnType.BOOLEAN);
    }

    /** A column of TIMESTAMP_NS, of which rows have the nanoseconds. */
    static TableColumn time(final String name) {
        return new TableColumn(name, DuckDBColumnType.BIGINT,
            "try(make_timestamp_ns(" + SqlNames.quote(name) + "))");
    }

    @Override
    public TableChunks open(final int[] wanted) {
        final List<Object[]> all = rows.get();
        return new TableChunks() {
            private int next;

            @Override
            public long fill(final DuckDBDataChunkWriter chunk) {
                final int count = (int) Math.min(chunk.capacity(), all.size() - next);
                for (int row = 0; row < count; row++) {
                    final Object[] values = all.get(next++);
                    for (int i = 0; i < wanted.length; i++) {
                        put(chunk.vector(i), row, values[wanted[i]]);
                    }
                }
                return count;
            }
        };
    }

    private static void put(final DuckDBWritableVector to, final int row, final Object value) {
        if (value == null) {
            to.setNull(row);
        } else if (value instanceof Long number) {
            to.setLong(row, number);
        } else if (value instanceof Boolean bool) {
            to.setBoolean(row, bool);
        } else {
            // Lone surrogates become question marks, as they have no UTF-8.
            final byte[] text = ((String) value).getBytes(StandardCharsets.UTF_8);
            to.setStringUtf8Batch(row, new byte[][] {text});
        }
    }
}
