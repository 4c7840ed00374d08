// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.export.ctf.CtfExporter;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.TickerInfo;
import dev.sluice.store.report.TracePrinter;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.write.TraceWriter;
import java.io.IOException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events of a sampled clock, in traces made by hand: their intervals, and what shows them. */
class SampledTraceTest {
    private static final long ALLOWED = 1000;

    @TempDir
    private Path directory;

    private TraceReader trace(final BiConsumer<TraceWriter, PacketBuilder> body) {
        final TargetInfo plain = TestTraces.target();
        final TargetInfo target = new TargetInfo(plain.id(), 42, 4711, new UUID(1, 2), Clock.KIND_SAMPLED,
            1_000_000_000L, 1, 1000, "java x", "17");
        final Path trace = directory.resolve("trace");
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            writer.clock(0, new ClockTriple(1_000_000, 1_000_000, TestTraces.BEGIN_NS + 1_000_000));
            body.accept(writer, new PacketBuilder(target.id(), 0, StreamClass.PLATFORM));
        }
        return TraceReader.open(trace);
    }

    private static PacketBuilder events(final PacketBuilder ring, final long... ticks) {
        for (final long one : ticks) {
            ring.event(TestTraces.PAIR, one, 0, one, one);
        }
        return ring;
    }

    private static void ticker(final TraceWriter writer, final long confirmed, final long until,
        final TickerState.Late... late) {
        writer.ticker(0, new TickerInfo(new TickerState(16, ALLOWED, confirmed, late.length, List.of(late)), until));
    }

    private static List<Long> widths(final TraceReader reader) {
        final List<Long> widths = new ArrayList<>();
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            widths.add(cursor.event().widthNs());
        }
        return widths;
    }

    @Test
    void shouldReachToTheNextReadingOrTheTickersEndWhicheverComesFirst() {
        assertThat(widths(trace((writer, ring) -> {
            events(ring, 100, 100, 100, 300, 300).append(writer, 0);
            // The reading at 300 is carried on into the next packet.
            events(ring, 300, 9000, 9000, 20_000, 20_000).append(writer, 0);
            events(ring, 20_000, 50_000, 50_000).append(writer, 0);
            ticker(writer, 50_000, 50_700, new TickerState.Late(19_000, 23_000));
        }))).containsExactly(0L, 200L, 200L, 0L, ALLOWED, ALLOWED, 0L, ALLOWED, 0L, 3000L, 3000L, 0L, 700L);
    }

    @Test
    void shouldTakeNoEventBehindAGapForAReading() {
        assertThat(widths(trace((writer, ring) -> {
            events(ring, 100, 100).append(writer, 0);
            ring.skip(1, 10, 400);
            events(ring, 200, 200, 250).append(writer, 0);
            ticker(writer, 10_000, 20_000);
        }))).as("the reading at 200 may have been in the gap").containsExactly(0L, 100L, 50L, 50L, 0L);
    }

    @Test
    void shouldSayThatNobodyKnowsWhenTheTraceIsCutOff() throws IOException {
        final TraceReader reader = trace((writer, ring) -> {
            ticker(writer, 1000, 1500);
            events(ring, 500, 500, 2000, 2000, 2100, 2100).append(writer, 0);
        });
        assertThat(widths(reader)).containsExactly(0L, ALLOWED, 0L, 100L, 0L, EventView.UNKNOWN_WIDTH);
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        new TracePrinter(text, false).print(reader);
        final List<String> lines = text.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines.get(0)).startsWith("2026-01-02T03:04:05.000000500Z +0ns bench:pair [1000] a=500");
        assertThat(lines.get(1)).startsWith("2026-01-02T03:04:05.000000500Z +1000ns bench:pair");
        assertThat(lines.get(5)).startsWith("2026-01-02T03:04:05.000002100Z +?ns bench:pair");
        final ByteArrayOutputStream json = new ByteArrayOutputStream();
        new TracePrinter(json, true).print(reader);
        final List<JsonNode> nodes = new ArrayList<>();
        for (final String line : json.toString(StandardCharsets.UTF_8).lines().toList()) {
            nodes.add(new ObjectMapper().readTree(line));
        }
        assertThat(nodes.get(1).get("width_ns").asLong()).isEqualTo(ALLOWED);
        assertThat(nodes.get(5).get("width_ns").isNull()).isTrue();
    }

    @Test
    void shouldReportHowLongTheIntervalsAreAndExportItOnce() throws IOException {
        final TraceReader reader = trace((writer, ring) -> {
            events(ring, 100, 100, 100, 300, 300, 20_000, 20_000).append(writer, 0);
            ticker(writer, 50_000, 60_000, new TickerState.Late(19_000, 23_000));
        });
        final TraceReport report = TraceReport.of(reader);
        final JsonNode clock = report.toJson().get("clocks").get(0);
        assertThat(clock.get("kind").asText()).isEqualTo("sampled");
        assertThat(clock.get("width_ns").toString()).isEqualTo("{\"events\":7,\"zero\":3,\"p50\":200,\"p90\":3000,"
            + "\"p99\":3000,\"p99.9\":3000,\"max\":3000,\"unknown\":0}");
        assertThat(clock.get("ticker").toString()).isEqualTo("{\"every\":16,\"late\":1}");
        assertThat(report.toText()).contains("widths    of events' times, ns: 3 of 7 events have 0, p50 200, p99 3,000,"
            + " p99.9 3,000, most 3,000; ticker late 1 time\n");
        new CtfExporter(reader).export(directory.resolve("ctf"));
        assertThat(Files.readString(directory.resolve("ctf").resolve("metadata")))
            .contains("    clock_width_ns = " + ALLOWED + ";\n", "the ticker was late 1 times, by up to 3000 ns");
    }

    @Test
    void shouldHaveNoWidthWhenTheClockIsAnother() throws IOException {
        final Path trace = directory.resolve("nano");
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            events(new PacketBuilder(target.id(), 0, StreamClass.PLATFORM), 5, 5, 9)
                .append(writer, 0);
        }
        final TraceReader reader = TraceReader.open(trace);
        assertThat(widths(reader)).containsExactly(0L, 0L, 0L);
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        new TracePrinter(text, false).print(reader);
        assertThat(text.toString(StandardCharsets.UTF_8)).doesNotContain("ns bench");
        assertThat(TraceReport.of(reader).toJson().get("clocks").get(0).has("width_ns")).isFalse();
    }
}
