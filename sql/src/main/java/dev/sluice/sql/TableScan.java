// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDataChunkWriter;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBTableFunction;
import org.duckdb.DuckDBTableFunctionBindInfo;
import org.duckdb.DuckDBTableFunctionBuilder;
import org.duckdb.DuckDBTableFunctionCallInfo;
import org.duckdb.DuckDBTableFunctionInitInfo;

/**
 * DuckDB's way to our tables: a function that returns the table of a number, called by the threads of a query. It
 * remembers which tables a statement has named, and what went wrong, as DuckDB keeps of an exception its text alone.
 * Any thread.
 */
final class TableScan implements DuckDBTableFunction<SqlTable, TableChunks, Object> {
    private static final String NAME = "sluice_read";

    private final List<SqlTable> tables = new ArrayList<>();
    private final List<Integer> named = new ArrayList<>();
    private RuntimeException failure;

    /** Makes a table's number. */
    synchronized int add(final SqlTable table) {
        tables.add(table);
        return tables.size() - 1;
    }

    /** What a statement reads the table of a number by. */
    static String source(final int number) {
        return NAME + '(' + number + ')';
    }

    synchronized SqlTable table(final int number) {
        return tables.get(number);
    }

    void register(final DuckDBConnection connection) throws SQLException {
        try (DuckDBTableFunctionBuilder builder = DuckDBFunctions.tableFunction()) {
            builder.withName(NAME).withParameter(DuckDBColumnType.BIGINT).withProjectionPushdown().withFunction(this)
                .register(connection);
        }
    }

    /** Forgets what was before. */
    synchronized void begin() {
        named.clear();
        failure = null;
    }

    /** Numbers of tables that were named since {@link #begin}. */
    synchronized Set<Integer> named() {
        return new TreeSet<>(named);
    }

    /** Whether one was named more than once since {@link #begin}. */
    synchronized boolean isAnyNamedTwice() {
        return named().size() < named.size();
    }

    /** What has failed since {@link #begin}, or null. */
    synchronized RuntimeException failure() {
        return failure;
    }

    private synchronized RuntimeException noted(final RuntimeException e) {
        failure = failure == null ? e : failure;
        return failure;
    }

    @Override
    public SqlTable bind(final DuckDBTableFunctionBindInfo info) {
        final SqlTable table;
        synchronized (this) {
            final long number = info.getParameter(0).getLong();
            if (number < 0 || number >= tables.size()) {
                throw new IllegalArgumentException("no table: number=" + number);
            }
            named.add((int) number);
            table = tables.get((int) number);
        }
        table.columns().forEach(column -> info.addResultColumn(column.name(), column.type()));
        return table;
    }

    @Override
    public TableChunks init(final DuckDBTableFunctionInitInfo info) {
        // Rows come in the order of time, by one cursor.
        info.setMaxThreads(1);
        final int[] columns = new int[(int) info.getColumnCount()];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = (int) info.getColumnIndex(i);
        }
        final SqlTable table = info.getBindData();
        try {
            return table.open(columns);
        } catch (final RuntimeException e) {
            throw noted(e);
        }
    }

    @Override
    public long apply(final DuckDBTableFunctionCallInfo info, final DuckDBDataChunkWriter chunk) {
        final TableChunks chunks = info.getInitData();
        try {
            return chunks.fill(chunk);
        } catch (final RuntimeException e) {
            throw noted(e);
        }
    }
}
