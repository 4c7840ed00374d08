// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bench.entry.RateSweep;
import dev.sluice.bench.entry.Requirements;
import dev.sluice.bench.entry.SingleFireSweep;
import dev.sluice.bench.entry.Sweep;
import dev.sluice.bench.entry.Sweeps;
import dev.sluice.bench.entry.WorkloadSweep;
import dev.sluice.bench.measure.FireTimes;
import dev.sluice.bench.turn.Effort;
import dev.sluice.testsupport.OneJdk;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real programs that report events when they are due, or of queries, for too short a time: the counts are right. */
@OneJdk
@Timeout(900)
class OpenLoopTest {
    private static final Environment NOWHERE =
        new Environment(Map.of("processor", "p", "processors", "2", "virtualisation", "v", "kernel", "k k", "java", "j",
            "clock", "c", "load", "0.1", "commit", "h", "command", "t"), Map.of());
    /** 200 ms are measured, of single fires 800. */
    private static final Effort SHORT = new Effort(1, 50, 4, 50);

    private final StringWriter out = new StringWriter();

    @TempDir
    private Path directory;

    private SweepResult measure(final String sweep, final Set<String> names) throws Exception {
        final Sweep all = Sweeps.of(sweep, List.of()).get(0);
        final List<Sweep.Point> points =
            all.points().stream().filter(point -> names.contains(point.contestant().name())).toList();
        final PathResults results = new PathRounds(points.stream().map(Sweep.Point::contestant).toList(), SHORT,
            new PrintWriter(out)).run(1, 1);
        assertThat(results.rows()).hasSize(names.size()).allSatisfy(row -> {
            assertThat(row.isMeasured()).as(row.name() + ": " + row.reason()).isTrue();
            assertThat(row.fired()).isPositive();
        });
        return new SweepResult(new Sweep(all.name(), all.what(), all.axis(), points), results);
    }

    private JsonNode points(final SweepResult result) throws Exception {
        final Path file = directory.resolve("results.json");
        ResultsFile.write(file, result.results(), List.of(), List.of(result), NOWHERE);
        return new ObjectMapper().readTree(file.toFile()).get("sweeps").get(0).get("points");
    }

    @Test
    void shouldAccountForEveryEventWhenTheyAreOfferedSlowlyAndAsFastAsTheThreadCan() throws Exception {
        final SweepResult result = measure(RateSweep.NAME, Set.of("rate-discard-10000", "rate-block-full",
            "rate-overwrite-full"));
        final PathResult slow = result.results().row("rate-discard-10000").orElseThrow();
        // Not more than are due in 50 and four times 50 ms, and nothing is too much for any machine at this rate.
        assertThat(slow.fired()).isLessThanOrEqualTo(2_500);
        assertThat(slow.lost()).isZero();
        assertThat(result.results().row("rate-block-full").orElseThrow().lost()).isZero();
        final JsonNode points = points(result);
        for (final JsonNode point : points) {
            assertThat(point.get("stored").asLong() + point.get("lost").asLong()).as(point.toPrettyString())
                .isEqualTo(point.get("fired").asLong());
            assertThat(point.get("lost_share").asDouble()).isCloseTo(point.get("lost").asDouble()
                / point.get("fired").asDouble(), within(1e-9));
            // The path fails if the account of the trace does not say the same.
            assertThat(point.get("counted").asText()).contains("its account has ");
            assertThat(point.get("events_per_second").asDouble()).isPositive();
        }
        new RateTable(new PrintWriter(out)).print(result);
        assertThat(out.toString()).contains("sweep rate: ", "        10,000 ", "          full ",
            "overwrite, as fast as the thread can");
    }

    @Test
    void shouldFindTheEventsOfEveryQueryOnTheOtherSideWhenADatabaseIsTraced() throws Exception {
        final SweepResult result = measure(WorkloadSweep.NAME, Set.of("workload-nothing", "workload-log4j"));
        final PathResult traced = result.results().row("workload-log4j").orElseThrow();
        assertThat(traced.lost()).isZero();
        final long queries = traced.times().allTimes().getTotalCount();
        // A query reports two events at least; the warm-up is not among its times.
        assertThat(traced.fired()).isGreaterThan(2 * queries);
        assertThat(queries).isPositive();
        final JsonNode points = points(result);
        assertThat(points.get(0).get("base").asBoolean()).isTrue();
        assertThat(points.get(1).get("times_untraced").asDouble()).isCloseTo(traced.turns().get(0).median()
            / result.results().row("workload-nothing").orElseThrow().turns().get(0).median(), within(1e-9));
        assertThat(points.get(1).get("fires").get("all").get("count").asLong()).isEqualTo(queries);
        new WorkloadTable(new PrintWriter(out)).print(result);
        assertThat(out.toString()).contains("workload: queries to an H2 database", "queries/s", "\nnothing ",
            "\nlog4j ");
    }

    @Test
    @Tag("kernel")
    void shouldFindTheEventsOfEveryQueryInTheTraceWhenADatabaseIsRecorded() throws Exception {
        assumeTrue(Requirements.bpf().isEmpty(), Requirements.bpf());
        final SweepResult result = measure(WorkloadSweep.NAME, Set.of("workload-owner-stored",
            "workload-trap-nop1-store-java"));
        assertThat(result.results().rows()).allSatisfy(row -> {
            assertThat(row.isStoring()).isTrue();
            assertThat(row.lost()).as(row.name()).isZero();
        });
    }

    @Test
    @Tag("kernel")
    void shouldTellThoseApartThatCarryABatchWhenSingleFiresAreTimed() throws Exception {
        assumeTrue(Requirements.bpf().isEmpty(), Requirements.bpf());
        final SweepResult result = measure(SingleFireSweep.NAME, Set.of("latency-nothing", "latency-owner",
            "latency-agrona"));
        final FireTimes owner = result.results().row("latency-owner").orElseThrow().times();
        final long batches = owner.drainingTimes().getTotalCount();
        final long fires = owner.allTimes().getTotalCount();
        // 80,000 are due, and a batch holds 2,730 of them at most.
        assertThat(fires).isLessThanOrEqualTo(80_000);
        assertThat(batches).isBetween(fires / 2_731 - 1, fires / 100 + 10).isPositive();
        assertThat(result.results().row("latency-owner").orElseThrow().lost()).isZero();
        assertThat(result.results().row("latency-nothing").orElseThrow().times().drainingTimes().getTotalCount())
            .isZero();

        final JsonNode node = points(result).get(1);
        assertThat(node.get("name").asText()).isEqualTo("latency-owner");
        assertThat(node.get("fires").get("draining").get("count").asLong()).isEqualTo(batches);
        assertThat(node.get("fires").get("all").get("p99.99").asLong())
            .isLessThanOrEqualTo(node.get("fires").get("all").get("max").asLong());
        final JsonNode curve = node.get("fires").get("all").get("ccdf");
        for (int i = 1; i < curve.size(); i++) {
            assertThat(curve.get(i).get(0).asDouble()).isGreaterThanOrEqualTo(curve.get(i - 1).get(0).asDouble());
            assertThat(curve.get(i).get(1).asDouble()).isLessThan(curve.get(i - 1).get(1).asDouble() + 1e-12);
        }
        new FireTable(new PrintWriter(out)).print(result);
        assertThat(out.toString()).contains("\nnothing ", "\n  that carry no batch", "\n  that carry the batch",
            "p99.99", "The clock that measures is inside");
    }
}
