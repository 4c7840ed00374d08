// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cli.MainTest;
import dev.sluice.sql.command.BankRecord.Fired;
import dev.sluice.sql.command.BankRecord.Span;
import dev.sluice.sql.command.BankRecord.Statistics;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The commands of docs/analysis.md, on a recorded program over an H2 database, answer what that program's own record
 * and H2's statistics say. What is exact in the record is compared exactly; a latency lies between two measures.
 */
@OneJdk(together = true)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class AnalysisDocTest {
    private static final Pattern EXAMPLE =
        Pattern.compile("(?s)## ([0-9]+)\\.[^\n]*\n\n```sh\n\\./sluice (.*?)\n```\n\n```\n(.*?)```");
    private static final Pattern NUMBER = Pattern.compile("(^|[ \\[=+-])[0-9]");
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int QUESTIONS = 10;
    private static final String OPERATIONS = "300";
    /** The stated error of percentiles, and the rounding of a double. */
    private static final double ERROR = 0.01001;
    /** How far the clocks of the events and of the record may be apart. */
    private static final long CLOCK_NS = 20_000;
    /** How far the wall clock may leave the monotonic one while the program runs. */
    private static final long SLEW_NS = 20_000_000;
    private static final double NS_PER_MS = 1e6;
    private static final long AROUND_NS = 10_000_000;
    @TempDir
    private static Path directory;
    private static Path trace;
    private static BankRecord record;
    private static JsonNode said;
    private static final Map<Integer, Matcher> EXAMPLES = new TreeMap<>();

    @BeforeAll
    static void record() throws Exception {
        final long seed = Math.floorMod(Seed.draw("AnalysisDocTest"), 999_999_999L) + 1;
        trace = directory.resolve("bank.trace");
        final Path file = directory.resolve("record");
        try (ChildProgram bank = java("dev.sluice.samples.Main", "bank", "--wait", "--count", OPERATIONS, "--seed",
            Long.toString(seed), "--record", file.toString())) {
            assertThat(bank.awaitFirstLine()).isEqualTo("pid " + bank.pid());
            try (ChildProgram recorder = java("dev.sluice.cli.Main", "record", "-p", Long.toString(bank.pid()),
                "--mode", "shared", "-o", trace.toString())) {
                assertThat(recorder.awaitExit(TimeUnit.MINUTES.toSeconds(3))).as(recorder + "\n" + bank).isZero();
            }
            assertThat(bank.awaitExit()).as(bank.toString()).isZero();
            said = MAPPER.readTree(bank.output().lines().reduce((first, last) -> last).orElseThrow());
        }
        record = BankRecord.read(file);
        final Matcher example =
            EXAMPLE.matcher(Files.readString(ChildProgram.root().resolve("docs").resolve("analysis.md")));
        while (example.find()) {
            EXAMPLES.put(Integer.parseInt(example.group(1)), EXAMPLE.matcher(example.group()));
        }
        EXAMPLES.values().forEach(Matcher::matches);
    }

    private static ChildProgram java(final String... arguments) throws Exception {
        // These programs start fast, and run for a moment.
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        return ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"), List.of(arguments));
    }

    /** Runs the command of a question, with some more options. */
    private static String run(final int question, final String... more) {
        final List<String> arguments = new ArrayList<>();
        for (final String argument : SqlDocTest.arguments(EXAMPLES.get(question).group(2))) {
            arguments.add(argument.equals("bank.trace") ? trace.toString() : argument);
        }
        arguments.addAll(List.of(more));
        final MainTest.Result result = MainTest.runMain(arguments.toArray(String[]::new));
        assertThat(result.status()).as(arguments + "\n" + result.text()).isZero();
        return result.text().replace(trace.toString(), "bank.trace");
    }

    private static JsonNode json(final int question) throws Exception {
        return MAPPER.readTree(run(question, "--json"));
    }

    private static List<JsonNode> jsonLines(final int question) throws Exception {
        final List<JsonNode> lines = new ArrayList<>();
        for (final String line : run(question, "--json").lines().toList()) {
            lines.add(MAPPER.readTree(line));
        }
        return lines;
    }

    /** Headings: lines without a number, and without the width of their columns. */
    private static List<String> headings(final String text) {
        return text.lines().map(line -> line.strip().replaceAll(" {2,}", " "))
            .filter(line -> !line.isEmpty() && !NUMBER.matcher(line).find()).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, QUESTIONS})
    void shouldPrintTablesAsThePageShowsThemWhenTheCommandIsRun(final int question) {
        assertThat(EXAMPLES).hasSize(QUESTIONS);
        // Where the page has "...", it leaves out lines.
        assertThat(headings(run(question))).containsAll(headings(EXAMPLES.get(question).group(3)).stream()
            .filter(line -> !line.equals("...")).toList());
    }

    @Test
    void shouldHaveEveryEventThatTheProgramHasFired() {
        final MainTest.Result result = MainTest.runMain("report", trace.toString());
        assertThat(result.status()).as(result.text()).isZero();
        assertThat(said.get("fired").asLong()).isEqualTo(said.get("attempts").asLong())
            .isEqualTo(record.events.size());
        assertThat(result.text()).contains("stored + discarded + overwritten + lost = fired: yes\n")
            .containsPattern(String.format(Locale.ROOT, "fired +%,d\n", record.events.size()));
    }

    private static double exact(final List<Long> sorted, final double quantile) {
        return sorted.get(Math.max(0, (int) Math.ceil(quantile * sorted.size()) - 1));
    }

    /** Figures of a duration of which the program knows two measures, or one of them if these are the same. */
    private static <T> void checkFigures(final JsonNode field, final List<T> of, final ToLongFunction<T> least,
        final ToLongFunction<T> most, final long slack) {
        final List<Long> low = of.stream().map(least::applyAsLong).sorted().toList();
        final List<Long> high = of.stream().map(most::applyAsLong).sorted().toList();
        Map.of("p50", 0.5, "p90", 0.9, "p99", 0.99, "p999", 0.999).forEach((key, quantile) ->
            assertThat(field.get(key).asDouble()).as("%s of %s", key, field).isBetween(
                exact(low, quantile) - Math.abs(exact(low, quantile)) * ERROR - slack,
                exact(high, quantile) + Math.abs(exact(high, quantile)) * ERROR + slack));
        assertThat(field.get("min").asLong()).isBetween(low.get(0) - slack, high.get(0) + slack);
        assertThat(field.get("max").asLong()).isBetween(low.get(low.size() - 1) - slack,
            high.get(high.size() - 1) + slack);
        final long sumSlack = slack * of.size();
        assertThat(field.get("sum").asLong()).isBetween(low.stream().mapToLong(Long::longValue).sum() - sumSlack,
            high.stream().mapToLong(Long::longValue).sum() + sumSlack);
    }

    /** Counts and latencies for each value. */
    private static void checkLatencies(final JsonNode values, final Map<String, List<Span>> expected) {
        assertThat(values).hasSameSizeAs(expected.keySet());
        for (final JsonNode value : values) {
            // A thread has its id behind its name.
            final List<Span> of = expected.get(value.get("value").textValue().split(" ")[0]);
            assertThat(value.get("count").asInt()).isEqualTo(of.size());
            checkFigures(field(value, "latency"), of, Span::leastNs, Span::mostNs, CLOCK_NS);
        }
    }

    private static JsonNode field(final JsonNode value, final String name) {
        return StreamSupport.stream(value.get("fields").spliterator(), false)
            .filter(field -> field.get("name").textValue().equals(name)).findFirst().orElseThrow();
    }

    private static Map<String, List<Span>> by(final List<Span> spans, final Function<Span, String> value) {
        return spans.stream().collect(Collectors.groupingBy(value));
    }

    @Test
    void shouldNameTheSlowestQueryAndWhatHappenedAroundItAsTheProgramHas() throws Exception {
        final JsonNode slow = json(1).get("slowest").get(0);
        final long id = fields(slow, "begin").get("id").asLong();
        final Span query = record.queries.stream().filter(span -> span.begin().number("id") == id).findFirst()
            .orElseThrow();
        final long slowest = record.queries.stream().mapToLong(Span::leastNs).max().orElseThrow();
        assertThat(slow.get("latency_ns").asLong()).isBetween(query.leastNs() - CLOCK_NS, query.mostNs() + CLOCK_NS)
            .isGreaterThanOrEqualTo(slowest - CLOCK_NS);
        assertThat(slow.get("thread").textValue()).isEqualTo(query.begin().thread());
        assertThat(fields(slow, "end").get("rows").asLong()).isEqualTo(query.end().number("rows"));
        for (final String role : List.of("same_thread", "other")) {
            final long found = slow.get("left_out").get(role).asLong() + StreamSupport.stream(
                slow.get("events").spliterator(), false).filter(event -> event.get("role").textValue().equals(role))
                .count();
            final List<Fired> others = record.events.stream().filter(event -> event != query.begin()
                && event != query.end() && event.thread().equals(slow.get("thread").textValue())
                == role.equals("same_thread")).toList();
            final long least = query.begin().after() - AROUND_NS + CLOCK_NS;
            final long most = query.end().before() + AROUND_NS - CLOCK_NS;
            assertThat(found).as(role).isBetween(
                others.stream().filter(event -> event.before() >= least && event.after() <= most).count(),
                others.stream().filter(event -> event.after() >= query.begin().before() - AROUND_NS - CLOCK_NS
                    && event.before() <= query.end().after() + AROUND_NS + CLOCK_NS).count());
        }
    }

    private static JsonNode fields(final JsonNode slow, final String role) {
        return StreamSupport.stream(slow.get("events").spliterator(), false)
            .filter(event -> event.get("role").textValue().equals(role)).findFirst().orElseThrow().get("event")
            .get("fields");
    }

    @Test
    void shouldTellWhereTheTimeGoesAsTheProgramAndTheDatabaseDo() throws Exception {
        final JsonNode values = json(2).get("by").get(0).get("values");
        checkLatencies(values, by(record.queries, span -> span.text("query")));
        for (final JsonNode value : values) {
            final Statistics ofH2 = record.statistics.get(value.get("value").textValue());
            final JsonNode latency = field(value, "latency");
            assertThat(value.get("count").asLong()).isEqualTo(ofH2.count());
            // H2 measures inside of what is measured here.
            assertThat(latency.get("max").asDouble()).isGreaterThanOrEqualTo(ofH2.mostMs() * NS_PER_MS - CLOCK_NS);
            assertThat(latency.get("sum").asDouble())
                .isGreaterThanOrEqualTo(ofH2.sumMs() * NS_PER_MS - (double) CLOCK_NS * ofH2.count());
        }
        final List<Double> sums = StreamSupport.stream(values.spliterator(), false)
            .map(value -> field(value, "latency").get("sum").asDouble()).toList();
        assertThat(sums).isSortedAccordingTo(Comparator.reverseOrder());
    }

    @Test
    void shouldCountRowsOfEachStatementAsTheDatabaseHas() throws Exception {
        final JsonNode values = json(3).get("by").get(0).get("values");
        assertThat(values).hasSameSizeAs(record.statistics.keySet());
        for (final JsonNode value : values) {
            final String query = value.get("value").textValue();
            final JsonNode rows = field(value, "rows");
            assertThat(value.get("count").asLong()).as(query).isEqualTo(record.statistics.get(query).count());
            assertThat(rows.get("sum").asLong()).as(query).isEqualTo(record.statistics.get(query).rows());
            final List<Fired> ends = record.named("queryEnd").filter(end -> end.fields().get("query").equals(query))
                .toList();
            checkFigures(rows, ends, end -> end.number("rows"), end -> end.number("rows"), 0);
        }
    }

    @Test
    void shouldNameTheAccountsThatAreWaitedForMostAsTheProgramHas() throws Exception {
        final JsonNode by = json(4).get("by").get(0);
        final Map<Long, List<Fired>> byAccount =
            record.named("locked").collect(Collectors.groupingBy(locked -> locked.number("account")));
        final ToLongFunction<Fired> waitNs = locked -> locked.number("waitNs");
        final List<Long> accounts = byAccount.keySet().stream().sorted(Comparator.comparing(
            account -> -byAccount.get(account).stream().mapToLong(waitNs).sum())).toList();
        final JsonNode values = by.get("values");
        assertThat(values).isNotEmpty();
        for (int i = 0; i < values.size(); i++) {
            final List<Fired> of = byAccount.get(accounts.get(i));
            assertThat(values.get(i).get("value").asLong()).isEqualTo(accounts.get(i));
            assertThat(values.get(i).get("count").asLong()).isEqualTo(of.size());
            checkFigures(field(values.get(i), "waitNs"), of, waitNs, waitNs, 0);
        }
        assertThat(by.get("others").get("values").asInt()).isEqualTo(accounts.size() - values.size());
        assertThat(by.get("count").asLong()).isEqualTo(record.named("locked").count());
    }

    @Test
    void shouldDrawWaitsByPowersOfTwoAsTheProgramHasThem() throws Exception {
        final JsonNode histogram = json(5).get("histograms").get(0);
        assertThat(histogram.get("count").asLong()).isEqualTo(record.named("locked").count());
        for (final JsonNode bucket : histogram.get("buckets")) {
            assertThat(bucket.get("count").asLong()).as(bucket.toString())
                .isEqualTo(record.named("locked").filter(locked -> locked.number("waitNs")
                    >= bucket.get("from").asLong() && locked.number("waitNs") < bucket.get("to").asLong()).count());
        }
    }

    @Test
    void shouldGiveEachThreadItsTransactionsAsTheProgramDoes() throws Exception {
        checkLatencies(json(6).get("by").get(0).get("values"),
            by(record.transactions, span -> span.begin().thread()));
    }

    @Test
    void shouldTellRefusedTransactionsApartAsTheProgramDoes() throws Exception {
        checkLatencies(json(7).get("by").get(0).get("values"), by(record.transactions, span -> span.text("outcome")));
    }

    @Test
    void shouldShowATransactionStepByStepAsTheProgramHasDoneIt() throws Exception {
        final List<JsonNode> lines = jsonLines(8);
        final long tx = lines.get(0).get("fields").get("tx").asLong();
        final List<Fired> steps = record.events.stream().filter(event -> event.number("tx") == tx).toList();
        assertThat(lines).hasSameSizeAs(steps).hasSizeGreaterThan(5);
        for (int i = 0; i < steps.size(); i++) {
            assertThat(lines.get(i).get("event").textValue()).isEqualTo("bank:" + steps.get(i).name());
            assertThat(lines.get(i).get("thread").textValue()).isEqualTo(steps.get(i).thread());
            assertThat(MAPPER.convertValue(lines.get(i).get("fields"), Map.class).toString())
                .isEqualTo(steps.get(i).fields().toString());
        }
    }

    /** How long a transaction had an account while another one waited: not less, and not more. */
    private static long[] heldNs(final Fired waiter, final Fired locked) {
        final Fired end = record.transactions.stream().map(Span::end)
            .filter(one -> one.number("tx") == locked.number("tx")).findFirst().orElseThrow();
        final long waitNs = waiter.number("waitNs");
        return new long[] {
            Math.min(end.before(), waiter.before()) - Math.max(locked.after(), waiter.after() - waitNs) - CLOCK_NS,
            Math.min(end.after(), waiter.after()) - Math.max(locked.before(), waiter.before() - waitNs) + CLOCK_NS};
    }

    @Test
    void shouldNameWhoHadTheAccountWhileSomebodyWaitedLongest() throws Exception {
        final Fired waiter = record.named("locked").max(Comparator.comparing(locked -> locked.number("waitNs")))
            .orElseThrow();
        final Map<Long, Fired> holders = record.named("locked").filter(locked -> locked.before() < waiter.before()
            && locked.number("account") == waiter.number("account"))
            .collect(Collectors.toMap(locked -> locked.number("tx"), locked -> locked));
        final long longest = holders.values().stream().mapToLong(locked -> heldNs(waiter, locked)[0]).max().orElse(0);
        final List<JsonNode> rows = jsonLines(9);
        // Nobody may have been in the way of a thread that only lost its processor.
        assertThat(rows.isEmpty() ? 0 : rows.get(0).get("held_ms").asDouble() * NS_PER_MS)
            .isGreaterThanOrEqualTo(longest);
        for (final JsonNode row : rows) {
            final Fired holder = holders.get(row.get("tx").asLong());
            assertThat(row.get("holder").textValue()).isEqualTo(holder.thread());
            assertThat(row.get("waiter").textValue()).isEqualTo(waiter.thread());
            assertThat(row.get("account").asLong()).isEqualTo(waiter.number("account"));
            assertThat(Math.round(row.get("waited_ms").asDouble() * NS_PER_MS)).isEqualTo(waiter.number("waitNs"));
            assertThat(Math.round(row.get("held_ms").asDouble() * NS_PER_MS))
                .isBetween(heldNs(waiter, holder)[0], heldNs(waiter, holder)[1]);
        }
    }

    @Test
    void shouldTellWhenItWasSlowAsTheProgramHas() throws Exception {
        // One event says how far the program's clock is from the wall clock.
        final JsonNode first = MAPPER.readTree(MainTest.runMain("print", trace.toString(), "--json", "-n", "1", "-e",
            "bank:queryBegin").text());
        final Fired fired = record.named("queryBegin")
            .filter(event -> event.number("id") == first.get("fields").get("id").asLong()).findFirst().orElseThrow();
        final long offsetNs = first.get("time_ns").asLong() - fired.before();
        final long slackNs = SLEW_NS + fired.after() - fired.before();
        final List<JsonNode> rows = jsonLines(10);
        long all = 0;
        long slowest = 0;
        for (final JsonNode row : rows) {
            final long beginNs = ChronoUnit.NANOS.between(LocalDateTime.of(1970, 1, 1, 0, 0), LocalDateTime.parse(
                row.get("since").textValue().replace(' ', 'T'))) - offsetNs;
            final long endNs = beginNs + TimeUnit.MILLISECONDS.toNanos(500);
            all += row.get("queries").asLong();
            slowest = Math.max(slowest, Math.round(row.get("slowest_ms").asDouble() * NS_PER_MS));
            assertThat(row.get("queries").asLong()).as(row.toString()).isBetween(
                record.queries.stream().filter(query -> query.begin().before() >= beginNs + slackNs
                    && query.begin().after() < endNs - slackNs).count(),
                record.queries.stream().filter(query -> query.begin().after() >= beginNs - slackNs
                    && query.begin().before() < endNs + slackNs).count());
        }
        assertThat(all).isEqualTo(record.queries.size());
        assertThat(slowest).isBetween(
            record.queries.stream().mapToLong(Span::leastNs).max().orElseThrow() - CLOCK_NS,
            record.queries.stream().mapToLong(Span::mostNs).max().orElseThrow() + CLOCK_NS);
    }
}
