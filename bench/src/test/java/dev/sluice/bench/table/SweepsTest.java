// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bench.entry.BatchSweep;
import dev.sluice.bench.entry.Catalogue;
import dev.sluice.bench.entry.Requirements;
import dev.sluice.bench.entry.Sweep;
import dev.sluice.bench.entry.Sweeps;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.turn.Effort;
import dev.sluice.bench.turn.Turn;
import dev.sluice.testsupport.OneJdk;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of figures that are made up; and that of real batches every event arrives. */
@OneJdk
class SweepsTest {
    private static final Environment NOWHERE =
        new Environment(Map.of("processor", "p", "processors", "2", "virtualisation", "v", "kernel", "k k", "java", "j",
            "clock", "c", "load", "0.1", "commit", "h", "command", "t"), Map.of());
    private static final int ROUNDS = 10;
    private static final double TRAP = 900;
    private static final double EVENT = 12;
    private static final double LOOP = 1;

    private final StringWriter out = new StringWriter();

    @TempDir
    private Path directory;

    /** A run in which everything costs what the model says, and scatters by 2 %. */
    private static SweepResult made(final long seed) {
        final Random random = new Random(seed);
        final Sweep sweep = Sweeps.of(BatchSweep.NAME, List.of()).get(0);
        final List<PathResult> rows = new ArrayList<>();
        rows.add(row(Catalogue.NOTHING, LOOP, random));
        for (final Sweep.Point point : sweep.points()) {
            final double ns = point.x() > 0 ? TRAP / point.x() + EVENT
                : point.contestant().name().equals(BatchSweep.TRAP_NOP1) ? 2_000 : 500;
            rows.add(row(point.contestant().name(), LOOP + ns, random));
        }
        return new SweepResult(sweep, new PathResults(rows, ROUNDS, seed));
    }

    private static PathResult row(final String name, final double ns, final Random random) {
        final List<Turn> turns = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            turns.add(new Turn(List.of(ns * Math.exp(0.02 * random.nextGaussian())), 0, 10, new Stored(10, "seen"),
                ""));
        }
        return new PathResult(name, "", false, "", turns);
    }

    @Test
    void shouldFitTheModelAndNameTheBatchThatWinsWhenTurnsScatter() throws Exception {
        final SweepResult result = made(1);
        assertThat(result.model().orElseThrow().trapNs().value()).isCloseTo(TRAP, within(20.0));
        assertThat(result.model().orElseThrow().eventNs().value()).isCloseTo(EVENT, within(0.5));
        // 912 ns for one and 462 for two, against 2,000 and 500 for a trap an event.
        assertThat(result.wins()).extracting(win -> win.trap() + " " + win.measured().orElse(0))
            .containsExactly(BatchSweep.TRAP_NOP1 + " 1", BatchSweep.TRAP_OPTIMISED + " 2");
        assertThat(result.wins().get(1).model()).isCloseTo(TRAP / (500 - EVENT), within(0.1));

        new SweepTable(new PrintWriter(out)).print(result);
        assertThat(out.toString()).contains("sweep batch: ", "events per batch", "from 1 event a batch on",
            "from 2 events a batch on; by the model from 1.")
            .containsPattern("costs (8|9)\\d\\d ns \\[\\d+, \\d+] / N");

        final Path file = directory.resolve("results.json");
        ResultsFile.write(file, result.results(), List.of(), List.of(result), NOWHERE);
        final JsonNode batch = new ObjectMapper().readTree(file.toFile()).get("sweeps").get(0);
        assertThat(batch.get("name").asText()).isEqualTo("batch");
        assertThat(batch.get("points")).hasSize(15);
        assertThat(batch.get("model").get("trap_ns").get("low").asDouble())
            .isLessThan(batch.get("model").get("trap_ns").get("value").asDouble());
        assertThat(batch.get("wins").get(1).get("from_events").asInt()).isEqualTo(2);
    }

    @Test
    void shouldSayThatNoBatchWinsWhenATrapCostsLessThanAnEvent() {
        final List<PathResult> rows = new ArrayList<>(made(2).results().rows());
        rows.removeIf(row -> row.name().equals(BatchSweep.TRAP_OPTIMISED));
        rows.add(row(BatchSweep.TRAP_OPTIMISED, LOOP + EVENT / 2, new Random(3)));
        final SweepResult result = new SweepResult(made(2).sweep(), new PathResults(rows, ROUNDS, 2));
        assertThat(result.wins().get(1).text()).isEqualTo("cheaper than batch-trap-opt (6 ns): no batch; by the model"
            + " none");
    }

    @Test
    void shouldVaryBatchesByPowersOfTwoAndNameWhatNoChunkHolds() {
        final Sweep batch = Sweeps.of(BatchSweep.NAME, List.of()).get(0);
        final Set<Double> events = new LinkedHashSet<>();
        batch.points().stream().filter(point -> point.series().equals(BatchSweep.BATCHES))
            .forEach(point -> events.add(point.x()));
        assertThat(events).containsExactly(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0,
            4096.0);
        assertThat(batch.points().get(12).contestant().missing()).contains("65536 bytes at most: 2048 such events");
    }

    @Test
    void shouldNameTheSweepsThatThereAreWhenOneIsAskedForThatIsNone() {
        assertThat(Sweeps.of("none", List.of())).isEmpty();
        assertThat(Sweeps.of("all", List.of())).extracting(Sweep::name).containsExactly("batch", "payload", "threads",
            "chunk", "ring", "clock", "rate", "latency", "workload");
        assertThatThrownBy(() -> Sweeps.of("batch,size", List.of())).isInstanceOf(IllegalArgumentException.class)
            .hasMessage("--sweep: there is no sweep 'size'; there are batch, payload, threads, chunk,"
                + " ring, clock, rate, latency, workload, all and none");
    }

    /** One short round of some points. */
    private SweepResult measure(final String sweep, final Set<String> names) throws Exception {
        final Sweep all = Sweeps.of(sweep, List.of()).get(0);
        final List<Sweep.Point> points =
            all.points().stream().filter(point -> names.contains(point.contestant().name())).toList();
        final PathResults results = new PathRounds(points.stream().map(Sweep.Point::contestant).toList(),
            new Effort(1, 10, 2, 10), new PrintWriter(out)).run(1, 1);
        assertThat(results.rows()).hasSize(names.size()).allSatisfy(row -> {
            assertThat(row.isMeasured()).as(row.name() + ": " + row.reason()).isTrue();
            assertThat(row.fired()).isPositive();
        });
        return new SweepResult(new Sweep(all.name(), all.what(), all.axis(), points), results);
    }

    /** A sweep in which every point costs, loses and traps as much as its place says. */
    private static SweepResult made(final Sweep sweep) {
        final List<PathResult> rows = new ArrayList<>();
        rows.add(row(Catalogue.NOTHING, LOOP, new Random(5)));
        for (final Sweep.Point point : sweep.points()) {
            final boolean isDiscarding = point.contestant().name().contains("discard");
            rows.add(new PathResult(point.contestant().name(), point.contestant().what(), false, "", List.of(
                new Turn(List.of(LOOP + EVENT), 0, 1_000, new Stored(isDiscarding ? 900 : 1_000, "seen").withTraps(5)
                    .inMemory(24_000), ""))));
        }
        return new SweepResult(sweep, new PathResults(rows, 1, 5));
    }

    private JsonNode file(final SweepResult result) throws Exception {
        final Path file = directory.resolve("results.json");
        ResultsFile.write(file, result.results(), List.of(), List.of(result), NOWHERE);
        return new ObjectMapper().readTree(file.toFile()).get("sweeps").get(0);
    }

    @Test
    void shouldShowWhatIsNotStoredAndHowOftenItTrapsWhenChunksAndRingsAreVaried() throws Exception {
        for (final Sweep sweep : Sweeps.of("chunk,ring", List.of())) {
            final SweepResult result = made(sweep);
            out.getBuffer().setLength(0);
            new SweepTable(new PrintWriter(out)).print(result);
            assertThat(out.toString()).contains("KiB of a " + sweep.name(), "traps/M", "not stored       %",
                "not stored: of any cause, ")
                .containsPattern("\\n4(096)? +13\\.00 .* 1[12]\\.\\d\\d +5000 +1000 +0 +0  a (chunk|ring) of \\d+ KiB,"
                    + " block")
                .containsPattern(" 5000 +900 +100 +10\\.000  a (chunk|ring) of \\d+ KiB, discard");
            final JsonNode json = file(result);
            assertThat(json.get("points")).hasSize(10);
            assertThat(json.get("points").get(9).get("lost_share").asDouble()).isEqualTo(0.1);
            assertThat(json.get("points").get(0).get("traps_per_million_events").asDouble()).isEqualTo(5_000);
        }
    }

    @Test
    void shouldKeepTheRingWhenChunksAreVariedAndTheChunkWhenRingsAre() {
        final List<Sweep> sweeps = Sweeps.of("chunk,ring", List.of());
        assertThat(sweeps.get(0).points()).extracting(Sweep.Point::x).containsExactly(4.0, 8.0, 16.0, 32.0, 64.0, 4.0,
            8.0, 16.0, 32.0, 64.0);
        assertThat(sweeps.get(1).points().subList(0, 5)).extracting(Sweep.Point::x).containsExactly(256.0, 1024.0,
            4096.0, 16_384.0, 32_768.0);
        assertThat(sweeps.get(0).what()).contains("rings of 256 KiB");
        assertThat(sweeps.get(1).what()).contains("chunks of 64 KiB");
    }

    @Test
    void shouldMeasureEachClockInJvmsOfItsOwnWhateverClockTheRunHas() throws Exception {
        assumeTrue(Requirements.bpf().isEmpty(), Requirements.bpf());
        final Sweep clocks = Sweeps.of("clock", List.of("-Dsluice.clock=nano")).get(0);
        assertThat(clocks.points()).extracting(point -> point.contestant().name()).containsExactly("clock-bare-tsc",
            "clock-ring-tsc", "clock-owner-tsc", "clock-bare-nano", "clock-ring-nano", "clock-owner-nano",
            "clock-ring-sampled", "clock-owner-sampled", "clock-ring-coarse", "clock-owner-coarse");
        final SweepResult result = measure("clock", Set.of("clock-owner-coarse", "clock-owner-sampled"));
        assertAllStored(result);
        new SweepTable(new PrintWriter(out)).print(result);
        assertThat(out.toString()).contains("sweep clock: ").containsPattern("\\nclock-owner-coarse +\\d");
    }

    @Test
    @Tag("kernel")
    void shouldCarryAsManyEventsATrapAsAChunkHoldsWhenChunksAreShort() throws Exception {
        assumeTrue(Requirements.bpf().isEmpty(), Requirements.bpf());
        final SweepResult result = measure("chunk", Set.of("chunk-4k", "chunk-discard-4k"));
        final PathResult received = result.results().row("chunk-4k").orElseThrow();
        assertThat(received.lost()).isZero();
        // 4,096 bytes hold 170 events of 24.
        assertThat(received.trapsPerMillion()).isBetween(1e6 / 171, 1e5);
        assertThat(received.storedBytes()).isBetween(24.0, 100.0);
        assertThat(received.storedBytesText()).endsWith(" memory");
        final PathResult stored = result.results().row("chunk-discard-4k").orElseThrow();
        assertThat(stored.fired() - stored.lost()).isPositive();
        assertThat(stored.storedBytesText()).endsWith(" disk");
    }

    private static void assertAllStored(final SweepResult result) {
        assertThat(result.results().rows()).allSatisfy(row -> {
            assertThat(row.isStoring()).as(row.name()).isTrue();
            assertThat(row.lost()).as(row.name()).isZero();
        });
    }

    @Test
    @Tag("kernel")
    void shouldFindEveryEventOnTheOtherSideWhenBatchesAreOfOneEventAndOfAChunk() throws Exception {
        assumeTrue(Requirements.bpf().isEmpty(), Requirements.bpf());
        assertAllStored(measure("batch", Set.of("batch-1", "batch-256", BatchSweep.TRAP_NOP1)));
    }

    @Test
    @Tag("kernel")
    void shouldFindEveryEventOnTheOtherSideWhenSeveralThreadsFireAtOnce() throws Exception {
        assumeTrue(Requirements.bpf().isEmpty(), Requirements.bpf());
        assertAllStored(measure("threads", Set.of("threads-8", "threads-each-2", "threads-agrona-2")));
    }

    @Test
    void shouldTakeTheBareLoopOfAsManyThreadsOffAndShowTheRateOfAllWhenSeveralThreadsFireAtOnce() throws Exception {
        final SweepResult result = measure("threads", Set.of("threads-nothing-2", "threads-agrona-2"));
        final PathResult nothing = result.results().row("threads-nothing-2").orElseThrow();
        final PathResult queue = result.results().row("threads-agrona-2").orElseThrow();
        // Two threads take the numbers of their events in blocks, which they end.
        assertThat(queue.fired() % (1 << 14)).isZero();
        assertThat(queue.lost()).isZero();
        final Sweep.Point base = result.sweep().points().get(0);
        final Sweep.Point point = result.sweep().points().get(1);
        assertThat(base.isBase()).isTrue();
        assertThat(result.over(base)).isEmpty();
        assertThat(result.over(point).orElseThrow().value())
            .isCloseTo(queue.turns().get(0).median() - nothing.turns().get(0).median(), within(1e-6));
        assertThat(result.eventsPerSecond(point).orElseThrow()).isCloseTo(2e9 / queue.ns().value(), within(1.0));
        new SweepTable(new PrintWriter(out)).print(result);
        assertThat(out.toString()).contains("sweep threads: ", "all, M/s", "2 threads, Agrona's ring");

        final Path file = directory.resolve("results.json");
        ResultsFile.write(file, result.results(), List.of(), List.of(result), NOWHERE);
        final JsonNode points = new ObjectMapper().readTree(file.toFile()).get("sweeps").get(0).get("points");
        assertThat(points.get(0).get("base").asBoolean()).isTrue();
        assertThat(points.get(1).get("base").asBoolean()).isFalse();
        assertThat(points.get(1).get("events_per_second").asDouble()).isPositive();
    }
}
