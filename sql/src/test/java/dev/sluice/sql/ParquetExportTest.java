// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.ParquetReader;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.TestTraces;
import dev.sluice.store.export.ExportFormat;
import dev.sluice.store.export.ExportSummary;
import dev.sluice.store.export.ExportWatch;
import dev.sluice.store.export.ExtremeTrace;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.duckdb.DuckDBDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Parquet files, read by DuckDB, by Apache's reader for Java and, where it is installed, by Arrow for Python. */
@OneJdk
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ParquetExportTest {
    private static final String READ = "import json, sys, pyarrow.parquet as pq\n"
        + "def value(v):\n"
        + "    return v.hex() if isinstance(v, bytes) else v if v is None or isinstance(v, bool) else str(v)\n"
        + "t = pq.read_table(sys.argv[1])\n"
        + "json.dump([[c for c in t.column_names]] + [[value(v) for v in r.values()] for r in t.drop(['time'])"
        + ".to_pylist()], sys.stdout)\n";

    @TempDir
    Path temp;

    private final ExtremeTrace extreme = new ExtremeTrace();
    private TraceReader reader;
    private Path out;

    @BeforeEach
    void write() {
        reader = extreme.write(temp.resolve("trace"));
        out = temp.resolve("it's parquet");
    }

    private ExportSummary export() {
        return ExportFormat.PARQUET.export(reader.events(), out, ExportWatch.SILENT);
    }

    private static List<List<Object>> rows(final String query) throws Exception {
        final List<List<Object>> rows = new ArrayList<>();
        try (Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
             Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(query)) {
            while (result.next()) {
                final List<Object> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(result.getMetaData().getColumnTypeName(i).equals("BLOB") ? result.getBytes(i)
                        : result.getObject(i));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    private String file(final String name) {
        return '\'' + out.resolve(name).toString().replace("'", "''") + '\'';
    }

    @Test
    void shouldComeBackEqualWhenDuckDbReadsEveryExtreme() throws Exception {
        final ExportSummary summary = export();
        assertThat(summary.outputs()).containsExactly(out);
        assertThat(summary.missing()).isEqualTo(ExtremeTrace.LOST + ExtremeTrace.DISCARDED + ExtremeTrace.REFUSED);
        final List<List<Object>> rows = rows("select * exclude (time) from " + file("odd-all.parquet"));
        assertThat(rows).hasSameSizeAs(extreme.rows());
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i).subList(1, 8))
                .containsExactly(0, 42, ExtremeTrace.TID, ExtremeTrace.THREAD, 27L, null, 7);
            for (int field = 0; field < extreme.rows().get(i).size(); field++) {
                final Object expected = extreme.rows().get(i).get(field);
                final Object found = rows.get(i).get(8 + field);
                if (expected instanceof byte[]) {
                    assertThat(found).isEqualTo(expected);
                } else {
                    assertThat(String.valueOf(found)).as(i + " " + field).isEqualTo(String.valueOf(expected));
                }
            }
        }
        assertThat(rows("select time_ns, missing, lost, discarded, cause from " + file("losses.parquet"))).hasSize(3)
            .contains(List.of(TestTraces.BEGIN_NS + 1_000 + rows.size() + 1, ExtremeTrace.REFUSED, 0L, 0L, "no_slot"));
    }

    @Test
    void shouldBeCompressedByColumnsForThisUserAlone() throws Exception {
        export();
        assertThat(rows("select distinct compression from parquet_metadata(" + file("odd-all.parquet") + ')'))
            .containsExactly(List.of("ZSTD"));
        assertThat(rows("select encodings from parquet_metadata(" + file("odd-all.parquet")
            + ") where path_in_schema = 'thread'").toString()).contains("DICTIONARY");
        try (Stream<Path> files = Files.walk(out)) {
            assertThat(files.map(path -> path.getFileName() + " " + mode(path))).containsExactlyInAnyOrder(
                "it's parquet rwx------", "losses.parquet rw-------", "odd-all.parquet rw-------",
                "___o_d_d-a__b__.parquet rw-------");
        }
    }

    private static String mode(final Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldHaveOnlyWhatIsSelected() throws Exception {
        ExportFormat.PARQUET.export(reader.events().named("odd").where("UINT8 == 255").first(3), out,
            ExportWatch.SILENT);
        assertThat(rows("select \"UINT8\"::int from " + file("odd-all.parquet"))).hasSize(3).containsOnly(List.of(255));
        assertThat(Files.list(out)).hasSize(2);
    }

    @Test
    void shouldLeaveNothingWhenItIsEnded() {
        assertThatThrownBy(() -> ExportFormat.PARQUET.export(reader.events(), out, bytes -> false))
            .isInstanceOf(TraceStoreException.class).hasMessageContaining("was ended");
        assertThat(out).doesNotExist();
    }

    @Test
    void shouldSayInOneSentenceThatTheDiskIsFullAndLeaveNothing() throws Exception {
        final Path mount = Files.createDirectory(temp.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=4k,mode=700", "tmpfs", mount.toString()) == 0,
            "mounting a tmpfs is refused: needs root");
        try {
            assertThatThrownBy(() -> ExportFormat.PARQUET.export(reader.events(), mount.resolve("out"),
                ExportWatch.SILENT)).isInstanceOf(TraceStoreException.class)
                .hasMessageMatching("cannot write the export: .*No space left on device.*\\(-o OUT\\)");
            assertThat(mount).isEmptyDirectory();
        } finally {
            assertThat(run("umount", mount.toString())).isZero();
        }
    }

    private static int run(final String... command) throws Exception {
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start().waitFor();
    }

    /** All rows of a file, as Apache's reader has them. */
    private static List<List<Object>> read(final Path file) throws IOException {
        try (Stream<List<Object>> rows = ParquetReader.streamContent(file.toFile(),
            new Hydrator<List<Object>, List<Object>, String[]>() {
                @Override
                public List<Object> start() {
                    return new ArrayList<>();
                }

                @Override
                public List<Object> add(final List<Object> row, final String[] column, final Object value) {
                    row.add(value);
                    return row;
                }

                @Override
                public List<Object> finish(final List<Object> row) {
                    return row;
                }
            })) {
            return rows.toList();
        }
    }

    /** What the reader has for a value: integers as their bits, and bytes as a text. */
    private static Object stored(final FieldType type, final Object value) {
        if (value == null) {
            return null;
        }
        return switch (type) {
            case INT8, INT16, INT32, UINT8, UINT16, UINT32 -> ((Number) value).intValue();
            case INT64, UINT64 -> ((Number) value).longValue();
            case BYTES -> "0x" + HexFormat.of().withUpperCase().formatHex((byte[]) value);
            default -> value;
        };
    }

    @Test
    void shouldComeBackEqualWhenApachesReaderReadsEveryExtreme() throws Exception {
        export();
        final List<List<Object>> rows = read(out.resolve("odd-all.parquet"));
        assertThat(rows).hasSameSizeAs(extreme.rows());
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i).subList(2, 8))
                .containsExactly(0, 42, ExtremeTrace.TID, ExtremeTrace.THREAD, 27L, null);
            for (int field = 0; field < extreme.rows().get(i).size(); field++) {
                final FieldType type = ExtremeTrace.ALL.fields().get(field).type();
                assertThat(rows.get(i).get(9 + field)).as(i + " " + type)
                    .isEqualTo(stored(type, extreme.rows().get(i).get(field)));
            }
        }
        assertThat(read(out.resolve("losses.parquet"))).hasSize(3);
    }

    @Test
    void shouldComeBackEqualWhenArrowReadsEveryExtreme() throws Exception {
        final String python = System.getProperty("sluice.pyarrow.python", "python3");
        final Process found = new ProcessBuilder(python, "-I", "-c", "import pyarrow.parquet")
            .redirectErrorStream(true).start();
        found.getInputStream().readAllBytes();
        assumeTrue(found.waitFor() == 0, python + " has no pyarrow");
        export();
        final Path read = temp.resolve("read.json");
        final Process process = new ProcessBuilder(python, "-I", "-c", READ, out.resolve("odd-all.parquet").toString())
            .redirectOutput(read.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
        final JsonNode rows = new ObjectMapper().readTree(read.toFile());
        assertThat(rows).hasSize(extreme.rows().size() + 1);
        assertThat(rows.get(0).get(0).textValue()).isEqualTo("time");
        for (int i = 0; i < extreme.rows().size(); i++) {
            for (int field = 0; field < extreme.rows().get(i).size(); field++) {
                assertCell(rows.get(i + 1).get(8 + field), extreme.rows().get(i).get(field), i + " " + field);
            }
        }
    }

    private static void assertCell(final JsonNode cell, final Object expected, final String what) {
        if (expected == null) {
            assertThat(cell.isNull()).as(what).isTrue();
        } else if (expected instanceof byte[] bytes) {
            assertThat(cell.textValue()).as(what).isEqualTo(HexFormat.of().formatHex(bytes));
        } else if (expected instanceof Boolean) {
            assertThat(cell.booleanValue()).as(what).isEqualTo(expected);
        } else if (expected instanceof Float number) {
            assertThat(Float.valueOf(number(cell))).as(what).isEqualTo(number);
        } else if (expected instanceof Double number) {
            assertThat(Double.valueOf(number(cell))).as(what).isEqualTo(number);
        } else {
            assertThat(cell.textValue()).as(what).isEqualTo(expected.toString());
        }
    }

    /** Python's words for what is no number. */
    private static String number(final JsonNode cell) {
        return cell.textValue().replace("nan", "NaN").replace("inf", "Infinity");
    }
}
