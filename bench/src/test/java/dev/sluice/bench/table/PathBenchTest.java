// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bench.entry.Requirements;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.HardwareCounts;
import dev.sluice.bench.measure.ProcessorTime;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.turn.Effort;
import dev.sluice.bench.turn.Turn;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything but the speed: real processes, whose counts must be right, in turns too short to measure anything. */
@OneJdk
class PathBenchTest {
    private static final Effort TINY = new Effort(1, 10, 2, 10);
    private static final Environment NOWHERE =
        new Environment(Map.of("processor", "p", "processors", "2", "virtualisation", "v", "kernel", "k k", "java", "j",
            "clock", "c", "load", "0.1", "commit", "h", "command", "t"), Map.of("flaw", "Not affected"));

    private final StringWriter out = new StringWriter();
    private final StringWriter progress = new StringWriter();

    @TempDir
    private Path directory;

    private PathBench bench(final String paths, final String rivals) {
        return new PathBench(new PrintWriter(out, true), new PrintWriter(progress, true), "auto", paths, rivals,
            "none");
    }

    /** Runs, and returns the rows of the file by their names. */
    private JsonNode results(final String paths, final String rivals) throws IOException, InterruptedException {
        final boolean isComplete = bench(paths, rivals).run(1, TINY, 42L, NOWHERE, directory);
        final JsonNode root = new ObjectMapper().readTree(directory.resolve("results.json").toFile());
        assertThat(directory.resolve("report.html")).content().contains("<h2>Method</h2>");
        assertThat(isComplete).as(out + root.toPrettyString()).isTrue();
        return root;
    }

    private static void assertAllStored(final JsonNode root, final List<String> names) {
        for (final String name : names) {
            final JsonNode row = row(root, name);
            assertThat(row.path("fired").asLong()).as(row.toPrettyString()).isPositive();
            assertThat(row.path("stored").asLong(-1)).as(row.toPrettyString()).isEqualTo(row.get("fired").asLong());
            assertThat(row.path("lost").asLong(-1)).as(row.toPrettyString()).isZero();
            // The turns are so short that the kernel may not have counted anything yet: ProcessorTimeTest has more.
            assertThat(row.path("firing_processor_ns_per_event").asDouble(-1)).as(row.toPrettyString()).isNotNegative();
            assertThat(row.path("other_processor_ns_per_event").asDouble(-1)).as(row.toPrettyString()).isNotNegative();
        }
    }

    /** At least so many bytes an event, and at most what a line of text takes; and what a file has besides. */
    private static void assertOnDisk(final JsonNode row, final int least) {
        final double stored = row.get("stored").asDouble();
        assertThat(row.get("stored_place").asText()).as(row.toPrettyString()).isEqualTo("disk");
        assertThat(stored * row.get("stored_bytes_per_event").asDouble()).as(row.toPrettyString())
            .isBetween(least * stored, 64 * stored + (4 << 20));
    }

    private static JsonNode row(final JsonNode root, final String name) {
        for (final JsonNode path : root.get("paths")) {
            if (path.get("name").asText().equals(name)) {
                return path;
            }
        }
        throw new AssertionError(name + " is not in " + root.toPrettyString());
    }

    @Test
    void shouldFindEveryEventOnTheOtherSideWhenPathsAndRivalsRun() throws Exception {
        final JsonNode root = results("shared-stored,arena", "chronicle,disruptor,log4j,jfr");
        assertAllStored(root, List.of("shared-stored", "chronicle", "disruptor", "log4j"));
        // Of an event of two longs and a time each has 24 bytes at least but for JFR, which packs numbers.
        for (final String name : List.of("shared-stored", "chronicle", "log4j")) {
            assertOnDisk(row(root, name), 24);
        }
        assertOnDisk(row(root, "jfr"), 8);
        assertThat(row(root, "disruptor").get("stored_place").asText()).isEqualTo("memory");
        assertThat(row(root, "disruptor").get("stored_bytes_per_event").asDouble()).isBetween(28.0, 64.0);
        assertThat(out.toString()).contains("stored, B/ev.").containsPattern("\\nchronicle .* \\d\\d\\.\\d\\d disk  ");
        // JFR leaves out events when its buffers are full.
        assertThat(row(root, "jfr").get("stored").asLong()).isPositive();
        assertThat(row(root, "arena").get("reason").asText()).startsWith("missing: ");
        assertThat(root.get("environment").get("command").asText()).isEqualTo("t");
        assertThat(root.get("environment").get("mitigations").get("flaw").asText()).isEqualTo("Not affected");
        assertThat(root.get("targets")).anySatisfy(target -> assertThat(target.get("pass").isNull()).isTrue());
        assertThat(out.toString()).contains("\narena                 missing: ", "\nrivals\n", "\njfr ")
            .contains("-       ring over clock");
    }

    @Test
    @Tag("kernel")
    void shouldCountEveryTrapAndEveryBatchWhenBpfIsThere() throws Exception {
        assumeTrue(Requirements.bpf().isEmpty(), Requirements.bpf());
        assumeTrue(Requirements.compiler().isEmpty(), Requirements.compiler());
        final List<String> names = List.of("owner", "sum", "user-ringbuf", "trap-nop1-store-c");
        final JsonNode root = results(String.join(",", names), "none");
        assertAllStored(root, names);
        assertThat(row(root, "trap-nop1-store-c").get("traps_per_million_events").asDouble()).isEqualTo(1e6);
        // A batch is a chunk of 2,730 events, or less at the end of a turn.
        assertThat(row(root, "owner").get("traps_per_million_events").asDouble()).isBetween(1e6 / 2_731, 1e5);
        assertThat(row(root, "user-ringbuf").has("traps_per_million_events")).isFalse();
        // A batch has a header of its own; a number, or a sum, has nothing of single events.
        assertThat(row(root, "owner").get("stored_bytes_per_event").asDouble()).isBetween(24.0, 100.0);
        assertThat(row(root, "trap-nop1-store-c").get("stored_bytes_per_event").asDouble()).isBetween(32.0, 256.0);
        for (final String name : List.of("sum", "user-ringbuf")) {
            assertThat(row(root, name).get("stored_place").asText()).as(name).isEqualTo("nowhere");
            assertThat(row(root, name).has("stored_bytes_per_event")).as(name).isFalse();
        }
        assertThat(out.toString()).containsPattern("\\nsum .* nothing  ");
        assertThat(out.toString()).contains("traps/M").containsPattern("trap-nop1-store-c .* 1000000 ");
    }

    @Test
    void shouldShowWhatTheProcessorHasCountedWhenItHasCountersAndElseWhyNot() throws Exception {
        final ProcessorTime.PerEvent spent =
            new ProcessorTime.PerEvent(1, 2, new HardwareCounts(42, 21, 0.0125), 0);
        final PathResults results = new PathRounds(List.of(new Contestant("good", "", false, "", (path, effort) ->
            new Turn(List.of(1.0), 0, 3, new Stored(3, "seen"), spent, ""))), TINY, new PrintWriter(progress))
            .run(3, 1);
        new CountsTable(new PrintWriter(out)).print(results, NOWHERE);
        assertThat(out.toString()).containsPattern("good +42.00 +21.00 +2.00 +0.0125\\n");
        final Path file = directory.resolve("results.json");
        ResultsFile.write(file, results, List.of(), List.of(), NOWHERE);
        assertThat(row(new ObjectMapper().readTree(file.toFile()), "good").get("instructions_per_event").asDouble())
            .isEqualTo(42);

        new CountsTable(new PrintWriter(out)).print(results.without(Set.of("good")), new Environment(
            Map.of(Environment.COUNTERS, "missing: perf_event_open: ENOENT"), Map.of()));
        assertThat(out.toString()).contains("IPC: missing: perf_event_open: ENOENT\n");
    }

    @Test
    void shouldNameThoseThatThereAreWhenAPatternMatchesNobody() {
        assertThatThrownBy(() -> bench("ring,rong", "none")).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("--paths: nobody is called 'rong'; there are nothing, disabled, ");
        assertThatThrownBy(() -> bench("none", "owner")).hasMessageContaining("--rivals: nobody is called 'owner'");
    }

    @Test
    void shouldRefuseWhenNothingIsChosen() {
        assertThatThrownBy(() -> bench("none", "none")).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("nothing is to be measured: name a path, a rival or a sweep");
        assertThatThrownBy(() -> bench(",", "jfr")).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("--paths: ',' names nobody");
        assertThatThrownBy(() -> new PathBench(new PrintWriter(out), new PrintWriter(progress), "auto", "none", "jfr",
            ",")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("--sweep: ',' names no sweep");
    }

    @Test
    void shouldKeepTheOthersWhenOneFails() throws Exception {
        final Contestant good = new Contestant("good", "", false, "", (path, effort) ->
            new Turn(List.of(1.0, 2.0, 3.0), 0, 3, new Stored(2, "seen"), ""));
        final Contestant bad = new Contestant("bad", "", false, "", (path, effort) -> {
            throw new IOException("no room");
        });
        final PathResults results =
            new PathRounds(List.of(good, bad), TINY, new PrintWriter(progress)).run(3, 1);
        assertThat(results.rows().get(0).ns().value()).isEqualTo(2);
        assertThat(results.rows().get(0).lost()).isEqualTo(3);
        assertThat(results.rows().get(1).reason()).contains("failed: ", "no room");
        assertThat(results.times("good", "bad")).isEmpty();
    }

    /** One that fails in the first turns and takes 5 ns then, beside one that never fails. */
    private List<Contestant> failing(final int turns) {
        final AtomicInteger taken = new AtomicInteger();
        return List.of(new Contestant("steady", "s", false, "", (path, effort) ->
            new Turn(List.of(1.0, 2.0, 3.0), 0, 3, new Stored(3, "seen"), "")),
            new Contestant("shaky", "sh", false, "", (path, effort) -> {
                if (taken.getAndIncrement() < turns) {
                    throw new IOException("no room");
                }
                return new Turn(List.of(4.0, 5.0, 6.0), 0, 3, new Stored(3, "seen"), "");
            }));
    }

    @Test
    void shouldSayInHowManyRoundsAPathFailedWhenItFailedInSome() throws Exception {
        final PathBench bench = new PathBench(new PrintWriter(out, true), new PrintWriter(progress, true), failing(1));
        assertThat(bench.run(2, TINY, 42L, NOWHERE, directory)).as("whether all was measured").isFalse();
        final String reason = "failed in 1 of 2 rounds: java.io.IOException: no room";
        // One round of two has no interval: that of its iterations would be another thing than in the other rows.
        assertThat(out.toString()).containsPattern("shaky +5\\.00  +0\\.00 .*" + reason + "  \\(sh\\)\\n");
        final JsonNode row = row(new ObjectMapper().readTree(directory.resolve("results.json").toFile()), "shaky");
        assertThat(row.path("failure").asText()).isEqualTo(reason);
        assertThat(row.has("low")).isFalse();
        assertThat(directory.resolve("report.html")).content().contains(reason);
    }

    @Test
    void shouldBeCompleteWhenNobodyFailed() throws Exception {
        final PathBench bench = new PathBench(new PrintWriter(out, true), new PrintWriter(progress, true), failing(0));
        assertThat(bench.run(2, TINY, 42L, NOWHERE, directory)).isTrue();
        assertThat(out.toString()).doesNotContain("failed");
    }

    @Test
    void shouldClaimNoCasesOfAnIntervalWhenThereAreFewerThanSixRounds() throws Exception {
        final PathBench five = new PathBench(new PrintWriter(out, true), new PrintWriter(progress, true), failing(0));
        five.run(5, TINY, 42L, NOWHERE, directory);
        final String least = "is from the least to the greatest of 5 rounds.";
        assertThat(out.toString()).contains("[low, high] " + least).doesNotContain("95 of 100");
        assertThat(directory.resolve("report.html")).content().contains("the interval, which " + least);
        final PathBench six = new PathBench(new PrintWriter(out, true), new PrintWriter(progress, true), failing(0));
        six.run(6, TINY, 42L, NOWHERE, null);
        assertThat(out.toString()).contains("[low, high] holds the median of rounds in 95 of 100 cases.");
    }

    private static Contestant taking(final String name, final Double... iterations) {
        return new Contestant(name, "", false, "", (path, effort) -> new Turn(List.of(iterations), 0, 3,
            new Stored(3, "seen"), new ProcessorTime.PerEvent(1, 2, new HardwareCounts(1, 1, 1), 0.0005), ""));
    }

    @Test
    void shouldSayWhichTargetIsMetInUndisturbedTurnsOnlyWhenOthersWereSlower() throws Exception {
        final List<Contestant> paths = List.of(taking("nothing", 1.0, 1.0, 1.0), taking("disabled", 1.4, 2.0, 2.0),
            taking("ring-sampled", 4.0, 5.0, 5.0), taking("ring", 1.0, 1.0, 1.0));
        new PathBench(new PrintWriter(out, true), new PrintWriter(progress, true), paths).run(10, TINY, 42L, NOWHERE,
            directory);
        assertThat(out.toString()).contains("MISSED  disabled over nothing, ns: at most 0.5, measured 1.00 [1.00, 1.00]"
            + " in 10 rounds, undisturbed 0.40: met in undisturbed turns only\n", "met     ring-sampled over nothing,"
            + " ns: at most 5.0, measured 4.00 [4.00, 4.00] in 10 rounds, undisturbed 3.00\n",
            // What is allocated is of all rounds as well.
            "met     ring allocates in the thread that fires, B an event: at most 0.001, measured 0.00 [0.00, 0.00] in"
            + " 10 rounds\n");
        assertThat(directory.resolve("report.html")).content().contains(
            "&#10007; missed, met in undisturbed turns only</td>");
        final JsonNode targets = new ObjectMapper().readTree(directory.resolve("results.json").toFile()).get("targets");
        assertThat(targets).anySatisfy(target -> assertThat(target.path("undisturbed").asDouble()).isEqualTo(3));
    }
}
