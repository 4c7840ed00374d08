// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.EventStatistics;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Filters and samplings of a real program by a real recorder: what is stored is what the program says it has fired. The
 * classes that are made of filters are tested on every JDK by {@code dev.sluice.trace.FilterTest}.
 */
@KernelTest
@OneJdk
@Timeout(300)
class FilterTest {
    private static final List<String> NAMES = List.of("filtered:placed", "filtered:plain", "named:words", "named:text",
        "named:mixed", "later:came", "named:virtual");

    @TempDir
    private Path directory;
    private Path trace;
    private int rounds;

    @BeforeEach
    void begin() {
        trace = directory.resolve("trace");
    }

    private ChildProgram program() throws Exception {
        final ChildProgram program = ChildProgram.startServant(directory, "filtered", List.of("-Xmx256m"),
            System.getProperty("java.class.path"), List.of(FilteredProgram.class.getName()));
        assertThat(program.awaitFirstLine()).isEqualTo("ready");
        return program;
    }

    private ChildProgram record(final ChildProgram program, final String... options) throws Exception {
        return RecorderProcess.record(directory, trace, program, options);
    }

    /** Has the program fire a round; how many of each it was told were fired. */
    private long[] fire(final ChildProgram program) throws InterruptedException {
        program.send("fire");
        final String[] words = program.awaitLine("fired", ++rounds).split(" ");
        return LongStream.range(1, words.length).map(i -> Long.parseLong(words[(int) i])).toArray();
    }

    private static long[] sum(final long[] one, final long[] other) {
        final long[] sum = new long[one.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = one[i] + other[i];
        }
        return sum;
    }

    private static long threads(final LongPredicate isWanted) {
        return FilteredProgram.THREADS * LongStream.range(0, FilteredProgram.EVENTS).filter(isWanted).count();
    }

    /** Ends the recording, which must be whole, and compares it with what was fired. */
    private void checkTrace(final ChildProgram recorder, final long[] fired) throws Exception {
        recorder.terminate();
        assertThat(recorder.awaitExit()).as(recorder.toString()).isEqualTo(ExitStatus.OK);
        final TraceReport report = TraceReport.of(TraceReader.open(trace));
        assertThat(report.account().isWhole()).isTrue();
        final Map<String, Long> counts = new TreeMap<>();
        for (final EventStatistics event : report.events()) {
            counts.merge(event.schema().name(), event.count(), Long::sum);
        }
        for (int i = 0; i < NAMES.size(); i++) {
            assertThat(counts.getOrDefault(NAMES.get(i), 0L)).as(NAMES.get(i)).isEqualTo(fired[i]);
        }
        assertThat(report.account().fired()).isEqualTo(LongStream.of(fired).sum());
        assertThat(report.account().discarded()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpf", "shared", "pull"})
    void shouldStoreExactlyWhatPassesInEveryMode(final String mode) throws Exception {
        try (ChildProgram program = program();
             ChildProgram recorder = record(program, "--mode", mode,
                 "-e", "filtered:placed[price > 100 && (symbol == \"ACME\" || side == 'SELL')]",
                 "-e", "filtered:plain[quantity < 10]", "-e", "filtered:plain[id >= 19990]",
                 "-e", "named:words[b <= -100]", "-e", "named:t*[symbol != null && n != 3]",
                 "-e", "named:mixed[price == 7.0 && symbol >= 'B']", "-e", "named:virtual[id > 5 && !(id > 100)]")) {
            final long[] fired = fire(program);
            assertThat(fired).containsExactly(
                threads(id -> FilteredProgram.price(id) > 100 && (id % 3 == 0 || (id & 1) == 1)),
                threads(id -> id < 10 || id >= 19_990), threads(id -> id >= 100),
                threads(id -> id % 3 != 2 && id != 3), threads(id -> id % 200 == 7 && id % 3 == 1), 0, 95);
            checkTrace(recorder, fired);
        }
    }

    @Test
    void shouldFilterWhatIsDeclaredWhileRecording() throws Exception {
        try (ChildProgram program = program();
             ChildProgram recorder = record(program, "-e", "later[id > 19000]", "-e", "filtered:plain[id == 1]")) {
            final long[] first = fire(program);
            assertThat(first).containsExactly(0, threads(id -> id == 1), 0, 0, 0, 0, 0);
            program.send("declare");
            program.awaitLine("declared", 1);
            final long[] second = fire(program);
            assertThat(second[5]).isEqualTo(threads(id -> id > 19_000));
            checkTrace(recorder, sum(first, second));
        }
    }

    /** In this JVM: what a command refuses it refuses before it changes anything. */
    private static void assertRefuses(final int status, final List<String> parts, final String... arguments) {
        final MainTest.Result refused = MainTest.runMain(arguments);
        assertThat(refused.status()).as(refused.text()).isEqualTo(status);
        assertThat(refused.text().lines()).as(refused.text()).hasSize(1);
        assertThat(refused.text()).contains(parts);
    }

    @Test
    void shouldRefuseInOneSentenceAndLeaveTheProgramAlone() throws Exception {
        try (ChildProgram program = program()) {
            final String pid = Long.toString(program.pid());
            final String out = trace.toString();
            assertRefuses(ExitStatus.FAILED, List.of("'filtered:placed[prise > 100]': no event that it selects has a"
                + " field 'prise'; there are id, price, side, symbol"), "record", "-p", pid, "-o", out, "-e",
                "filtered:placed[prise > 100]");
            assertRefuses(ExitStatus.FAILED, List.of("field 'symbol' is of type string: compare it with a text in"
                + " quotes"), "record", "-p", pid, "-o", out, "-e", "filtered:*[symbol > 100]");
            assertRefuses(ExitStatus.FAILED, List.of("no key"), "record", "-p", pid, "-o", out, "-e",
                "filtered:placed", "--sample", "1/10:price");
            assertRefuses(ExitStatus.USAGE, List.of("'--event'", "column 24", "missing before the end"), "record",
                "-p", pid, "-o", out, "-e", "filtered:placed[price >]");
            assertRefuses(ExitStatus.USAGE, List.of("'--sample'", "'a tenth' is no sampling"), "record", "-p", pid,
                "-o", out, "--sample", "a tenth");
            assertThat(trace).doesNotExist();
            assertThat(fire(program)).containsOnly(0);
            // Another consumer changes nothing of the first one's filters.
            try (ChildProgram recorder = record(program, "-e", "filtered:plain[id == 1]")) {
                assertRefuses(ExitStatus.FAILED, List.of("process " + recorder.pid()), "record", "-p", pid, "-o",
                    out + "2", "-e", "filtered:plain[id == 2]");
                checkTrace(recorder, fire(program));
            }
        }
    }

    @Test
    void shouldKeepASampleByEventAndWholeKeys() throws Exception {
        try (ChildProgram program = program();
             ChildProgram recorder = record(program, "--sample", "1/10", "-e", "filtered:plain", "-e",
                 "filtered:placed[price >= 100]", "-e", "named:words")) {
            final long[] fired = fire(program);
            assertThat(fired[0]).isBetween(1_500L, 2_500L);
            assertThat(fired[1]).isBetween(3_400L, 4_600L);
            assertThat(fired[2]).isBetween(3_400L, 4_600L);
            checkTrace(recorder, fired);
            final String text = TraceReport.of(TraceReader.open(trace)).toText();
            assertThat(text).contains("fires     filtered:plain, 1 of 10 by event; filtered:placed only where price >="
                + " 100, 1 of 10 by event; named:words, 1 of 10 by event\n");
        }
    }

    private static void control(final int tracepoints, final String... arguments) {
        final List<String> line = new ArrayList<>(List.of("control", "--json"));
        line.addAll(List.of(arguments));
        final MainTest.Result control = MainTest.runMain(line.toArray(String[]::new));
        assertThat(control.status()).as(control.text()).isEqualTo(ExitStatus.OK);
        assertThat(control.text()).endsWith("\"tracepoints\":" + tracepoints + "}\n");
    }

    /** Capabilities and users of all threads of a process. */
    private static Set<String> rights(final long pid) throws IOException {
        final Set<String> rights = new TreeSet<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (final Path task : tasks.toList()) {
                Files.readAllLines(task.resolve("status")).stream()
                    .filter(line -> line.startsWith("CapEff") || line.startsWith("Uid")).forEach(rights::add);
            }
        }
        return rights;
    }

    @Test
    void shouldNeedNoRightsWhenItIsAskedForOtherEvents() throws Exception {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m"));
        try (ChildProgram program = program();
             ChildProgram recorder = ChildProgram.start(directory, ChildProgram.javaCommand(
                 List.of("env", "SUDO_UID=65534", "SUDO_GID=65534"), flags, System.getProperty("java.class.path"),
                 List.of("dev.sluice.cli.Main", "record", "-p", Long.toString(program.pid()), "-o", trace.toString(),
                     "--policy", "block", "-e", "filtered:plain")))) {
            ChildProgram.await("it has begun", () -> RecorderProcess.errors(recorder).contains("has begun: "));
            final Set<String> none = Set.of("CapEff:\t0000000000000000", "Uid:\t65534\t65534\t65534\t65534");
            assertThat(rights(recorder.pid())).isEqualTo(none);
            control(1, "-p", Long.toString(program.pid()), "-e", "filtered:plain[id < 10]");
            assertThat(rights(recorder.pid())).isEqualTo(none);
            final long[] fired = fire(program);
            assertThat(fired[1]).isEqualTo(threads(id -> id < 10));
            checkTrace(recorder, fired);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpf", "shared"})
    void shouldRecordOtherEventsFromNowOnWhenItIsAskedTo(final String mode) throws Exception {
        try (ChildProgram program = program();
             ChildProgram recorder = record(program, "--mode", mode, "-e", "filtered:plain")) {
            final String pid = Long.toString(program.pid());
            long[] all = fire(program);
            assertThat(all).containsExactly(0, threads(id -> true), 0, 0, 0, 0, 0);
            control(2, "-p", pid, "-e", "filtered:plain[id < 10]", "-e", "named:words[a >= 19990]");
            long[] fired = fire(program);
            assertThat(fired).containsExactly(0, threads(id -> id < 10), threads(id -> id >= 19_990), 0, 0, 0, 0);
            all = sum(all, fired);
            // What does not fit changes nothing.
            assertRefuses(ExitStatus.FAILED, List.of("'filtered:plain[ident < 10]': no event that it selects has a"
                + " field 'ident'; there are id, quantity"), "control", trace.toString(), "-e",
                "filtered:plain[ident < 10]");
            assertRefuses(ExitStatus.USAGE, List.of("say which events"), "control", trace.toString());
            // A misspelt pattern is told, as it may as well be of what comes later.
            final MainTest.Result none = MainTest.runMain("control", trace.toString(), "-e", "filterd:*");
            assertThat(none.status()).isEqualTo(ExitStatus.OK);
            assertThat(none.text()).startsWith("sluice control: nothing is called so yet, and nothing is recorded until"
                + " a program declares it; 'sluice list' shows what is there\n");
            control(2, trace.toString(), "-e", "filtered:plain[id < 10]", "-e", "named:words[a >= 19990]");
            assertThat(fire(program)).isEqualTo(fired);
            all = sum(all, fired);
            control(1, trace.toString(), "-e", "later[id == 7]", "-e", "named:text[symbol == 'ACME']");
            program.send("declare");
            program.awaitLine("declared", 1);
            fired = fire(program);
            assertThat(fired).containsExactly(0, 0, 0, threads(id -> id % 3 == 0), 0, threads(id -> id == 7), 0);
            all = sum(all, fired);
            control(2, trace.toString(), "-e", "filtered:*", "--sample", "1/4:id");
            fired = fire(program);
            assertThat(fired[0]).isEqualTo(fired[1]).isBetween(threads(id -> true) / 5, threads(id -> true) / 3);
            checkTrace(recorder, sum(all, fired));
            final String text = TraceReport.of(TraceReader.open(trace)).toText();
            assertThat(text).contains("fires     filtered:plain\n", " on: filtered:plain only where id < 10;"
                + " named:words only where a >= 19990\n", " on: filtered:*, 1 of 4 by the key id\n");
        }
        assertRefuses(ExitStatus.FAILED, List.of("nobody records into "), "control", trace.toString(), "-e", "*");
    }
}
