// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static dev.sluice.store.export.PairTrace.PARSE_BEGIN;
import static dev.sluice.store.export.PairTrace.PARSE_END;
import static dev.sluice.store.export.PairTrace.QUERY_BEGIN;
import static dev.sluice.store.export.PairTrace.QUERY_END;
import static dev.sluice.store.export.PairTrace.TICK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.TestTraces;
import dev.sluice.store.field.FieldName;
import dev.sluice.store.pair.PairName;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our protocol buffers, decoded by protoc with the published numbers of fields. */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class PerfettoExporterTest {
    /**
     * What we write of a trace; fields that protoc does not know would be printed by their numbers. The numbers and
     * types are those of protos/perfetto in the sources of Perfetto, compared with its commit ec5d16b14b.
     */
    private static final String PROTO = "syntax = \"proto2\";\n"
        + "message Trace { repeated Packet packet = 1; }\n"
        + "message Packet { optional uint64 timestamp = 8; optional uint32 clock = 58; optional uint32 sequence = 10;\n"
        + "  optional uint32 flags = 13; optional Snapshot snapshot = 6; optional Interned interned = 12;\n"
        + "  optional Track track = 60; optional Event event = 11; }\n"
        + "message Snapshot { repeated Clock clocks = 1; optional int32 primary = 2; }\n"
        + "message Clock { optional uint32 id = 1; optional uint64 time = 2; }\n"
        + "message Interned { repeated Entry categories = 1; repeated Entry events = 2; repeated Entry fields = 3; }\n"
        + "message Entry { optional uint64 iid = 1; optional string name = 2; }\n"
        + "message Track { optional uint64 uuid = 1; optional uint64 parent = 5; optional string name = 2;\n"
        + "  optional Process process = 3; optional Thread thread = 4; optional Counter counter = 8; }\n"
        + "message Process { optional int32 pid = 1; optional string name = 6; }\n"
        + "message Thread { optional int32 pid = 1; optional int64 tid = 2; optional string name = 5; }\n"
        + "message Counter { }\n"
        + "message Event { optional int32 type = 9; optional uint64 track = 11; optional uint64 category_iid = 3;\n"
        + "  optional uint64 name_iid = 10; optional string category = 22; optional string name = 23;\n"
        + "  optional int64 count = 30; optional double double_count = 44; repeated Annotation args = 4; }\n"
        + "message Annotation { optional uint64 name_iid = 1; optional string name = 10; optional bool bool = 2;\n"
        + "  optional uint64 uint = 3; optional int64 int = 4; optional double double = 5; optional string text = 6;\n"
        + "  repeated Annotation entries = 11; }\n";
    /** Reads the text that protoc prints: lists of pairs of a key and a value, all values as texts. */
    private static final String READ = "import json, re, subprocess, sys\n"
        + "proto, trace = sys.argv[1:]\n"
        + "printed = subprocess.run(['protoc', '--proto_path', proto, '--decode', 'Trace', proto + '/trace.proto'],\n"
        + "    stdin=open(trace, 'rb'), stdout=subprocess.PIPE, check=True).stdout.decode('ascii')\n"
        + "stack = [{}]\n"
        + "escape = re.compile(r'\\\\([0-7]{3}|.)')\n"
        + "plain = {'n': 10, 'r': 13, 't': 9}\n"
        + "def byte(m):\n"
        + "    c = m.group(1)\n"
        + "    return chr(int(c, 8) if len(c) == 3 else plain.get(c, ord(c)))\n"
        + "for line in printed.split('\\n'):\n"
        + "    line = line.strip()\n"
        + "    if line.endswith(' {'):\n"
        + "        inner = {}\n"
        + "        stack[-1].setdefault(line[:-2], []).append(inner)\n"
        + "        stack.append(inner)\n"
        + "    elif line == '}':\n"
        + "        stack.pop()\n"
        + "    elif line:\n"
        + "        key, value = line.split(': ', 1)\n"
        + "        assert not key.isdigit() and key not in stack[-1], line\n"
        + "        if value.startswith('\"'):\n"
        + "            value = escape.sub(byte, value[1:-1]).encode('latin-1').decode('utf-8')\n"
        + "        stack[-1][key] = value\n"
        + "assert len(stack) == 1\n"
        + "json.dump(stack[0]['packet'], sys.stdout)\n";

    @TempDir
    Path temp;

    private final Map<String, String> events = new HashMap<>();
    private final Map<String, String> fields = new HashMap<>();
    private final Map<String, String> tracks = new HashMap<>();

    @BeforeAll
    static void needProtoc() throws InterruptedException {
        boolean isThere;
        try {
            isThere = new ProcessBuilder("protoc", "--version").redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                .waitFor() == 0;
        } catch (final IOException e) {
            isThere = false;
        }
        Assumptions.assumeTrue(isThere, "protoc is not installed: apt-get install protobuf-compiler");
    }

    private JsonNode decode(final Path out) throws Exception {
        final Path proto = Files.createDirectories(temp.resolve("proto"));
        Files.writeString(proto.resolve("trace.proto"), PROTO);
        final JsonNode packets = Python.run(temp, READ, proto, out);
        for (final JsonNode packet : packets) {
            packet.at("/interned/0/events").forEach(entry -> put(events, entry));
            packet.at("/interned/0/fields").forEach(entry -> put(fields, entry));
            final JsonNode track = packet.at("/track/0");
            if (!track.isMissingNode()) {
                final String name = track.has("thread") ? track.at("/thread/0/name").asText() : track.has("process")
                    ? track.at("/process/0/name").asText() : track.get("name").asText();
                tracks.put(track.get("uuid").asText(), name);
            }
        }
        return packets;
    }

    private static void put(final Map<String, String> names, final JsonNode entry) {
        assertThat(names.put(entry.get("iid").asText(), entry.get("name").asText())).isNull();
    }

    private JsonNode export(final TraceEvents trace, final ExportOptions options) throws Exception {
        final Path out = temp.resolve("trace.perfetto");
        ExportFormat.PERFETTO.export(trace, out, options, ExportWatch.SILENT);
        return decode(out);
    }

    private static String text(final FieldSchema field, final Object value) {
        if (value == null) {
            return "";
        }
        return switch (field.type()) {
            case UINT8, UINT16, UINT32, UINT64 -> "uint " + value;
            case BOOL -> "bool " + value;
            case STRING, ENUM8, ENUM16 -> "text " + value;
            case BYTES -> "text " + HexFormat.of().formatHex((byte[]) value);
            case FLOAT32, FLOAT64 -> "double " + ((Number) value).doubleValue();
            default -> "int " + value;
        };
    }

    /** The value of an annotation with its kind. */
    private static String text(final JsonNode annotation) {
        for (final String kind : List.of("bool", "uint", "int", "text")) {
            if (annotation.has(kind)) {
                return kind + ' ' + annotation.get(kind).asText();
            }
        }
        return annotation.has("double") ? "double " + Double.parseDouble(annotation.get("double").asText()
            .replace("nan", "NaN").replace("inf", "Infinity")) : "";
    }

    @Test
    void shouldComeBackEqualWhenProtocDecodesEveryExtreme() throws Exception {
        final ExtremeTrace extreme = new ExtremeTrace();
        int row = 0;
        final List<String> missing = new ArrayList<>();
        for (final JsonNode packet : export(extreme.write(temp.resolve("trace")).events(), ExportOptions.NONE)) {
            final JsonNode event = packet.at("/event/0");
            if (event.path("category").asText().equals("sluice:missing")) {
                missing.add(event.at("/args/0/uint").asText());
            } else if ("odd:all".equals(events.get(event.path("name_iid").asText()))) {
                assertThat(event.get("type").asText()).isEqualTo("3");
                assertThat(tracks.get(event.get("track").asText())).isEqualTo(ExtremeTrace.THREAD);
                assertThat(event.get("args")).hasSize(ExtremeTrace.ALL.fields().size());
                for (int i = 0; i < ExtremeTrace.ALL.fields().size(); i++) {
                    final FieldSchema field = ExtremeTrace.ALL.fields().get(i);
                    final JsonNode annotation = event.get("args").get(i);
                    assertThat(fields.get(annotation.get("name_iid").asText())).isEqualTo(field.name());
                    assertThat(text(annotation)).as(field.name())
                        .isEqualTo(text(field, extreme.rows().get(row).get(i)));
                }
                row++;
            }
        }
        assertThat(row).isEqualTo(extreme.rows().size());
        assertThat(missing).containsExactly("30", "5", "3");
    }

    @Test
    void shouldSayTheWallTimeOfItsTimesWhenReadAlone() throws Exception {
        final PairTrace trace = new PairTrace(temp.resolve("trace"));
        final JsonNode packets = export(trace.event(1, 1_234, 0, TICK, 1).read(), ExportOptions.NONE);
        assertThat(packets.get(0).get("flags").asText()).isEqualTo("1");
        assertThat(packets.get(0).at("/snapshot/0/primary").asText()).isEqualTo("3");
        assertThat(packets.get(0).at("/snapshot/0/clocks").toString()).isEqualTo(
            "[{\"id\":\"3\",\"time\":\"1234\"},{\"id\":\"1\",\"time\":\"" + (TestTraces.BEGIN_NS + 1_234) + "\"}]");
        final JsonNode event = packets.get(packets.size() - 1);
        assertThat(event.get("timestamp").asText()).isEqualTo("1234");
        assertThat(event.get("clock").asText()).isEqualTo("3");
        assertThat(event.get("flags").asText()).isEqualTo("2");
    }

    /** Type, time, track, name and values of the events. */
    private List<String> lines(final JsonNode packets) {
        final List<String> lines = new ArrayList<>();
        for (final JsonNode packet : packets) {
            final JsonNode event = packet.at("/event/0");
            if (!event.isMissingNode()) {
                final StringBuilder line = new StringBuilder(event.get("type").asText()).append(' ')
                    .append(packet.get("timestamp").asText()).append(' ')
                    .append(tracks.get(event.get("track").asText())).append(' ')
                    .append(event.path("name").asText(events.get(event.path("name_iid").asText())))
                    .append(event.path("count").asText()).append(event.path("double_count").asText());
                event.path("args").forEach(argument -> line.append(' ').append(argument.path("name").asText())
                    .append(text(argument)).append(text(argument.at("/entries/0"))));
                lines.add(line.toString());
            }
        }
        return lines;
    }

    @Test
    void shouldHaveSlicesPairsAndCountersWhenAskedFor() throws Exception {
        final PairTrace trace = new PairTrace(temp.resolve("trace"));
        trace.event(1, 1_000, 0, QUERY_BEGIN, 1).event(3, 1_500, 77, QUERY_BEGIN, 9).event(1, 2_000, 0, PARSE_BEGIN, 2)
            .event(2, 3_000, 0, PARSE_END, 2).event(1, 4_000, 0, TICK, 255).event(1, 5_000, 0, QUERY_END, 4)
            .event(1, 6_000, 0, QUERY_BEGIN, 5).lose(1, 7).event(1, 7_000, 0, QUERY_END, 6);
        final JsonNode packets = export(trace.read(), new ExportOptions(
            List.of(PairName.parse("db:query_begin,db:query_end"), PairName.parse("db:parse_begin,db:parse_end,id")),
            List.of(new FieldName("db:tick.id"))));
        assertThat(lines(packets)).containsExactly(
            "1 1000 worker-1 db:query_begin uint 1", "1 1500 v77 db:query_begin uint 9",
            "3 2000 worker-1 db:parse_begin uint 2", "3 3000 worker-2 db:parse_end uint 2",
            "1 2000 db:parse_begin -> db:parse_end db:parse_begin -> db:parse_end",
            "2 3000 db:parse_begin -> db:parse_end null", "3 4000 worker-1 db:tick uint 255",
            "4 4000 db:tick.id null255", "2 5000 worker-1 null db:query_enduint 4",
            "1 6000 worker-1 db:query_begin uint 5",
            "3 7000 worker-1 7 events missing (7 lost) missinguint 7 lostuint 7 overwrittenuint 0 discardeduint 0"
                + " streamtext ring 1",
            "2 7000 worker-1 null sluice:endtext events are missing, and its end may be one of them",
            "3 7000 worker-1 db:query_end uint 6");
    }

    @Test
    void shouldRefuseACounterWhenTheFieldIsNoNumber() {
        final TraceEvents trace = new ExtremeTrace().write(temp.resolve("trace")).events();
        assertThatThrownBy(() -> export(trace, new ExportOptions(List.of(), List.of(new FieldName("STRING")))))
            .isInstanceOf(SelectionException.class).hasMessageContaining("field STRING of odd:all is no number");
        assertThat(temp.resolve("trace.perfetto")).doesNotExist();
    }

    @Test
    void shouldNestInEachThreadAndFileWhenEventsAreRandomAndFilesAreShort() throws Exception {
        final TraceEvents trace = PairTrace.random(temp.resolve("trace"), 5_000);
        final List<Path> outputs;
        final long limit = 100_000;
        try (ExportOutput output = new ExportOutput(temp.resolve("out/trace.perfetto"), false, ExportWatch.SILENT)) {
            final ExportSummary summary = new ExportSummary();
            new EventExport(trace, new PerfettoExporter(output, ExportOptions.NONE, limit), output).run(summary);
            outputs = output.complete();
            assertThat(summary.notices()).containsExactly("the trace is cut into " + outputs.size()
                + " files of less than 4 GiB each");
        }
        assertThat(outputs).hasSizeGreaterThan(3).endsWith(temp.resolve("out/trace-" + outputs.size() + ".perfetto"));
        final Map<String, Deque<String>> stacks = new HashMap<>();
        int count = 0;
        for (final Path out : outputs) {
            assertThat(out).satisfies(file -> assertThat(Files.size(file)).isLessThan(limit + 1_000));
            events.clear();
            fields.clear();
            tracks.clear();
            for (final JsonNode packet : decode(out)) {
                final JsonNode event = packet.at("/event/0");
                if (event.isMissingNode() || event.has("category")) {
                    continue;
                }
                assertThat(tracks).containsKey(event.get("track").asText());
                final Deque<String> stack =
                    stacks.computeIfAbsent(event.get("track").asText(), key -> new ArrayDeque<>());
                final String ended = event.at("/args/0/name").asText();
                count += ended.equals("sluice:end") ? 0 : 1;
                switch (event.get("type").asText()) {
                    case "1" -> stack.push(events.get(event.get("name_iid").asText()));
                    case "2" -> assertThat(ended).isIn("sluice:end", stack.pop().replace("_begin", "_end"));
                    default -> assertThat(events).containsKey(event.get("name_iid").asText());
                }
            }
        }
        assertThat(count).isEqualTo(5_000);
    }
}
