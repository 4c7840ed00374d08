// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Only pairs that last long enough are recorded of a real program, which pairs that are is found out from what it has
 * written down itself.
 */
@KernelTest
@OneJdk
@Timeout(300)
class HeldPairsTest {
    private static final long LEAST_NS = TimeUnit.MILLISECONDS.toNanos(5);
    /** What times of the counter may be off. */
    private static final long ERROR_NS = 20_000;
    private static final String[] PAIRS = {"--pair", HeldProgram.QUERY_BEGIN + ',' + HeldProgram.QUERY_END, "--pair",
        HeldProgram.TAKE + ',' + HeldProgram.GIVE + ",job,thread"};

    @TempDir
    private Path directory;
    private Path trace;
    private long seed;

    /** An event that the program has fired: between two moments. */
    private record Fired(String name, long id, long key, int thread, long before, long after,
                         boolean isFired) {
        static Fired of(final String line) {
            final String[] words = line.split(" ");
            return new Fired(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]), Integer.parseInt(words[3]),
                Long.parseLong(words[4]), Long.parseLong(words[5]), Boolean.parseBoolean(words[6]));
        }
    }

    /** A begin and its end, or what else has ended it; the end is null if nothing has. */
    private record Pair(Fired begin, Fired end) {
        boolean isEnded() {
            return end != null && (end.name.equals(HeldProgram.QUERY_END) || end.name.equals(HeldProgram.GIVE));
        }
    }

    @BeforeEach
    void begin() {
        trace = directory.resolve("trace");
        seed = Seed.draw("HeldPairsTest");
    }

    private ChildProgram program(final String... flags) throws Exception {
        return program(directory, flags);
    }

    private ChildProgram program(final Path own, final String... flags) throws Exception {
        final List<String> all = new ArrayList<>(List.of("-Xmx256m"));
        all.addAll(List.of(flags));
        final ChildProgram program = ChildProgram.startServant(own, "held", all,
            System.getProperty("java.class.path"),
            List.of(HeldProgram.class.getName(), Long.toString(seed), own.toString()));
        assertThat(program.awaitFirstLine()).isEqualTo("ready");
        return program;
    }

    private ChildProgram record(final ChildProgram program, final String... options) throws Exception {
        return RecorderProcess.record(directory, trace, program, options);
    }

    private List<Fired> fire(final ChildProgram program, final int round) throws Exception {
        program.send("fire");
        return fired(program, directory, round);
    }

    private static List<Fired> fired(final ChildProgram program, final Path own, final int round) throws Exception {
        program.awaitLine("fired", round + 1);
        return Files.readAllLines(own.resolve("round" + round)).stream().map(Fired::of).toList();
    }

    /** The rules of {@code report}. */
    private static List<Pair> pairs(final List<Fired> fired) {
        final List<Pair> pairs = new ArrayList<>();
        final Map<String, Deque<Fired>> begun = new HashMap<>();
        for (final Fired event : fired) {
            final boolean isNested = event.name.startsWith("held:query");
            if (event.name.equals(HeldProgram.OTHER)) {
                continue;
            }
            final Deque<Fired> open = begun.computeIfAbsent(event.thread + (isNested ? "" : "/" + event.key),
                unused -> new ArrayDeque<>());
            if (event.name.equals(HeldProgram.QUERY_BEGIN)) {
                open.push(event);
            } else if (event.name.equals(HeldProgram.TAKE)) {
                if (!open.isEmpty()) {
                    pairs.add(new Pair(open.pop(), event));
                }
                open.push(event);
            } else if (!open.isEmpty()) {
                pairs.add(new Pair(open.pop(), event));
            }
        }
        begun.values().forEach(open -> open.forEach(begin -> pairs.add(new Pair(begin, null))));
        return pairs;
    }

    /** The times of the events that are stored, by their ids. */
    private Map<Long, Long> stored() throws Exception {
        return stored("*");
    }

    private Map<Long, Long> stored(final String process) throws Exception {
        final Map<Long, Long> stored = new TreeMap<>();
        TraceReader.open(trace).events().ofProcesses(process).forEach(event ->
            assertThat(stored.put(event.getLong(0), event.monotonicNs())).as("twice").isNull());
        return stored;
    }

    private void finish(final ChildProgram recorder) throws Exception {
        recorder.terminate();
        assertThat(recorder.awaitExit()).as(recorder.toString()).isEqualTo(ExitStatus.OK);
        final TraceReport report = TraceReport.of(TraceReader.open(trace));
        assertThat(report.account().isWhole()).isTrue();
        assertThat(report.account().discarded()).isZero();
        assertThat(report.account().fired()).isEqualTo(stored().size());
    }

    /** Checks that what is stored is what lasted long enough; returns how many pairs that are. */
    private int check(final List<Fired> fired, final Map<Long, Long> stored) {
        int pairs = 0;
        int left = 0;
        final Map<Long, Boolean> decided = new HashMap<>();
        for (final Pair pair : pairs(fired)) {
            final boolean isStored = stored.containsKey(pair.begin.id);
            final long least = pair.end == null ? Long.MAX_VALUE : pair.end.before - pair.begin.after;
            final long most = pair.end == null ? Long.MAX_VALUE : pair.end.after - pair.begin.before;
            if (least >= LEAST_NS + ERROR_NS) {
                assertThat(isStored).as("seed=%d %s", seed, pair).isTrue();
            } else if (most < LEAST_NS - ERROR_NS) {
                assertThat(isStored).as("seed=%d %s", seed, pair).isFalse();
            }
            decided.put(pair.begin.id, isStored);
            left += isStored ? 0 : 1;
            if (pair.isEnded()) {
                decided.put(pair.end.id, isStored);
                assertThat(stored.containsKey(pair.end.id)).as("seed=%d %s", seed, pair).isEqualTo(isStored);
                assertThat(pair.end.isFired).as("seed=%d %s", seed, pair).isEqualTo(isStored);
                if (isStored) {
                    pairs++;
                    assertThat(stored.get(pair.end.id) - stored.get(pair.begin.id)).as("seed=%d %s", seed, pair)
                        .isBetween(least - ERROR_NS, most + ERROR_NS);
                }
            }
        }
        for (final Fired event : fired) {
            if (event.name.equals(HeldProgram.OTHER)) {
                assertThat(stored).as("seed=%d %s", seed, event).containsKey(event.id);
            } else if (!decided.containsKey(event.id)) {
                assertThat(stored).as("seed=%d end without a begin: %s", seed, event).doesNotContainKey(event.id);
            }
        }
        assertThat(pairs).isPositive();
        assertThat(left).isPositive();
        return pairs;
    }

    @ParameterizedTest
    @CsvSource({"bpf,nano", "shared,tsc", "pull,nano", "bpf,sampled", "shared,coarse"})
    void shouldStoreExactlyTheLongPairsInEveryModeAndOfEachClock(final String mode, final String clock)
        throws Exception {
        final List<String> options = new ArrayList<>(List.of("--mode", mode, "--min-duration", "5ms"));
        options.addAll(List.of(PAIRS));
        try (ChildProgram program = program("-Dsluice.clock=" + clock);
             ChildProgram recorder = record(program, options.toArray(String[]::new))) {
            final List<Fired> fired = fire(program, 0);
            finish(recorder);
            if (!clock.equals("coarse")) {
                check(fired, stored());
            } else {
                // Its times are late by up to a period, which is what the pairs are measured by.
                assertThat(stored()).isNotEmpty();
            }
            assertThat(TraceReport.of(TraceReader.open(trace)).toText()).contains("fires     *:*, of pairs "
                + PAIRS[1] + " and " + PAIRS[3] + " those of at least 5 ms\n");
        }
    }

    @Test
    void shouldFollowANewSelectionAndKeepItsAccountInAFlightRecorder() throws Exception {
        final List<String> options = new ArrayList<>(List.of("--flight", "60s", "-e", "held", "-e", "jobs",
            "--min-duration", "24h"));
        options.addAll(List.of(PAIRS));
        try (ChildProgram program = program();
             ChildProgram recorder = record(program, options.toArray(String[]::new))) {
            final List<Fired> none = fire(program, 0);
            final List<String> line = new ArrayList<>(List.of("control", trace.toString(), "-e", "*",
                "--min-duration", "5ms"));
            line.addAll(List.of(PAIRS));
            try (ChildProgram control = RecorderProcess.sluice(directory, line.toArray(String[]::new))) {
                assertThat(control.awaitExit()).as(control.toString()).isEqualTo(ExitStatus.OK);
            }
            final List<Fired> fired = fire(program, 1);
            finish(recorder);
            final Map<Long, Long> stored = stored();
            for (final Pair pair : pairs(none)) {
                // What has no end may have lasted long enough for the next selection.
                assertThat(pair.end != null && stored.containsKey(pair.begin.id)).as("seed=%d %s", seed, pair)
                    .isFalse();
                assertThat(pair.isEnded() && stored.containsKey(pair.end.id)).as("seed=%d %s", seed, pair).isFalse();
            }
            check(fired, stored());
        }
    }

    @Test
    void shouldDecideInEachOfSeveralProgramsForItself() throws Exception {
        final Path second = Files.createDirectory(directory.resolve("second"));
        try (ChildProgram one = program(); ChildProgram two = program(second)) {
            final List<String> options = new ArrayList<>(List.of("-p", Long.toString(two.pid()), "--min-duration",
                "5ms"));
            options.addAll(List.of(PAIRS));
            try (ChildProgram recorder = record(one, options.toArray(String[]::new))) {
                assertRefuses(ExitStatus.FAILED, List.of("'held:*[ident == 1] >=1000000ns", "; nothing was changed"),
                    "control", trace.toString(), "-e", "held:*[ident == 1]", "--min-duration", "1ms");
                one.send("fire");
                two.send("fire");
                final List<Fired> ofOne = fired(one, directory, 0);
                final List<Fired> ofTwo = fired(two, second, 0);
                recorder.terminate();
                assertThat(recorder.awaitExit()).as(recorder.toString()).isEqualTo(ExitStatus.OK);
                check(ofOne, stored(Long.toString(one.pid())));
                check(ofTwo, stored(Long.toString(two.pid())));
            }
        }
    }

    private void assertRefuses(final int status, final List<String> parts, final String... arguments)
        throws Exception {
        try (ChildProgram refused = RecorderProcess.sluice(directory, arguments)) {
            assertThat(refused.awaitExit()).as(refused.toString()).isEqualTo(status);
            assertThat(refused.errors().lines()).as(refused.toString()).hasSize(1);
            assertThat(refused.errors()).contains(parts);
        }
    }

    @Test
    void shouldRefuseInOneSentenceWhatCannotBe() throws Exception {
        try (ChildProgram program = program()) {
            final String pid = Long.toString(program.pid());
            final String out = trace.toString();
            assertRefuses(ExitStatus.USAGE, List.of("'--min-duration'", "'soon' is no duration such as 500us"),
                "record", "-p", pid, "-o", out, "--min-duration", "soon");
            assertRefuses(ExitStatus.USAGE, List.of("--pair says which pairs --min-duration is for"), "record", "-p",
                pid, "-o", out, "--pair", "jobs:take,jobs:give");
            assertRefuses(ExitStatus.FAILED, List.of("process " + pid, "may be fired by two threads",
                "write 'jobs:take,jobs:give,job,thread'"), "record", "-p", pid, "-o", out, "--min-duration", "5ms",
                "--pair", "jobs:take,jobs:give,job");
            assertRefuses(ExitStatus.FAILED, List.of("process " + pid, "a pair by their names",
                "there are jobs:give, jobs:take"), "record", "-p", pid, "-o", out, "--min-duration", "5ms", "-e",
                "jobs");
            assertThat(trace).doesNotExist();
        }
    }
}
