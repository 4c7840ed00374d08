// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OneJdk
class TraceReportTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final EventSchema KINDS = new EventSchema(2, "kinds", "all", List.of(
        new FieldSchema("big", FieldType.UINT64), new FieldSchema("signed", FieldType.INT64),
        new FieldSchema("real", FieldType.FLOAT64), new FieldSchema("text", FieldType.STRING),
        new FieldSchema("color", FieldType.ENUM8, List.of("RED", "GREEN")), new FieldSchema("flag", FieldType.BOOL)));

    @TempDir
    Path temp;

    private final TargetInfo target = TestTraces.target();

    private TraceReport report(final Consumer<TraceWriter> body) {
        final Path directory = temp.resolve("t" + System.nanoTime());
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR, KINDS));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            body.accept(writer);
        }
        return TraceReport.of(TraceReader.open(directory));
    }

    private PacketBuilder pairs(final int ring, final int count) {
        final PacketBuilder packets = new PacketBuilder(target.id(), ring);
        return add(packets, count);
    }

    private static PacketBuilder add(final PacketBuilder packets, final int count) {
        for (int i = 0; i < count; i++) {
            packets.event(TestTraces.PAIR, (packets.written() + i) * 1_000, 0, (long) i, -1L);
        }
        return packets;
    }

    @Test
    void shouldHoldTheAccountWhenEndIsKnown() throws Exception {
        final TraceReport report = report(writer -> {
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 1, 1000, 20, "w", 0, 0, 0, 0));
            final PacketBuilder packets = pairs(0, 100).append(writer, 0);
            add(packets.skip(2, 40, 960).counts(7, 5), 50).append(writer, 0);
            writer.loss(0, new LossInfo(0, LossCause.BUFFER_FULL, 20, 1));
            writer.loss(0, new LossInfo(0, LossCause.COPY_FAULT, 15, 1));
            writer.loss(0, new LossInfo(LossInfo.NO_RING, LossCause.TRAP_MISSED, 3, 3));
            writer.end(0, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS, List.of(
                new RingAccount(StreamKey.ofRing(0), 190, 7, 5, 35, 4, 4, 2_000_000),
                new RingAccount(StreamKey.ofRing(1), 0, 9, 0, 0, 0, 0, 0)), Map.of(RefusalCause.NO_MEMORY, 11L)));
        });
        final JsonNode json = json(report);
        assertThat(json.get("fired").asLong()).isEqualTo(190 + 7 + 9 + 11 + 3);
        assertThat(json.get("stored").asLong()).isEqualTo(150);
        assertThat(json.get("discarded").asLong()).isEqualTo(27);
        assertThat(json.get("overwritten").asLong()).isEqualTo(5);
        assertThat(json.get("lost")).isEqualTo(
            MAPPER.readTree("{\"buffer_full\":20,\"copy_fault\":15,\"trap_missed\":3}"));
        assertThat(json.get("traps").asLong()).isEqualTo(4);
        assertThat(json.get("bytes").asLong()).isEqualTo(150 * 24 + 2 * 128);
        assertThat(json.get("end").asText()).isEqualTo("known");
        assertThat(json.get("consistent").asBoolean()).isTrue();
        assertThat(json.get("refused").get("no_memory").asLong()).isEqualTo(11);
        assertThat(json.get("events").get(0).get("name").asText()).isEqualTo("bench:pair");
        assertThat(json.get("events").get(0).get("count").asLong()).isEqualTo(150);
        assertThat(json.get("events").get(1).get("count").asLong()).isZero();
        assertThat(json.get("gaps").get(0).get("events").asLong()).isEqualTo(35);
        assertThat(report.account().isWhole()).isFalse();
        assertThat(report.toText()).contains("stored + discarded + overwritten + lost = fired: yes\n")
            .contains("of them buffer_full", "of them no_memory", "known, detached at 2026-01-02T03:04:05.000000000Z");
    }

    private static JsonNode json(final TraceReport report) throws Exception {
        final StringWriter out = new StringWriter();
        report.writeJson(out);
        assertThat(out.toString()).endsWith("}\n").hasLineCount(1);
        return MAPPER.readTree(out.toString());
    }

    @Test
    void shouldSayThatItIsWholeWhenEverythingWasStored() {
        final TraceReport report = report(writer -> {
            pairs(3, 1000).append(writer, 0);
            writer.end(0, new EndInfo(EndKind.TARGET_EXITED, true, 1,
                List.of(new RingAccount(StreamKey.ofRing(3), 1000, 0, 0, 0, 1, 1, 0)), Map.of()));
        });
        assertThat(report.account().isWhole()).isTrue();
        assertThat(report.account().fired()).isEqualTo(1000);
        assertThat(report.account().lost()).isEmpty();
    }

    @Test
    void shouldSayWhatIsMissingWhenTheAccountDoesNotHold() throws Exception {
        final TraceReport report = report(writer -> {
            pairs(3, 1000).append(writer, 0);
            writer.end(0, new EndInfo(EndKind.TARGET_EXITED, true, 1,
                List.of(new RingAccount(StreamKey.ofRing(3), 1010, 0, 0, 0, 1, 1, 0)), Map.of()));
        });
        assertThat(report.account().difference()).isEqualTo(10);
        assertThat(json(report).get("consistent").asBoolean()).isFalse();
        assertThat(report.toText()).contains("= fired: NO, 10 events are not accounted for");
    }

    @Test
    void shouldTakeTheAccountFromPacketsWhenEndIsUnknown() throws Exception {
        final TraceReport report = report(writer -> {
            final PacketBuilder packets = pairs(0, 100).append(writer, 0);
            add(packets.skip(2, 40, 960).counts(7, 5), 50).append(writer, 0);
            writer.loss(0, new LossInfo(0, LossCause.BUFFER_FULL, 20, 1));
        });
        final JsonNode json = json(report);
        assertThat(json.get("end").asText()).isEqualTo("unknown");
        assertThat(json.get("fired").asLong()).isEqualTo(190 + 7);
        assertThat(json.get("lost")).isEqualTo(MAPPER.readTree("{\"buffer_full\":20,\"unexplained\":15}"));
        assertThat(report.account().isConsistent()).isTrue();
        assertThat(report.account().isWhole()).isFalse();
        assertThat(report.toText()).contains("unknown: the recording was cut off");
    }

    @Test
    void shouldNotTakeBatchesForTrapsWhenEndIsUnknown() throws Exception {
        final TraceReport report = report(writer -> pairs(0, 100).append(writer, 0));
        assertThat(json(report).get("batches").asLong()).isEqualTo(1);
        assertThat(json(report).get("traps").isNull()).isTrue();
        assertThat(json(report).get("blocked_ns").isNull()).isTrue();
        assertThat(report.toText()).containsPattern("traps +unknown\n +blocked ms +unknown\n");
        assertThat(json(report(writer -> { })).get("traps").isNull()).isTrue();
        // Of a trap stream each event is a trap.
        final TraceReport traps = report(writer -> add(new PacketBuilder(target.id(), 0, StreamClass.TRAP), 3)
            .append(writer, 0));
        assertThat(json(traps).get("traps").asLong()).isEqualTo(3);
        assertThat(json(traps).get("blocked_ns").asLong()).isZero();
    }

    @Test
    void shouldCountLossesThatNoPacketFollowsWhenEndIsUnknown() throws Exception {
        final TraceReport report = report(writer -> {
            pairs(0, 100).append(writer, 0);
            writer.loss(0, new LossInfo(0, LossCause.CONSUMER_GONE, 20, 1));
            writer.loss(0, new LossInfo(LossInfo.NO_RING, LossCause.BUFFER_FULL, 3, 0));
        });
        assertThat(report.account().fired()).isEqualTo(123);
        assertThat(report.account().isConsistent()).isTrue();
        assertThat(report.account().lostTotal()).isEqualTo(23);
    }

    @Test
    void shouldLeaveOutWhatWasOverwrittenBehindTheLastPacketWhenEndIsUnknown() throws Exception {
        final TraceReport report = report(writer -> {
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            packets.event(TestTraces.PAIR, 1, 0, 1L, 2L).append(writer, 0);
            // Of 50 overwritten events 20 come before this packet: its owner has stepped over it while it was read.
            packets.skip(0, 20, 480).counts(0, 50).event(TestTraces.PAIR, 2, 0, 3L, 4L).append(writer, 0);
        });
        assertThat(report.account().isConsistent()).as("%s", report.toJson()).isTrue();
        assertThat(report.account().fired()).isEqualTo(22);
        assertThat(report.account().overwritten()).isEqualTo(20);
        assertThat(report.account().lostTotal()).isZero();
        assertThat(report.reader().gaps()).isEmpty();
    }

    @Test
    void shouldSumExactlyWhenValuesPassSixtyFourBits() throws Exception {
        final TraceReport report = report(writer -> {
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            final double[] reals = {1.5, Double.NaN, -1e300, 2.5};
            for (int i = 0; i < 4; i++) {
                packets.event(KINDS, i, 0, i == 3 ? 5L : -1L, i == 0 ? Long.MAX_VALUE : Long.MIN_VALUE, reals[i],
                    "é".repeat(i), (long) (i == 3 ? 9 : i & 1), i > 0);
            }
            packets.append(writer, 0);
        });
        final JsonNode fields = json(report).get("events").get(1).get("fields");
        final BigInteger max = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
        assertThat(fields.get(0).get("sum").bigIntegerValue()).isEqualTo(
            max.multiply(BigInteger.valueOf(3)).add(BigInteger.valueOf(5)));
        assertThat(fields.get(0).get("max").bigIntegerValue()).isEqualTo(max);
        assertThat(fields.get(0).get("min").bigIntegerValue()).isEqualTo(BigInteger.valueOf(5));
        assertThat(fields.get(0).get("p90").bigIntegerValue()).isEqualTo(max);
        assertThat(fields.get(1).get("sum").bigIntegerValue()).isEqualTo(BigInteger.valueOf(Long.MIN_VALUE)
            .multiply(BigInteger.valueOf(3)).add(BigInteger.valueOf(Long.MAX_VALUE)));
        assertThat(fields.get(1).get("min").asLong()).isEqualTo(Long.MIN_VALUE);
        assertThat(fields.get(1).get("p50").asLong()).isLessThanOrEqualTo(-(Long.MAX_VALUE / 128 * 127));
        assertThat(fields.get(2).get("min").asDouble()).isEqualTo(-1e300);
        assertThat(fields.get(2).get("max").asDouble()).isEqualTo(2.5);
        assertThat(fields.get(3).get("of").asText()).isEqualTo("length");
        assertThat(fields.get(3).get("sum").asLong()).isEqualTo(12);
        assertThat(fields.get(4).get("values")).isEqualTo(MAPPER.readTree("{\"RED\":2,\"GREEN\":1,\"#9\":1}"));
        assertThat(fields.get(5).get("values")).isEqualTo(MAPPER.readTree("{\"false\":1,\"true\":3}"));
    }

    @Test
    void shouldTellNullAndCodesWithoutALabelFromLabelsThatLookLikeThem() throws Exception {
        final EventSchema odd = new EventSchema(3, "p", "odd",
            List.of(new FieldSchema("label", FieldType.ENUM8, List.of("null", "?", "#8", "A", "A")),
                new FieldSchema("text", FieldType.STRING)));
        final TraceReport report = report(writer -> {
            writer.schema(0, TestTraces.log(odd));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            final long none = NullValue.code(FieldType.ENUM8);
            final long[] codes = {0, 1, 1, 2, 3, 4, 7, 7, 7, 8, 9, none, none};
            for (int i = 0; i < codes.length; i++) {
                packets.event(odd, i, 0, codes[i], i == 0 ? NullValue.TEXT : "x");
            }
            packets.append(writer, 0);
        });
        final JsonNode fields = json(report).get("events").get(2).get("fields");
        assertThat(fields.get(0).get("values")).isEqualTo(
            MAPPER.readTree("{\"null\":1,\"?\":2,\"#8\":2,\"A\":2,\"#7\":3,\"#9\":1}"));
        assertThat(fields.get(0).get("null").asLong()).isEqualTo(2);
        assertThat(fields.get(1).get("null").asLong()).isEqualTo(1);
        assertThat(fields.get(1).has("values")).isFalse();
        final String text = report.toText();
        assertThat(text.substring(text.indexOf("value  count")).lines().skip(1).limit(10)
            .map(line -> line.trim().replaceAll(" +", " "))).containsExactly("p:odd.label \"null\" 1",
            "p:odd.label ? 2",
            "p:odd.label #8 1", "p:odd.label A 1", "p:odd.label A 1", "p:odd.label #7 3", "p:odd.label #8 1",
            "p:odd.label #9 1", "p:odd.label null 2", "p:odd.text (length) null 1");
    }

    @Test
    void shouldKeepTheSignOfZeroInJson() {
        final EventSchema zeros = new EventSchema(3, "p", "zeros", List.of(new FieldSchema("f", FieldType.FLOAT32),
            new FieldSchema("d", FieldType.FLOAT64), new FieldSchema("positive", FieldType.FLOAT64)));
        final TraceReport report = report(writer -> {
            writer.schema(0, TestTraces.log(zeros));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            for (int i = 0; i < 3; i++) {
                final double value = i == 2 ? 1.5 : -0.0;
                packets.event(zeros, i, 0, value, value, i == 2 ? 1.5 : 0.0);
            }
            packets.append(writer, 0);
        });
        final JsonNode fields = report.toJson().get("events").get(2).get("fields");
        for (int i = 0; i < 2; i++) {
            assertThat(fields.get(i).toString()).contains("\"min\":-0.0,\"max\":1.5,\"p50\":-0.0,\"p90\":1.5");
            assertThat(report.events().get(2).fields().get(i).log2Buckets().get(0).toString()).isEqualTo(
                "Bucket[from=0.0, to=0.0, count=2]");
        }
        assertThat(fields.get(2).toString()).contains("\"min\":0.0,\"max\":1.5,\"p50\":0.0,\"p90\":1.5");
    }

    @Test
    void shouldMeasureByTheMonotonicClockWhenTheWallClockWasSet() throws Exception {
        final long second = 1_000_000_000L;
        final TraceReport report = report(writer -> {
            writer.clock(0, new ClockTriple(4 * second, 4 * second, TestTraces.BEGIN_NS + 4 * second));
            writer.clock(0, new ClockTriple(5 * second, 5 * second, TestTraces.BEGIN_NS + 3605 * second));
            writer.clock(0, new ClockTriple(6 * second, 6 * second, TestTraces.BEGIN_NS + 6 * second));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            for (int i = 1; i <= 9; i++) {
                packets.event(TestTraces.PAIR, i * second - 1, 0, (long) i, -1L);
                packets.event(KINDS, i * second, 0, 1L, 1L, 1.0, "", 0L, true);
            }
            packets.append(writer, 0);
        });
        assertThat(report.durationNs()).isEqualTo(8 * second + 1);
        final JsonNode json = json(report);
        assertThat(json.get("events").get(0).get("rate").asDouble()).isEqualTo(9e9 / (8e9 + 1));
        assertThat(json.get("events").get(1).get("rate")).isEqualTo(json.get("events").get(0).get("rate"));
        assertThat(json.get("clock_steps")).isEqualTo(MAPPER.readTree("""
            [{"target":0,"time_before":"2026-01-02T03:04:10.000000000Z","time_after":"2026-01-02T04:04:10.000000000Z",
              "step_ns":3600000000000,"monotonic_ns":5000000000,"within_ns":1000000000},
             {"target":0,"time_before":"2026-01-02T04:04:11.000000000Z","time_after":"2026-01-02T03:04:11.000000000Z",
              "step_ns":-3600000000000,"monotonic_ns":6000000000,"within_ns":1000000000}]"""));
        assertThat(report.toText()).contains("events    18 in 8.000 s, 2 a second")
            .containsPattern("03:04:10.000000000Z  2026-01-02T04:04:10.000000000Z +\\+3,600.000000 +1.000 +0\n")
            .containsPattern("04:04:11.000000000Z  2026-01-02T03:04:11.000000000Z +-3,600.000000 +1.000 +0\n");
        final ByteArrayOutputStream lines = new ByteArrayOutputStream();
        new TracePrinter(lines, false).print(report.reader());
        final List<String> times = text(lines).lines().map(line -> line.substring(11, 19)).toList();
        assertThat(times).containsExactly("03:04:05", "03:04:06", "03:04:06", "03:04:07", "03:04:07", "03:04:08",
            "03:04:08", "03:04:09", "03:04:09", "04:04:10", "04:04:10", "03:04:11", "03:04:11", "03:04:12", "03:04:12",
            "03:04:13", "03:04:13", "03:04:14");
    }

    @Test
    void shouldSayWhatPercentilesAreWhenReported() throws Exception {
        final TraceReport report = report(writer -> {
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            for (int i = 0; i < 100; i++) {
                final double real = i == 0 ? Double.NaN : 0.0;
                packets.event(KINDS, i, 0, 1_000_000_000L + i, 1L, real, "", (long) (i / 60), true);
            }
            packets.append(writer, 0);
        });
        final JsonNode json = json(report);
        assertThat(json.get("percentile_error").asDouble()).isEqualTo(0.01);
        final JsonNode fields = json.get("events").get(1).get("fields");
        // A counter: its median is in the middle.
        assertThat(fields.get(0).get("p50").asLong()).isBetween(1_000_000_045L, 1_000_000_055L);
        assertThat(fields.get(0).get("max").asLong()).isEqualTo(1_000_000_099L);
        assertThat(fields.get(2).get("nan").asLong()).isEqualTo(1);
        assertThat(fields.get(2).get("p50").asDouble()).isZero();
        assertThat(fields.get(4).get("p50").asText()).isEqualTo("RED");
        assertThat(fields.get(4).get("p90").asText()).isEqualTo("GREEN");
        assertThat(fields.get(4).get("max").asText()).isEqualTo("GREEN");
        assertThat(fields.get(4).get("sum").isNull()).isTrue();
        assertThat(report.toText()).contains("percentiles are approximate: at most 1 % off",
            "kinds:all.real (without 1 NaN)").containsPattern("kinds:all.color +RED +60\n")
            .containsPattern("kinds:all.color +RED +RED +GREEN +GREEN +GREEN +GREEN +-\n");
    }

    @Test
    void shouldSayWhatFirstEventsHaveCostWhenTheTraceKnows() throws Exception {
        final ThreadInfo cheap = new ThreadInfo(0, StreamClass.PLATFORM, 1, 1000, 20, "w", 0, 0, 0, 0, 250_000);
        final ThreadInfo dear = new ThreadInfo(1, StreamClass.CARRIER, 1, 1001, 21, "x", 0, 0, 0, 0, 1_612_000);
        final ThreadInfo silent = new ThreadInfo(2, StreamClass.PLATFORM, 1, 1002, 22, "y", 0, 0, 0, 0);
        final TraceReport report = report(writer -> {
            writer.thread(0, cheap);
            writer.thread(0, dear);
            writer.thread(0, silent);
            writer.thread(0, cheap.named("renamed"));
        });
        final JsonNode first = json(report).get("targets").get(0).get("first_event");
        assertThat(first.get("threads").asLong()).isEqualTo(2);
        assertThat(first.get("most_ns").asLong()).isEqualTo(1_612_000);
        assertThat(report.toText())
            .contains("\ncosts     a ring cost a thread at most 1.612 ms of processor time, at its first event"
                + " (2 threads)\n");
        final TraceReport unknown = report(writer -> writer.thread(0, silent));
        assertThat(json(unknown).get("targets").get(0).has("first_event")).isFalse();
        assertThat(unknown.toText()).doesNotContain("first event");
        // An older version has written no more than the name.
        final byte[] written = DocumentCodec.encode(dear);
        assertThat(DocumentCodec.decodeThread(written)).isEqualTo(dear);
        assertThat(DocumentCodec.decodeThread(Arrays.copyOf(written, written.length - Long.BYTES)).firstCostNs())
            .isZero();
    }

    @Test
    void shouldMarkThePlacesWhereEventsAreMissingWhenPrinted() throws Exception {
        final TraceReport report = report(writer -> {
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 1, 1000, 20, "w\u001b", 1, 40, 100, 3));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0).skip(1, 40, 960);
            packets.counts(100, 3).event(TestTraces.PAIR, 1, 0, 1L, 1L).append(writer, 0);
            // Two batches with 30 events are lost, and 5 were overwritten; 7 were discarded when this one was drained.
            packets.skip(2, 35, 840).counts(107, 8).event(TestTraces.PAIR, 2, 0, 2L, 1L).append(writer, 0);
            packets.event(TestTraces.PAIR, 3, 0, 3L, 1L).append(writer, 0);
            packets.skip(0, 1, 24).counts(107, 9).event(TestTraces.PAIR, 4, 0, 4L, 1L).append(writer, 0);
            writer.loss(0, new LossInfo(0, LossCause.BUFFER_FULL, 30, 2));
            writer.loss(0, new LossInfo(0, LossCause.TRAP_MISSED, 2, 1));
            writer.loss(0, new LossInfo(LossInfo.NO_RING, LossCause.BUFFER_FULL, 4, 0));
            writer.end(0, new EndInfo(EndKind.DETACHED, true, 1, List.of(
                new RingAccount(StreamKey.ofRing(0), 44, 19, 8, 32, 7, 7, 0),
                new RingAccount(StreamKey.ofRing(5), 0, 1, 0, 0, 0, 0, 0)), Map.of(RefusalCause.NO_SLOT, 11L)));
        });
        assertThat(report.account().isConsistent()).as(report.toText()).isTrue();
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        assertThat(new TracePrinter(text, false).print(report.reader())).isEqualTo(4);
        final String time = "2026-01-02T03:04:05.00000000";
        assertThat(text(text).lines()).containsExactly(
            time + "1Z bench:pair [w\\u001B 1000] a=1 b=1",
            time + "2Z -- 35 events missing: 30 lost, 5 overwritten [w\\u001B 1000]",
            time + "2Z bench:pair [w\\u001B 1000] a=2 b=1",
            time + "3Z -- 7 events missing: 7 discarded [w\\u001B 1000]",
            time + "3Z bench:pair [w\\u001B 1000] a=3 b=1",
            time + "4Z -- 1 event missing: 1 overwritten [w\\u001B 1000]",
            time + "4Z bench:pair [w\\u001B 1000] a=4 b=1",
            time + "4Z -- 16 events missing: 2 lost, 2 overwritten, 12 discarded after the last one of ring 0",
            time + "4Z -- 1 event missing: 1 discarded after the last one of ring 5",
            time + "4Z -- 4 events missing anywhere before, of no ring: buffer_full",
            time + "4Z -- 11 events missing anywhere before, of no ring: no_slot");
        final ByteArrayOutputStream lines = new ByteArrayOutputStream();
        new TracePrinter(lines, true).print(report.reader());
        long missing = 0;
        for (final String line : text(lines).lines().toList()) {
            missing += MAPPER.readTree(line).path("missing").asLong();
        }
        assertThat(missing).isEqualTo(report.account().fired() - report.account().stored());
        assertThat(MAPPER.readTree(text(lines).lines().skip(1).findFirst().orElseThrow())).isEqualTo(
            MAPPER.readTree("{\"version\":1,\"time\":\"" + time + "2Z\",\"time_ns\":" + (TestTraces.BEGIN_NS + 2)
                + ",\"missing\":35,\"lost\":30,\"overwritten\":5,"
                + "\"discarded\":0,\"pid\":42,\"tid\":1000,\"thread\":\"w\\u001b\",\"ring\":0}"));
        final TraceEvents events = report.reader().events();
        assertThat(printed(events.where("a == 3"))).containsExactly(
            time + "3Z -- 42 events missing: 30 lost, 5 overwritten, 7 discarded [w\\u001B 1000]",
            time + "3Z bench:pair [w\\u001B 1000] a=3 b=1",
            time + "3Z -- 17 events missing: 2 lost, 3 overwritten, 12 discarded after the last one of ring 0",
            time + "3Z -- 1 event missing: 1 discarded after the last one of ring 5",
            time + "3Z -- 4 events missing anywhere before, of no ring: buffer_full",
            time + "3Z -- 11 events missing anywhere before, of no ring: no_slot");
        assertThat(printed(events.from("+2ns"))).as("what was discarded comes after the event before").containsExactly(
            time + "3Z -- 7 events missing: 7 discarded [w\\u001B 1000]",
            time + "3Z bench:pair [w\\u001B 1000] a=3 b=1",
            time + "4Z -- 1 event missing: 1 overwritten [w\\u001B 1000]",
            time + "4Z bench:pair [w\\u001B 1000] a=4 b=1",
            time + "4Z -- 16 events missing: 2 lost, 2 overwritten, 12 discarded after the last one of ring 0");
        assertThat(printed(events.from("+3ns").to("+4ns"))).containsExactly(
            time + "4Z -- 1 event missing: 1 overwritten [w\\u001B 1000]",
            time + "4Z bench:pair [w\\u001B 1000] a=4 b=1",
            time + "4Z -- 16 events missing: 2 lost, 2 overwritten, 12 discarded after the last one of ring 0");
        assertThat(printed(events.to("+2ns"))).containsExactly(
            time + "1Z bench:pair [w\\u001B 1000] a=1 b=1",
            time + "2Z -- 35 events missing: 30 lost, 5 overwritten [w\\u001B 1000]",
            time + "2Z bench:pair [w\\u001B 1000] a=2 b=1");
        assertThat(printed(events.first(2)).subList(0, 3)).hasSize(3).isEqualTo(printed(events).subList(0, 3));
        assertThat(printed(events.first(2))).hasSize(3);
    }

    private static String text(final ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static List<String> printed(final TraceEvents events) throws IOException {
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        new TracePrinter(text, false).print(events);
        return text(text).lines().toList();
    }

    @Test
    void shouldPrintOneLinePerEventWhenPrinted() throws Exception {
        final Path directory = temp.resolve("printed");
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR, KINDS));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            writer.thread(0, new ThreadInfo(0, StreamClass.CARRIER, 1, 1000, 20, "wörker \"1\"\u001b[2J\u009b"));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0, StreamClass.CARRIER);
            packets.event(KINDS, 7, 0, -1L, -5L, 0.1, "a\"b\n", 1L, true)
                .event(TestTraces.PAIR, 1_000_000_008L, 77, 1L, 2L).append(writer, 0);
        }
        final TraceReader reader = TraceReader.open(directory);
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        assertThat(new TracePrinter(text, false).print(reader)).isEqualTo(2);
        assertThat(text(text)).isEqualTo("2026-01-02T03:04:05.000000007Z kinds:all"
            + " [wörker \\\"1\\\"\\u001B[2J\\u009b 1000] big=18446744073709551615 signed=-5 real=0.1 text=\"a\\\"b\\n\""
            + " color=GREEN flag=true\n"
            + "2026-01-02T03:04:06.000000008Z bench:pair [wörker \\\"1\\\"\\u001B[2J\\u009b 1000 v77] a=1 b=2\n");
        final ByteArrayOutputStream lines = new ByteArrayOutputStream();
        new TracePrinter(lines, true).print(reader);
        final List<JsonNode> nodes = new ArrayList<>();
        for (final String line : text(lines).lines().toList()) {
            nodes.add(MAPPER.readTree(line));
        }
        assertThat(nodes).hasSize(2);
        assertThat(nodes.get(0).get("fields").get("text").asText()).isEqualTo("a\"b\n");
        assertThat(nodes.get(0).get("thread").asText()).isEqualTo("wörker \"1\"\u001b[2J\u009b");
        assertThat(nodes.get(0).get("fields").get("big").bigIntegerValue()).isEqualTo(
            new BigInteger("18446744073709551615"));
        assertThat(nodes.get(1).get("virtual_thread_id").asLong()).isEqualTo(77);
        assertThat(nodes.get(1).get("event").asText()).isEqualTo("bench:pair");
        assertThat(nodes.get(1).get("time").asText()).isEqualTo("2026-01-02T03:04:06.000000008Z");
    }
}
