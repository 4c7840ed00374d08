// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A recording of a real program that rotates its trace, while others read it. */
@OneJdk
@Timeout(900)
class RotationCommandTest {
    private static final int THREADS = 3;
    private static final int FIRST = 10;
    private static final int LAST = 60;

    @TempDir
    private Path directory;

    private ChildProgram sluice(final String... arguments) throws IOException {
        final List<String> line = new ArrayList<>(List.of("dev.sluice.cli.Main"));
        line.addAll(List.of(arguments));
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m"));
        return ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"), line);
    }

    /** Number of the newest segment; -1 if there is none. */
    private static int newest(final Path trace) {
        try (Stream<Path> entries = Files.list(trace)) {
            return entries.map(entry -> entry.getFileName().toString()).filter(name -> name.matches("\\d{4}"))
                .mapToInt(Integer::parseInt).max().orElse(-1);
        } catch (final IOException e) {
            return -1;
        }
    }

    private static void awaitSegment(final Path trace, final int number, final ChildProgram recorder)
        throws InterruptedException {
        ChildProgram.await("segment " + number + " of " + recorder, () -> {
            assertThat(recorder.isAlive()).as(recorder.toString()).isTrue();
            return newest(trace) >= number;
        });
    }

    private static long descriptors(final ChildProgram program) {
        try (Stream<Path> entries = Files.list(Path.of("/proc/" + program.pid() + "/fd"))) {
            return entries.count();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldKeepTheNewestSegmentsAndAnExactAccountWhileOthersReadThem() throws Exception {
        final Path trace = directory.resolve("trace");
        try (FiringProgram program = FiringProgram.start(directory, THREADS, 0, "-Dwork.restUs=1000",
            "-Dwork.burst=50")) {
            try (ChildProgram recorder = sluice("record", "-p", Long.toString(program.pid()), "--mode", "shared", "-o",
                trace.toString(), "--rotate", "100ms", "--keep", "3", "--ring", "16M")) {
                awaitSegment(trace, 1, recorder);
                assertThat(recorder.errors()).contains("; a new segment every 100 ms, of which 3 are kept");
                try (ChildProgram tail = sluice("tail", trace.toString(), "--patience", "200s", "--hold", "100ms")) {
                    awaitSegment(trace, FIRST, recorder);
                    final long before = descriptors(recorder);
                    while (newest(trace) < LAST) {
                        final MainTest.Result report = MainTest.runMain("report", trace.toString());
                        assertThat(report.status()).as(report.text()).isEqualTo(ExitStatus.INCOMPLETE);
                        assertThat(report.text()).contains("unknown: still recording").contains("removed")
                            .contains("fired: yes").doesNotContain("damaged");
                        assertThat(recorder.isAlive()).as(recorder.toString()).isTrue();
                    }
                    assertThat(descriptors(recorder)).isLessThanOrEqualTo(before + 4);
                    recorder.terminate();
                    assertThat(recorder.awaitExit()).as(recorder.toString()).isEqualTo(ExitStatus.OK);
                    assertThat(tail.awaitExit()).as(tail.toString()).isEqualTo(ExitStatus.OK);
                    check(trace, program, recorder, tail);
                }
            }
        }
    }

    private static void check(final Path trace, final FiringProgram program, final ChildProgram recorder,
        final ChildProgram tail) throws IOException {
        try (Stream<Path> entries = Files.list(trace)) {
            assertThat(entries).hasSize(3);
        }
        final TraceReader reader = TraceReader.open(trace);
        final TraceAccount account = TraceReport.of(reader).account();
        assertThat(account.isWhole()).as(account.toString()).isTrue();
        assertThat(account.removed()).isGreaterThan(account.stored());
        assertThat(recorder.output()).contains(String.format("; of those stored, rotation has removed %,d",
            account.removed()));
        // A thread that saw its bit before it was lowered may fire one more.
        assertThat(program.settledSum(account.fired())).isBetween(account.fired(), account.fired() + THREADS);
        final long[] next = new long[THREADS];
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            final int thread = (int) cursor.event().getLong(0);
            final long id = cursor.event().getLong(1);
            if (next[thread] > 0) {
                assertThat(id).isEqualTo(next[thread]);
            }
            next[thread] = id + 1;
        }
        assertThat(next[0] + next[1] + next[2]).isEqualTo(account.fired());
        // Whoever follows has all of it, but what was removed before it had begun.
        final long printed = tail.output().lines().filter(line -> line.contains(" work:step ")).count();
        final long removed = tail.output().lines().filter(line -> line.contains("removed by rotation"))
            .mapToLong(line -> Long.parseLong(line.replaceAll(".*-- ([\\d,]+) events? not here.*", "$1")
                .replace(",", ""))).sum();
        assertThat(printed + removed).as(tail.errors()).isEqualTo(account.fired());
    }

    @Test
    void shouldRefuseWhatIsNoRotation() {
        check("--rotate", "100x", "neither a size such as 100M or 1G, nor a time such as 30s, 10m or 1h");
        check("--rotate", "100K", "too small for a segment: at least 1M");
        check("--rotate", "10ms", "too short for a segment: at least 100ms");
        check("--keep", "3", "add --rotate SIZE or --rotate TIME");
        final MainTest.Result result = MainTest.runMain("record", "-p", "1", "--rotate", "1m", "--keep", "1");
        assertThat(result.status()).isEqualTo(ExitStatus.USAGE);
    }

    private static void check(final String option, final String value, final String message) {
        final MainTest.Result result = MainTest.runMain("record", "-p", "1", option, value);
        assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.USAGE);
        assertThat(result.text()).contains(message);
    }
}
