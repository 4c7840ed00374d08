// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the command answers of a recorded program, beside that program's own record of what it did. */
@OneJdk(together = true)
@Timeout(600)
class TraceQuestionsTest {
    /** The stated error of percentiles, and the rounding of a double. */
    private static final double ERROR = 0.01001;
    /** How far the clocks of the events and of the record may be apart. */
    private static final double CLOCK_NS = 20_000;

    @TempDir
    private static Path directory;
    private static String trace;
    private static List<Query> queries;

    /** One line of the record. */
    private record Query(String thread, long id, String kind, long rows, long price, long leastNs, long mostNs) {
        static Query of(final String line) {
            final String[] words = line.split("\t");
            return new Query("client-" + words[0], Long.parseLong(words[1]), words[2], Long.parseLong(words[3]),
                Long.parseLong(words[4]), Long.parseLong(words[5]), Long.parseLong(words[6]));
        }
    }

    @BeforeAll
    static void record() throws Exception {
        final long seed = Seed.draw("TraceQuestionsTest");
        trace = directory.resolve("trace").toString();
        final Path record = directory.resolve("record");
        try (ChildProgram program = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), List.of(QueryProgram.class.getName(), record.toString(),
                Long.toString(seed)))) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
            run(0, "record", "-p", Long.toString(program.pid()), "--mode", "shared", "-o", trace);
            assertThat(program.awaitExit()).as(program.toString()).isZero();
        }
        queries = Files.readAllLines(record).stream().map(Query::of).toList();
        assertThat(queries).hasSize(QueryProgram.THREADS * QueryProgram.QUERIES);
    }

    /** Runs the command in a process of its own. */
    static String run(final int status, final String... arguments) throws Exception {
        final List<String> line = new ArrayList<>(List.of("dev.sluice.cli.Main"));
        line.addAll(List.of(arguments));
        try (ChildProgram command = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), line)) {
            assertThat(command.awaitExit()).as(command.toString()).isEqualTo(status);
            return command.output() + command.errors();
        }
    }

    private static JsonNode report(final String... arguments) throws Exception {
        final List<String> line = new ArrayList<>(List.of("report", trace, "--json"));
        line.addAll(List.of(arguments));
        return new ObjectMapper().readTree(run(0, line.toArray(String[]::new)));
    }

    private static double exact(final List<Query> of, final double quantile, final ToDoubleFunction<Query> value) {
        return of.stream().mapToDouble(value).sorted().skip((long) Math.ceil(quantile * of.size()) - 1).findFirst()
            .orElseThrow();
    }

    private static void checkFigures(final JsonNode field, final List<Query> of, final ToDoubleFunction<Query> least,
        final ToDoubleFunction<Query> most, final double slack) {
        for (final Map.Entry<String, Double> quantile
            : Map.of("p50", 0.5, "p90", 0.9, "p99", 0.99, "p999", 0.999, "max", 1.0).entrySet()) {
            final double low = exact(of, quantile.getValue(), least);
            final double high = exact(of, quantile.getValue(), most);
            assertThat(field.get(quantile.getKey()).asDouble()).as("%s of %s", quantile.getKey(), field)
                .isBetween(low - Math.abs(low) * ERROR - slack, high + Math.abs(high) * ERROR + slack);
        }
    }

    @Test
    void shouldAnswerAsTheProgramsOwnRecordWhenAskedByAField() throws Exception {
        final JsonNode pairs = report("--pair", "db:query_begin,db:query_end,id", "--by", "kind");
        final Map<String, List<Query>> byKind = queries.stream().collect(Collectors.groupingBy(Query::kind));
        final JsonNode values = pairs.get("by").get(0).get("values");
        assertThat(values).hasSameSizeAs(byKind.keySet());
        for (final JsonNode value : values) {
            final List<Query> of = byKind.get(value.get("value").textValue());
            assertThat(value.get("count").asInt()).isEqualTo(of.size());
            checkFigures(value.get("fields").get(0), of, Query::leastNs, Query::mostNs, CLOCK_NS);
        }
        final JsonNode threads = report("--by", "thread", "-e", "db:query_end").get("by").get(0).get("values");
        assertThat(threads).hasSize(QueryProgram.THREADS);
        for (final JsonNode value : threads) {
            final String thread = value.get("value").textValue().split(" ")[0];
            final List<Query> of = queries.stream().filter(query -> query.thread.equals(thread)).toList();
            assertThat(value.get("count").asInt()).isEqualTo(of.size());
            checkFigures(value.get("fields").get(1), of, Query::rows, Query::rows, 0);
            checkFigures(value.get("fields").get(2), of, Query::price, Query::price, 0);
        }
    }

    @Test
    void shouldMeasurePairsAsTheProgramHasWhenTheirNamesSayIt() throws Exception {
        final JsonNode json = report();
        final JsonNode pair = json.get("pairs").get(0);
        assertThat(pair.get("count").asInt()).isEqualTo(queries.size());
        assertThat(pair.get("begins_without_end").get("open").asInt()).isZero();
        assertThat(pair.get("ends_without_begin").asInt()).isZero();
        checkFigures(pair.get("latency_ns"), queries, Query::leastNs, Query::mostNs, CLOCK_NS);
        assertThat(run(0, "report", trace)).contains("db:query_begin -> db:query_end");
    }

    @Test
    void shouldCountRowsByPowersOfTwoAsTheProgramHasWhenAskedForAHistogram() throws Exception {
        final JsonNode histogram = report("--hist", "rows", "--where", "rows > 10").get("histograms").get(0);
        for (final JsonNode bucket : histogram.get("buckets")) {
            assertThat(bucket.get("count").asLong()).isEqualTo(queries.stream().filter(query -> query.rows > 10
                && query.rows >= bucket.get("from").asLong() && query.rows < bucket.get("to").asLong()).count());
        }
        assertThat(run(0, "report", trace, "--hist", "latency")).contains("#|");
        assertThat(run(2, "report", trace, "--by", "colour")).contains("has a field 'colour'; there are"
            + " db:query_begin.id").contains("see 'sluice report --help'");
    }

    @Test
    void shouldNameTheQueriesThatTheProgramKnowsToBeSlowWhenAskedForTheSlowest() throws Exception {
        final int count = QueryProgram.THREADS;
        final JsonNode slowest = report("--slowest", Integer.toString(count), "--around", "10s").get("slowest");
        assertThat(slowest).hasSize(count);
        final Map<Long, Query> byId = queries.stream().collect(Collectors.toMap(Query::id, query -> query));
        // A thread may lose its processor anywhere, so how long a query took is only known to lie between two measures.
        final long least = queries.stream().map(Query::leastNs).sorted(Comparator.reverseOrder()).skip(count - 1)
            .findFirst().orElseThrow();
        double before = Double.MAX_VALUE;
        for (final JsonNode one : slowest) {
            final Query query = byId.remove(events(one, "begin").get("fields").get("id").asLong());
            final double latencyNs = one.get("latency_ns").asDouble();
            assertThat(latencyNs).isBetween(query.leastNs - CLOCK_NS, query.mostNs + CLOCK_NS)
                .isBetween(least - CLOCK_NS, before);
            before = latencyNs;
            assertThat(one.get("thread").textValue()).isEqualTo(query.thread);
            assertThat(events(one, "end").get("fields").get("rows").asLong()).isEqualTo(query.rows);
            assertThat(events(one, "same_thread").get("thread").textValue()).isEqualTo(query.thread);
        }
        assertThat(run(0, "report", trace, "--slowest", "1", "--around", "10s")).contains("\n1. ", "\n  > ", "\n  | ");
    }

    private static JsonNode events(final JsonNode slow, final String role) {
        for (final JsonNode event : slow.get("events")) {
            if (event.get("role").textValue().equals(role)) {
                return event.get("event");
            }
        }
        throw new AssertionError("no " + role + " in " + slow);
    }

    @Test
    void shouldCountEachThreadAsTheProgramHasWhenThreadsAreShown() throws Exception {
        final JsonNode threads = report().get("threads");
        assertThat(threads.findValuesAsText("thread")).containsExactlyInAnyOrder("client-0", "client-1", "client-2");
        assertThat(threads.findValuesAsText("count")).containsOnly(Integer.toString(2 * QueryProgram.QUERIES));
        assertThat(run(0, "report", trace)).contains("client-0", "thread    ");
    }

    @Test
    void shouldNameTheMostFrequentFirstWhenThereAreMoreThanAreWanted() throws Exception {
        final JsonNode by = report("--by", "kind", "--top", "1").get("by").get(0);
        final Map.Entry<String, Long> most = queries.stream().collect(Collectors.groupingBy(Query::kind,
            Collectors.counting())).entrySet().stream().max(Map.Entry.comparingByValue(Comparator.naturalOrder()))
            .orElseThrow();
        assertThat(by.get("values").get(0).get("value").textValue()).isEqualTo(most.getKey());
        assertThat(by.get("values").get(0).get("count").asLong()).isEqualTo(most.getValue());
        assertThat(by.get("others").get("count").asLong()).isEqualTo(queries.size() - most.getValue());
        assertThat(by.get("others").get("values").asInt()).isEqualTo(2);
    }
}
