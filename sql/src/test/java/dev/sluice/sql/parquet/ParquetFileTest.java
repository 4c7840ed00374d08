// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.duckdb.DuckDBDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Columns of random values, which DuckDB reads back. */
@OneJdk
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ParquetFileTest {
    private static final int REPEATS = Integer.getInteger("sluice.seeds", 2);
    private static final int[] SIZES = {1, 7, 8, 9, 127, 128, 129, 130, 1_000, 5_000};

    @TempDir
    Path temp;

    private final PageMaker pages = new PageMaker();

    /** What a column should come back as: Long, Double, Boolean, String or null. */
    private record Expected(String name, ColumnRows rows, List<Object> values) {
    }

    private Random random;

    @Test
    void shouldComeBackEqualWhateverTheValues() throws Exception {
        final long seed = Seed.draw("ParquetFileTest");
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            random = new Random(seed + repeat);
            check(temp.resolve(repeat + ".parquet"), "seed " + (seed + repeat));
        }
    }

    private void check(final Path path, final String what) throws Exception {
        final List<Expected> columns = new ArrayList<>();
        for (final ColumnType type : ColumnType.values()) {
            if (type == ColumnType.TIMESTAMP || type == ColumnType.BYTES) {
                // DuckDB's driver has these in classes of its own; ParquetExportTest reads both.
                continue;
            }
            for (final boolean isOptional : new boolean[] {false, true}) {
                final ParquetFile.Column column =
                    new ParquetFile.Column(type + (isOptional ? "?" : ""), type, isOptional);
                columns.add(new Expected(column.name(),
                    type == ColumnType.TEXT ? new TextRows(column, -1) : new NumberRows(column), new ArrayList<>()));
            }
        }
        int total = 0;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(path))) {
            final ParquetFile file = new ParquetFile(out, columns.stream().map(one -> one.rows().column()).toList());
            for (int group = 0; group < 2; group++) {
                final int rows = SIZES[random.nextInt(SIZES.length)];
                total += rows;
                file.beginGroup(rows);
                for (final Expected column : columns) {
                    fill(column, rows);
                    file.write(column.rows().take(pages));
                }
            }
            file.end();
        }
        assertRead(path, columns, total, what);
    }

    private void fill(final Expected column, final int rows) {
        final ColumnType type = column.rows().column().type();
        final int nulls = column.rows().column().isOptional() ? random.nextInt(4) : 0;
        final LongSupplier numbers = numbers();
        final int most = 1 << random.nextInt(14);
        for (int i = 0; i < rows; i++) {
            // Of four columns that have nulls one has nothing else, and one runs of them.
            final boolean isNull =
                nulls == 1 || nulls == 2 && (i / 40 & 1) == 1 || nulls == 3 && random.nextInt(5) == 0;
            if (isNull) {
                column.rows().addNull();
                column.values().add(null);
            } else if (type == ColumnType.TEXT) {
                final String text = "t\u00e4xt\0".repeat(random.nextInt(3)) + random.nextInt(most);
                ((TextRows) column.rows()).add(text.getBytes(StandardCharsets.UTF_8));
                column.values().add(text);
            } else {
                final long value = narrow(type, numbers.getAsLong());
                ((NumberRows) column.rows()).add(value);
                column.values().add(shown(type, value));
            }
        }
    }

    private LongSupplier numbers() {
        final long base = random.nextLong();
        final long[] last = {base};
        final int bits = random.nextInt(64);
        return switch (random.nextInt(6)) {
            case 0 -> random::nextLong;
            case 1 -> () -> base;
            case 2 -> () -> last[0] += random.nextLong() >>> bits;
            case 3 -> () -> random.nextBoolean() ? Long.MIN_VALUE : random.nextBoolean() ? Long.MAX_VALUE : 0;
            case 4 -> () -> last[0] = random.nextInt(30) == 0 ? random.nextLong() >> bits : last[0];
            default -> () -> base + random.nextInt(70_000);
        };
    }

    private static long narrow(final ColumnType type, final long value) {
        return switch (type) {
            case INT8 -> (byte) value;
            case INT16 -> (short) value;
            case INT32 -> (int) value;
            case UINT8 -> value & 0xFF;
            case UINT16 -> value & 0xFFFF;
            case UINT32, FLOAT -> value & 0xFFFF_FFFFL;
            case BOOLEAN -> value & 1;
            default -> value;
        };
    }

    private static Object shown(final ColumnType type, final long value) {
        return switch (type) {
            case UINT64 -> Long.toUnsignedString(value);
            case FLOAT -> String.valueOf(Float.intBitsToFloat((int) value));
            case DOUBLE -> String.valueOf(Double.longBitsToDouble(value));
            case BOOLEAN -> value == 1 ? "true" : "false";
            default -> String.valueOf(value);
        };
    }

    private static void assertRead(final Path path, final List<Expected> columns, final int total, final String what)
        throws Exception {
        final String file = '\'' + path.toString() + '\'';
        try (Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
             Statement statement = connection.createStatement()) {
            try (ResultSet result = statement.executeQuery("select * from " + file)) {
                int row = 0;
                while (result.next()) {
                    for (int i = 0; i < columns.size(); i++) {
                        final Object found = result.getObject(i + 1);
                        final String text = found == null ? null : String.valueOf(found);
                        if (!Objects.equals(text, columns.get(i).values().get(row))) {
                            assertThat(text).as("%s column %s row %d", what, columns.get(i).name(), row)
                                .isEqualTo(columns.get(i).values().get(row));
                        }
                    }
                    row++;
                }
                assertThat(row).as(what).isEqualTo(total);
            }
            assertBounds(statement, file, columns, what);
        }
    }

    /** A reader passes over groups by their bounds: it finds the same as among rows that have none. */
    private static void assertBounds(final Statement statement, final String file, final List<Expected> columns,
        final String what) throws Exception {
        for (final Expected column : columns) {
            final String name = '"' + column.name() + '"';
            try (ResultSet result = statement.executeQuery("with plain as materialized (select " + name + " as v from "
                + file + ") select (select count(*) from " + file + " where " + name + " = p), (select count(*) from"
                + " plain where v = p), (select count(*) from " + file + " where " + name + " < p), (select count(*)"
                + " from plain where v < p) from (select unnest([min(v), max(v), any_value(v)]) as p from plain)")) {
                while (result.next()) {
                    assertThat(result.getLong(1)).as(what + ' ' + name).isEqualTo(result.getLong(2));
                    assertThat(result.getLong(3)).as(what + ' ' + name).isEqualTo(result.getLong(4));
                }
            }
        }
    }

    @Test
    void shouldTellReadersBoundsThatPutZerosInOrder() throws IOException {
        final NumberRows rows = new NumberRows(new ParquetFile.Column("d", ColumnType.DOUBLE, false));
        rows.add(Double.doubleToRawLongBits(0.0));
        rows.add(Double.doubleToRawLongBits(-0.0));
        final Chunk chunk = rows.take(pages);
        assertThat(chunk.least()).containsExactly(0, 0, 0, 0, 0, 0, 0, 0x80);
        assertThat(chunk.most()).containsOnly(0);
        rows.add(Double.doubleToRawLongBits(Double.NaN));
        rows.add(1);
        assertThat(rows.take(pages).least()).isNull();
    }
}
