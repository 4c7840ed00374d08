// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Json;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.pair.PairConvention;
import dev.sluice.store.pair.PairName;
import dev.sluice.store.pair.PairRule;
import dev.sluice.store.pair.Pairs;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.FieldStatistics;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice stat}, beside a recording and without one. */
@OneJdk
@Timeout(600)
class StatTest {
    private static final int EVENTS = 1_500;

    @TempDir
    private Path directory;

    private ChildProgram java(final String... words) throws IOException {
        return ChildProgram.startServant(directory, words[0], List.of(), System.getProperty("java.class.path"),
            List.of(words));
    }

    private ChildProgram sluice(final String... words) throws IOException {
        return java(Stream.concat(Stream.of("dev.sluice.cli.Main"), Stream.of(words)).toArray(String[]::new));
    }

    private static long number(final Map<String, Object> object, final String key) {
        return ((Number) object.get(key)).longValue();
    }

    /** What is looked at once a recording of all that a program does is over. */
    private interface Check {
        void look(ChildProgram target, ChildProgram stat, ChildProgram record) throws IOException;
    }

    /** Runs a sample to its end, with one that looks and one that records into a trace. */
    private void watch(final String sample, final Path trace, final Check check) throws Exception {
        try (ChildProgram target = java("dev.sluice.samples.Main", sample, "--rate", "1000", "--count",
                Integer.toString(EVENTS), "--wait")) {
            target.awaitFirstLine();
            final String pid = Long.toString(target.pid());
            try (ChildProgram stat = sluice("stat", "-p", pid, "-i", "100ms", "--json")) {
                stat.awaitFirstLine();
                try (ChildProgram record = sluice("record", "-p", pid, "--mode", "shared", "-o", trace.toString())) {
                    assertThat(target.awaitExit()).as(target.toString()).isZero();
                    assertThat(record.awaitExit()).as(record.toString()).isEqualTo(ExitStatus.OK);
                    assertThat(stat.awaitExit()).as(stat.toString()).isEqualTo(ExitStatus.OK);
                    check.look(target, stat, record);
                }
            }
        }
    }

    @Test
    void shouldCountWhatTheProgramCountsAndEndWithItWhenItIsRecordedMeanwhile() throws Exception {
        final Path trace = directory.resolve("trace");
        watch("hello", trace, (target, stat, record) -> {
            assertThat(stat.errors()).hasLineCount(1).startsWith("sluice stat: process " + target.pid())
                .endsWith("has ended\n");
            check(stat.output(), target, record);
        });
        assertThat(TraceReport.of(TraceReader.open(trace)).account().stored()).isEqualTo(EVENTS);
    }

    private static void check(final String output, final ChildProgram target, final ChildProgram record)
        throws IOException {
        final List<Map<String, Object>> turns = new ArrayList<>();
        output.lines().forEach(line -> turns.add(Json.readObject(line)));
        final Map<String, Object> last = turns.get(turns.size() - 1);
        final List<String> said = target.output().lines().toList();
        assertThat(number(Json.readObject(said.get(said.size() - 1)), "fired")).isEqualTo(EVENTS);
        assertThat(number(last, "fired")).isEqualTo(EVENTS);
        assertThat(number(last, "written")).isEqualTo(EVENTS);
        assertThat(number(last, "discarded")).isZero();
        assertThat(last.get("clock")).isIn("tsc", "nano");
        assertThat(number(turns.get(0), "fired")).isZero();
        assertThat(number(turns.get(0), "recorder_pid")).isZero();
        assertThat(turns).anySatisfy(turn -> {
            assertThat(number(turn, "recorder_pid")).isEqualTo(record.pid());
            assertThat(turn.get("active")).isEqualTo(true);
        });
        // The rates of one tracepoint, over the time that each is of, are its events.
        double events = 0;
        for (final Map<String, Object> turn : turns) {
            for (final Object event : (List<?>) turn.get("events")) {
                final Map<?, ?> one = (Map<?, ?>) event;
                assertThat(one.get("name")).isEqualTo("hello:world");
                assertThat(one.get("exact")).isEqualTo(true);
                events += ((Number) one.get("per_second")).doubleValue() * ((Number) turn.get("seconds")).doubleValue();
            }
        }
        assertThat(Math.round(events)).isBetween(EVENTS - 5L, EVENTS + 5L);
    }

    /** Each pair is there once, and took what the trace of the same events says. */
    @Test
    void shouldMeasurePairsAsTheTraceDoesWhenTheyAreRecordedMeanwhile() throws Exception {
        final Path trace = directory.resolve("trace");
        final List<Map<String, Object>> latencies = new ArrayList<>();
        watch("latency", trace, (target, stat, record) ->
            stat.output().lines().forEach(line -> latencies.addAll(latencies(Json.readObject(line)))));
        final EventKinds kinds = new EventKinds(TraceReader.open(trace).events());
        final PairName name = PairConvention.of(kinds).get(0);
        final Pairs pairs = new Pairs(List.of(new PairRule(kinds, name, null)), (figures, begin, end, ns) -> { });
        TraceReader.open(trace).events().forEach(pairs::accept);
        final FieldStatistics truth = pairs.figures().get(0).latency();
        assertThat(truth.count()).isEqualTo(EVENTS);
        assertThat(latencies).allSatisfy(one -> {
            assertThat(one).containsEntry("begin", name.begin()).containsEntry("end", name.end());
            assertThat(number(one, "p50_ns")).isBetween(1L, number(one, "p90_ns"));
            assertThat(number(one, "p99_ns")).isBetween(number(one, "p90_ns"), number(one, "max_ns"));
        });
        assertThat(latencies.stream().mapToLong(one -> number(one, "count")).sum()).isEqualTo(EVENTS);
        final double longest = latencies.stream().mapToLong(one -> number(one, "max_ns")).max().orElseThrow();
        assertThat(longest).isCloseTo(truth.max().doubleValue(), Percentage.withPercentage(1));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> latencies(final Map<String, Object> turn) {
        return (List<Map<String, Object>>) turn.get("latencies");
    }

    @Test
    void shouldPrintSoManyTurnsWhenToldAndSayThatNobodyRecords() throws Exception {
        try (ChildProgram target = java("dev.sluice.samples.Main", "hello", "--rate", "1000")) {
            target.awaitFirstLine();
            final MainTest.Result stat =
                MainTest.runMain("stat", "-p", Long.toString(target.pid()), "-i", "50ms", "-n", "2");
            assertThat(stat.status()).as(stat.text()).isEqualTo(ExitStatus.OK);
            assertThat(stat.text().lines()).hasSize(3);
            assertThat(stat.text()).contains("process " + target.pid() + " (dev.sluice.samples.Main): clock ")
                .contains("0 events/s, discarded 0/s").contains("nobody records");
        }
    }

    @Test
    void shouldSayInOneLineWhatIsWrongWhenItCannotLook() {
        final MainTest.Result none = MainTest.runMain("stat", "-p", "999999999");
        assertThat(none.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(none.text()).hasLineCount(1).contains("no process 999999999");
        assertThat(MainTest.runMain("stat", "-p", "1", "-i", "1ms").status()).isEqualTo(ExitStatus.USAGE);
        assertThat(MainTest.runMain("stat", "-p", "1", "-n", "0").status()).isEqualTo(ExitStatus.USAGE);
        assertThat(MainTest.runMain("stat").status()).isEqualTo(ExitStatus.USAGE);
    }
}
