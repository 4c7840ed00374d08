// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.table.TableWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.duckdb.DuckDBConnection;

/**
 * Writes Parquet by DuckDB: a file for each tracepoint, with the columns of its view, and one for what is missing. Each
 * file is a reading of the trace of its own. DuckDB can reach these files alone. For one thread.
 */
public final class ParquetWriter implements TableWriter {
    /** Integers are stored as differences in version 2, which times need: a third of a byte in place of three. */
    private static final String OPTIONS = "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, USE_TMP_FILE false";

    @Override
    public String format() {
        return "parquet";
    }

    @Override
    public void write(final TraceEvents events, final List<String> present, final List<Object[]> losses,
        final Files files) throws IOException {
        final Map<Path, SqlTable> tables = new LinkedHashMap<>();
        tables.put(files.file("losses", ".parquet"), lossTable(losses));
        for (final EventTable table : EventTables.of(events)) {
            if (present.contains(table.schema().name())) {
                final String name = table.schema().provider() + '-' + table.schema().tracepoint();
                tables.put(files.file(name, ".parquet"), table);
            }
        }
        final TableScan scan = new TableScan(files::goOn);
        try (ScratchDirectory scratch = new ScratchDirectory();
             DuckDBConnection connection = SqlSession.connect(scratch, SqlSession.defaultMemoryBytes());
             Statement statement = connection.createStatement()) {
            confine(statement, tables);
            scan.register(connection);
            for (final Map.Entry<Path, SqlTable> table : tables.entrySet()) {
                statement.execute("COPY (" + rows(table.getValue(), scan) + ") TO " + text(table.getKey()) + " ("
                    + OPTIONS + ')');
            }
        } catch (final SQLException e) {
            if (scan.failure() != null) {
                throw scan.failure();
            }
            throw new IOException(SqlException.of(e).getMessage(), e);
        }
    }

    /** Times are there twice already, and are most of what a file takes. */
    private static String rows(final SqlTable table, final TableScan scan) {
        final String select = SqlViews.select(table, scan.source(table));
        return table instanceof EventTable ? "SELECT * EXCLUDE (" + EventColumns.MONOTONIC + ") FROM (" + select + ')'
            : select;
    }

    private static void confine(final Statement statement, final Map<Path, SqlTable> tables) throws SQLException {
        statement.execute("SET allowed_paths = ["
            + tables.keySet().stream().map(ParquetWriter::text).collect(Collectors.joining(", ")) + ']');
        SqlSession.lock(statement);
    }

    private static String text(final Path path) {
        return '\'' + path.toAbsolutePath().toString().replace("'", "''") + '\'';
    }

    private static SqlTable lossTable(final List<Object[]> losses) {
        final List<TableColumn> columns = new ArrayList<>();
        for (final String name : LOSS_COLUMNS) {
            final boolean isText = name.equals("thread") || name.equals("stream") || name.equals("cause");
            columns.add(isText ? RowTable.text(name) : RowTable.number(name));
        }
        return new RowTable(columns, () -> losses);
    }
}
