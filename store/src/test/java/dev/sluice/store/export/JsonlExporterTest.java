// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TracePrinter;
import dev.sluice.testsupport.OneJdk;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our JSON lines, read by Python's json module. */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class JsonlExporterTest {
    /** Values as texts, so that Python's own are compared and not what another parser makes of them. */
    private static final String READ = "import json, sys\n"
        + "rows = [json.loads(line) for line in open(sys.argv[1], encoding='utf-8', newline='\\n')]\n"
        + "text = lambda v: v if v is None or isinstance(v, str) else repr(v)\n"
        + "json.dump([[r['missing']] if 'missing' in r else [r['event'], repr(r['time_ns']), r['thread'],\n"
        + "    [text(v) for v in r['fields'].values()]] for r in rows], sys.stdout)\n";

    @TempDir
    Path temp;

    private final ExtremeTrace extreme = new ExtremeTrace();

    private static void requireEqual(final FieldSchema field, final JsonNode read, final Object value) {
        if (value == null) {
            assertThat(read.isNull()).as(field.name()).isTrue();
            return;
        }
        final String text = read.textValue();
        switch (field.type()) {
            case FLOAT32 -> assertThat(Float.parseFloat(text)).as(field.name()).isEqualTo((Float) value);
            case FLOAT64 -> assertThat(Double.parseDouble(text)).as(field.name()).isEqualTo((Double) value);
            case BOOL -> assertThat(text).as(field.name()).isEqualTo((Boolean) value ? "True" : "False");
            case BYTES -> assertThat(text).as(field.name()).isEqualTo(HexFormat.of().formatHex((byte[]) value));
            default -> assertThat(text).as(field.name()).isEqualTo(value.toString());
        }
    }

    @Test
    void shouldComeBackEqualWhenPythonReadsEveryExtreme() throws Exception {
        final TraceReader reader = extreme.write(temp.resolve("trace"));
        final Path out = temp.resolve("trace.jsonl");
        final ExportSummary summary = ExportFormat.JSONL.export(reader.events(), out, ExportWatch.SILENT);
        assertThat(summary.outputs()).containsExactly(out);
        int row = 0;
        final List<Integer> missing = new ArrayList<>();
        for (final JsonNode line : Python.run(temp, READ, out)) {
            if (line.size() == 1) {
                missing.add(line.get(0).intValue());
            } else if (line.get(0).textValue().equals("odd:all")) {
                assertThat(line.get(2).textValue()).isEqualTo(ExtremeTrace.THREAD);
                for (int i = 0; i < ExtremeTrace.ALL.fields().size(); i++) {
                    requireEqual(ExtremeTrace.ALL.fields().get(i), line.get(3).get(i), extreme.rows().get(row).get(i));
                }
                row++;
            }
        }
        assertThat(row).isEqualTo(extreme.rows().size());
        assertThat(missing).containsExactly(30, 5, 3);
    }

    @Test
    void shouldHaveTheLinesThatArePrintedWhenItIsAFile() throws Exception {
        final TraceReader reader = extreme.write(temp.resolve("trace"));
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        new TracePrinter(printed, true).print(reader);
        final Path out = temp.resolve("trace.jsonl");
        ExportFormat.JSONL.export(reader.events(), out, ExportWatch.SILENT);
        assertThat(out).hasBinaryContent(printed.toByteArray());
    }
}
