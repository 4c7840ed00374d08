// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.store.TestTraces;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our tables, read by Python's csv module. */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class CsvExporterTest {
    private static final String READ = "import csv, json, sys\n"
        + "csv.field_size_limit(1 << 30)\n"
        + "with open(sys.argv[1], newline='', encoding='utf-8') as f:\n"
        + "    json.dump(list(csv.reader(f, strict=True)), sys.stdout)\n";

    @TempDir
    Path temp;

    private final ExtremeTrace extreme = new ExtremeTrace();

    private List<List<String>> table(final Path out, final String name) throws Exception {
        final List<List<String>> rows = new ArrayList<>();
        for (final JsonNode row : Python.run(temp, READ, out.resolve(name))) {
            final List<String> cells = new ArrayList<>();
            row.forEach(cell -> cells.add(cell.textValue()));
            rows.add(cells);
        }
        return rows;
    }

    private static String cell(final Object value) {
        return value == null ? "" : value instanceof byte[] bytes ? "0x" + HexFormat.of().formatHex(bytes)
            : value.toString();
    }

    @Test
    void shouldComeBackEqualWhenPythonReadsEveryExtreme() throws Exception {
        final TraceReader reader = extreme.write(temp.resolve("trace"));
        final Path out = temp.resolve("csv");
        final ExportSummary summary = ExportFormat.CSV.export(reader.events(), out, ExportWatch.SILENT);
        assertThat(summary.outputs()).containsExactly(out);
        final List<List<String>> rows = table(out, "odd-all.csv");
        final List<String> header = new ArrayList<>(List.of("time_ns", "pid", "tid", "thread", "java_thread_id",
            "virtual_thread_id", "ring"));
        ExtremeTrace.ALL.fields().forEach(field -> header.add(field.name()));
        assertThat(rows.get(0)).isEqualTo(header);
        assertThat(rows).hasSize(extreme.rows().size() + 1);
        for (int i = 0; i < extreme.rows().size(); i++) {
            final long at = TestTraces.BEGIN_NS + 1_000 + i + (i == extreme.rows().size() - 1 ? 1 : 0);
            final List<String> expected = new ArrayList<>(List.of(Long.toString(at), "42",
                Integer.toString(ExtremeTrace.TID), ExtremeTrace.THREAD, "27", "", "7"));
            extreme.rows().get(i).forEach(value -> expected.add(cell(value)));
            assertThat(rows.get(i + 1)).as("event " + i).isEqualTo(expected);
        }
        assertThat(summary.events()).isEqualTo(extreme.rows().size() + 2);
    }

    @Test
    void shouldTellNullFromAnEmptyTextWhenReadAsRfc4180HasIt() throws Exception {
        final Path out = temp.resolve("csv");
        ExportFormat.CSV.export(extreme.write(temp.resolve("trace")).events(), out, ExportWatch.SILENT);
        // The first event's text is empty, and its bytes are none; a later one's labels and bytes are null.
        assertThat(Files.readString(out.resolve("odd-all.csv"))).contains(",\"A\",\"A\",\"\",0x\n", ",,,\"a\0b\",\n");
    }

    @Test
    void shouldBringForeignNamesIntoFilesAndColumnsOfTheirOwn() throws Exception {
        final Path out = temp.resolve("csv");
        ExportFormat.CSV.export(extreme.write(temp.resolve("trace")).events(), out, ExportWatch.SILENT);
        assertThat(Files.list(out).map(path -> path.getFileName().toString()).sorted())
            .containsExactly("___o_d_d-a__b__.csv", "losses.csv", "odd-all.csv");
        final List<List<String>> rows = table(out, "___o_d_d-a__b__.csv");
        assertThat(rows.get(0)).endsWith("ring", "tid_2", "x", "X_2", "a,\"b\"\n");
        assertThat(rows.get(1)).endsWith("7", "1", "2", "3", "4");
        assertThat(rows.get(2)).endsWith("1008", "carrier", "28", "77", "8", "5", "6", "7", "8");
        try (Stream<Path> files = Files.walk(out)) {
            assertThat(files).allSatisfy(path -> assertThat(PosixFilePermissions.toString(
                Files.getPosixFilePermissions(path))).isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
        }
    }

    @Test
    void shouldListEveryMissingEventWhenSomeAreStoredNowhere() throws Exception {
        final Path out = temp.resolve("csv");
        final ExportSummary summary =
            ExportFormat.CSV.export(extreme.write(temp.resolve("trace")).events(), out, ExportWatch.SILENT);
        final List<List<String>> rows = table(out, "losses.csv");
        assertThat(rows.get(0)).containsExactly("time_ns", "pid", "tid", "thread", "stream", "ring", "missing", "lost",
            "overwritten", "discarded", "cause");
        // The lost batches stand before the event that came next, what the ring refused at the end.
        final long next = TestTraces.BEGIN_NS + 1_000 + extreme.rows().size();
        final String end = Long.toString(next + 1);
        assertThat(rows.subList(1, rows.size())).containsExactly(
            List.of(Long.toString(next), "42", Integer.toString(ExtremeTrace.TID), ExtremeTrace.THREAD, "ring", "7",
                "30", "30", "0", "0", ""),
            List.of(end, "42", "", "", "ring", "7", "5", "0", "0", "5", ""),
            List.of(end, "42", "", "", "", "", "3", "0", "0", "0", "no_slot"));
        assertThat(summary.missing()).isEqualTo(ExtremeTrace.LOST + ExtremeTrace.DISCARDED + ExtremeTrace.REFUSED);
    }

    @Test
    void shouldHaveOnlyWhatIsSelected() throws Exception {
        final Path out = temp.resolve("csv");
        final TraceReader reader = extreme.write(temp.resolve("trace"));
        ExportFormat.CSV.export(reader.events().named("odd").where("UINT8 == 255").first(3), out, ExportWatch.SILENT);
        assertThat(table(out, "odd-all.csv")).hasSize(4);
        assertThat(Files.list(out)).hasSize(2);
    }
}
