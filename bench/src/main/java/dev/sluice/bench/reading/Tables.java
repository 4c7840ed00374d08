// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.reading;

import com.sun.management.OperatingSystemMXBean;
import dev.sluice.bench.measure.RecordedJvm;
import dev.sluice.sql.SqlSession;
import dev.sluice.store.export.ExportFormat;
import dev.sluice.store.export.ExportWatch;
import dev.sluice.store.read.TraceEvents;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Properties;
import java.util.function.ObjDoubleConsumer;
import org.duckdb.DuckDBDriver;

/**
 * Exports a trace of events with two longs {@code a} and {@code b} as tables, loads it and asks a query, and has
 * DuckDB read the exported CSV. Each figure is the processor time of this process, all threads, and the result of each
 * step is compared with counts and sums that are known. For one thread.
 */
public final class Tables {
    /** Names of what is measured. */
    public static final String PARQUET = "export to Parquet";
    public static final String PARQUET_BYTES = "bytes of an event in Parquet";
    public static final String CSV = "export to CSV";
    public static final String READ_CSV = "DuckDB's read_csv";
    public static final String LOAD = "sql, load";
    public static final String PERCENTILE = "sql, percentile per key";
    private static final int KEYS = 1_000;
    private static final String SUMS = "select count(*), sum(a), sum(b) from ";

    private final TraceEvents events;
    private final Path directory;
    private final long[] sums;

    /**
     * Makes an exporter.
     *
     * @param directory where files are made, and removed again
     * @param sums      number of events, sum of {@code a}, sum of {@code b}
     */
    public Tables(final TraceEvents events, final Path directory, final long... sums) {
        this.events = events;
        this.directory = directory;
        this.sums = sums.clone();
    }

    /**
     * Does everything once.
     *
     * @param result takes the processor time of each step, s, and the bytes of an event
     */
    public void measure(final ObjDoubleConsumer<String> result) throws IOException {
        final Path parquet = directory.resolve("parquet");
        final Path csv = directory.resolve("csv");
        try {
            result.accept(PARQUET, seconds(() -> export(ExportFormat.PARQUET, parquet)));
            final Path file = parquet.resolve("bench-pair.parquet");
            result.accept(PARQUET_BYTES, (double) Files.size(file) / sums[0]);
            check(file);
            result.accept(CSV, seconds(() -> export(ExportFormat.CSV, csv)));
            result.accept(READ_CSV, seconds(() -> check(csv.resolve("bench-pair.csv"))));
        } finally {
            RecordedJvm.remove(parquet);
            RecordedJvm.remove(csv);
        }
        try (SqlSession session = SqlSession.open(events, SqlSession.defaultMemoryBytes())) {
            result.accept(LOAD, seconds(() -> session.run(SUMS + "\"bench:pair\"", true, this::check)));
            result.accept(PERCENTILE, seconds(() -> session.run("select a % " + KEYS + " as key,"
                + " quantile_cont(b, 0.99), count(*) from \"bench:pair\" group by key", true, this::checkKeys)));
        }
    }

    /** A step. */
    private interface Step {
        void run() throws IOException;
    }

    private static double seconds(final Step step) throws IOException {
        final var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        final long begin = system.getProcessCpuTime();
        step.run();
        return (system.getProcessCpuTime() - begin) / 1e9;
    }

    private void export(final ExportFormat format, final Path out) {
        final long written = format.export(events, out, ExportWatch.SILENT).events();
        if (written != sums[0]) {
            throw new IllegalStateException(format + " has other events than the trace: " + written);
        }
    }

    private void check(final Path file) {
        try (Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
             Statement statement = connection.createStatement();
             ResultSet rows = statement.executeQuery(SUMS + '\'' + file.toString().replace("'", "''") + '\'')) {
            check(rows);
        } catch (final SQLException e) {
            throw new IllegalStateException("DuckDB cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private void check(final ResultSet rows) throws SQLException {
        rows.next();
        final long[] found = {rows.getLong(1), rows.getBigDecimal(2).longValueExact(),
            rows.getBigDecimal(3).longValueExact()};
        if (!Arrays.equals(found, sums)) {
            throw new IllegalStateException("counts and sums are not those of the trace: " + Arrays.toString(found)
                + " for " + Arrays.toString(sums));
        }
    }

    private void checkKeys(final ResultSet rows) throws SQLException {
        long keys = 0;
        long count = 0;
        while (rows.next()) {
            keys++;
            count += rows.getLong(3);
        }
        if (keys != KEYS || count != sums[0]) {
            throw new IllegalStateException("keys have other events than the trace: keys=" + keys + " events=" + count);
        }
    }
}
