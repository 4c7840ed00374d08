// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static dev.sluice.store.export.PairTrace.PARSE_BEGIN;
import static dev.sluice.store.export.PairTrace.PARSE_END;
import static dev.sluice.store.export.PairTrace.QUERY_BEGIN;
import static dev.sluice.store.export.PairTrace.QUERY_END;
import static dev.sluice.store.export.PairTrace.TICK;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.TestTraces;
import dev.sluice.store.pair.PairName;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our trace events, read by Python's json module. */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ChromeExporterTest {
    /** Values as texts, so that Python's own are compared and not what another parser makes of them. */
    private static final String READ = "import json, sys\n"
        + "text = lambda v: v if v is None or isinstance(v, str) else repr(v)\n"
        + "def pairs(items):\n"
        + "    assert len(set(k for k, v in items)) == len(items), items\n"
        + "    return dict(items)\n"
        + "trace = json.load(open(sys.argv[1], encoding='utf-8', newline='\\n'), object_pairs_hook=pairs,\n"
        + "    parse_float=lambda v: v)\n"
        + "for e in trace['traceEvents']:\n"
        + "    assert isinstance(e['pid'], int) and isinstance(e['tid'], int) and abs(e['tid']) < 1 << 53\n"
        + "    for a in [e['args']] + list(e['args'].values()) if 'args' in e else []:\n"
        + "        for k in a if isinstance(a, dict) else []:\n"
        + "            assert not isinstance(a[k], int) or abs(a[k]) <= 1 << 53, e\n"
        + "            a[k] = a[k] if isinstance(a[k], dict) else text(a[k])\n"
        + "json.dump(trace, sys.stdout)\n";

    @TempDir
    Path temp;

    private ExportSummary summary;

    private JsonNode export(final TraceEvents events, final PairName... pairs) throws Exception {
        final Path out = temp.resolve("trace.json");
        summary = ExportFormat.CHROME.export(events, out, new ExportOptions(List.of(pairs), List.of()),
            ExportWatch.SILENT);
        assertThat(summary.outputs()).containsExactly(out);
        return Python.run(temp, READ, out);
    }

    private static void requireEqual(final FieldSchema field, final JsonNode read, final Object value) {
        final String text = read.textValue();
        if (value == null) {
            assertThat(read.isNull()).as(field.name()).isTrue();
        } else if (value instanceof Float) {
            assertThat(Float.parseFloat(text)).as(field.name()).isEqualTo((Float) value);
        } else if (value instanceof Double) {
            assertThat(Double.parseDouble(text)).as(field.name()).isEqualTo((Double) value);
        } else if (value instanceof Boolean) {
            assertThat(text).as(field.name()).isEqualTo((Boolean) value ? "True" : "False");
        } else if (value instanceof byte[] bytes) {
            assertThat(text).as(field.name()).isEqualTo(HexFormat.of().formatHex(bytes));
        } else {
            assertThat(text).as(field.name()).isEqualTo(value.toString());
        }
    }

    @Test
    void shouldComeBackEqualWhenPythonReadsEveryExtreme() throws Exception {
        final ExtremeTrace extreme = new ExtremeTrace();
        final JsonNode trace = export(extreme.write(temp.resolve("trace")).events());
        int row = 0;
        final List<String> missing = new ArrayList<>();
        final Map<String, String> names = new HashMap<>();
        for (final JsonNode event : trace.get("traceEvents")) {
            if (event.get("ph").textValue().equals("M")) {
                names.put(event.get("name").textValue() + event.get("tid"), event.at("/args/name").textValue());
            } else if (event.get("cat").textValue().equals("sluice:missing")) {
                missing.add(event.at("/args/missing").textValue());
            } else if (event.get("name").textValue().equals("odd:all")) {
                final int ns = row + (row == extreme.rows().size() - 1 ? 1 : 0);
                assertThat(event.get("ts").textValue()).isEqualTo(String.format("0.%03d", ns));
                assertThat(event.get("tid").intValue()).isEqualTo(ExtremeTrace.TID);
                assertThat(event.get("args").size()).isEqualTo(ExtremeTrace.ALL.fields().size());
                for (final FieldSchema field : ExtremeTrace.ALL.fields()) {
                    requireEqual(field, event.get("args").get(field.name()),
                        extreme.rows().get(row).get(ExtremeTrace.ALL.fields().indexOf(field)));
                }
                row++;
            }
        }
        assertThat(row).isEqualTo(extreme.rows().size());
        assertThat(missing).containsExactly("30", "5", "3");
        assertThat(names).containsEntry("thread_name" + ExtremeTrace.TID, ExtremeTrace.THREAD)
            .containsEntry("process_name0", TestTraces.target().commandLine());
        assertThat(trace.at("/otherData/begin_time_ns").textValue())
            .isEqualTo(Long.toString(TestTraces.BEGIN_NS + 1_000));
        assertThat(trace.at("/otherData/missing_events").textValue()).isEqualTo("38");
        assertThat(summary.missing()).isEqualTo(38);
    }

    /** Phase, time and name of the events, and all of their arguments. */
    private static List<String> lines(final JsonNode trace) {
        final List<String> lines = new ArrayList<>();
        trace.get("traceEvents").forEach(event -> {
            if (!event.get("ph").textValue().equals("M")) {
                lines.add(event.get("ph").textValue() + ' ' + event.get("ts").textValue() + ' '
                    + event.path("name").asText("-") + ' ' + event.at("/id2/local").asText(event.path("id").asText())
                    + event.path("args"));
            }
        });
        return lines;
    }

    @Test
    void shouldNestSlicesWhenEventsBeginAndEnd() throws Exception {
        final PairTrace trace = new PairTrace(temp.resolve("trace"));
        trace.event(1, 1_000, 0, QUERY_BEGIN, 1).event(1, 2_000, 0, PARSE_BEGIN, 2).event(1, 2_500, 0, TICK, 3)
            .event(1, 3_001, 0, QUERY_END, 4).event(1, 4_000, 0, PARSE_END, 5).event(1, 5_000, 0, QUERY_BEGIN, 6)
            .lose(1, 7).event(1, 6_000, 0, QUERY_END, 8);
        assertThat(lines(export(trace.read()))).containsExactly(
            "B 0.000 db:query_begin {\"id\":\"1\"}", "B 1.000 db:parse_begin {\"id\":\"2\"}",
            "i 1.500 db:tick {\"id\":\"3\"}",
            "E 2.001 - {\"sluice:end\":\"no end was seen before the slice around it ended\"}",
            "E 2.001 db:query_end {\"db:query_end\":{\"id\":\"4\"}}", "i 3.000 db:parse_end {\"id\":\"5\"}",
            "B 4.000 db:query_begin {\"id\":\"6\"}",
            "i 5.000 7 events missing (7 lost) {\"missing\":\"7\",\"lost\":\"7\",\"overwritten\":\"0\","
                + "\"discarded\":\"0\",\"stream\":\"ring 1\"}",
            "E 5.000 - {\"sluice:end\":\"events are missing, and its end may be one of them\"}",
            "i 5.000 db:query_end {\"id\":\"8\"}");
    }

    @Test
    void shouldHaveTracksOfTheirOwnWhenThreadsAreVirtualOrPairsHaveKeys() throws Exception {
        final PairTrace trace = new PairTrace(temp.resolve("trace"));
        trace.event(3, 1_000, 77, QUERY_BEGIN, 1).event(1, 2_000, 0, PARSE_BEGIN, 2).event(2, 3_000, 0, PARSE_END, 2)
            .event(4, 4_000, 77, QUERY_END, 3);
        assertThat(lines(export(trace.read(), PairName.parse("db:query_begin,db:query_end"),
            PairName.parse("db:parse_begin,db:parse_end,id")))).containsExactly(
            "b 0.000 db:query_begin v77{\"id\":\"1\"}", "i 1.000 db:parse_begin {\"id\":\"2\"}",
            "i 2.000 db:parse_end {\"id\":\"2\"}", "b 1.000 db:parse_begin -> db:parse_end p1",
            "e 2.000 db:parse_begin -> db:parse_end p1", "e 3.000 db:query_end v77{\"db:query_end\":{\"id\":\"3\"}}");
    }

    @Test
    void shouldCloseTheSliceThatTheEndBelongsToWhenEventsAreRandom() throws Exception {
        final JsonNode trace = export(PairTrace.random(temp.resolve("trace"), 5_000));
        final Map<String, Deque<String>> stacks = new HashMap<>();
        int events = 0;
        for (final JsonNode event : trace.get("traceEvents")) {
            final Deque<String> stack = stacks.computeIfAbsent(
                event.at("/id2/local").asText(event.get("tid").asText()), key -> new ArrayDeque<>());
            final String phase = event.get("ph").textValue();
            final boolean isEvent = !phase.equals("M") && event.path("name").asText().startsWith("db:");
            events += isEvent ? 1 : 0;
            if (phase.equalsIgnoreCase("b")) {
                stack.push(event.get("name").textValue());
            } else if (phase.equalsIgnoreCase("e")) {
                assertThat(stack).isNotEmpty();
                final String begin = stack.pop();
                if (isEvent) {
                    assertThat(event.get("name").textValue()).isEqualTo(begin.replace("_begin", "_end"));
                }
            } else if (isEvent) {
                assertThat(stack).doesNotContain(event.get("name").textValue().replace("_end", "_begin"));
            }
        }
        assertThat(events).isEqualTo(5_000);
    }
}
