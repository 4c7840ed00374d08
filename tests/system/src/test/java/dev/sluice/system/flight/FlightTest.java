// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.flight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.system.scene.MemoryCgroup;
import dev.sluice.system.scene.Profile;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A flight recorder of a real program, whose own log says what each snapshot must have. */
@OneJdk
@KernelTest
@Timeout(600)
class FlightTest {
    private static final long WINDOW_NS = 1_000_000_000L;
    private static final long ENOUGH_BYTES = 1L << 30;
    private static final long LEFT_BYTES = 16L << 20;
    private static final int FAULTS = 8;
    private static final int FAULTS_LONG = 500;

    @TempDir
    private Path directory;
    private Path trace;
    private FlightLog log;

    @BeforeEach
    void begin() throws IOException {
        trace = directory.resolve("trace");
        log = FlightLog.open(directory.resolve("log"));
    }

    private ChildProgram java(final String program, final String... arguments) throws IOException {
        final List<String> line = new ArrayList<>(List.of(program));
        line.addAll(List.of(arguments));
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m"));
        return ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"), line);
    }

    private ChildProgram program() throws Exception {
        final ChildProgram program = java(FlightProgram.class.getName(), directory.resolve("log").toString());
        assertThat(program.awaitFirstLine()).isEqualTo("ready");
        return program;
    }

    /** The rings have room for what comes while a busy machine has no processor for the recorder. */
    private ChildProgram record(final ChildProgram program, final String... options) throws Exception {
        final List<String> line = new ArrayList<>(List.of("record", "-p", Long.toString(program.pid()), "-o",
            trace.toString(), "--flight", "1s", "--ring", "16M"));
        line.addAll(List.of(options));
        final ChildProgram recorder = java("dev.sluice.cli.Main", line.toArray(String[]::new));
        awaitSaid(recorder, "has begun: ", 1);
        return recorder;
    }

    private static void awaitSaid(final ChildProgram recorder, final String what, final int times)
        throws InterruptedException {
        ChildProgram.await("it says " + what, () -> {
            try {
                final long said = recorder.errors().lines().filter(line -> line.contains(what)).count();
                assertThat(recorder.isAlive() || said >= times).as(recorder.toString()).isTrue();
                return said >= times;
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Waits until what was before is older than a window. */
    private static void awaitWindow() {
        pause(WINDOW_NS + 600_000_000L);
    }

    /** Waits for so long, whatever wakes this thread. */
    private static void pause(final long ns) {
        final long begin = System.nanoTime();
        for (long left = ns; left > 0; left = ns - (System.nanoTime() - begin)) {
            LockSupport.parkNanos(left);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpf", "shared", "pull"})
    void shouldHoldTheWindowExactlyWhenASnapshotIsAskedFor(final String mode) throws Exception {
        try (ChildProgram program = program(); ChildProgram recorder = record(program, "--mode", mode)) {
            awaitWindow();
            for (int i = 0; i < 3; i++) {
                final Path snapshot = directory.resolve("asked" + i);
                final long before = System.nanoTime();
                final MainTest.Result result = MainTest.runMain("snapshot", trace.toString(), "-o", snapshot.toString(),
                    "--json");
                assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
                final SnapshotCheck check = SnapshotCheck.of(log, snapshot);
                assertThat(result.text()).contains("\"events\":" + check.events()).contains("\"whole\":true");
                assertThat(check.toNs()).isBetween(before, System.nanoTime());
                assertThat(check.toNs() - check.fromNs()).isEqualTo(WINDOW_NS);
            }
            final Path last = directory.resolve("last");
            final MainTest.Result result = MainTest.runMain("snapshot", "-p", Long.toString(program.pid()), "-o",
                last.toString(), "--last", "300ms");
            assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
            final SnapshotCheck check = SnapshotCheck.of(log, last);
            assertThat(check.toNs() - check.fromNs()).isEqualTo(300_000_000L);
            end(recorder, program);
        }
    }

    /** The recording goes on meanwhile, and its account is whole at the end. */
    private void end(final ChildProgram recorder, final ChildProgram program) throws Exception {
        assertThat(program.isAlive()).isTrue();
        recorder.terminate();
        assertThat(recorder.awaitExit()).as(recorder.toString()).isEqualTo(ExitStatus.OK);
        assertThat(TraceReport.of(TraceReader.open(trace)).account().isWhole()).isTrue();
        // Nobody is there to be asked, and what it has left can be had all the same.
        final Path left = directory.resolve("left");
        final MainTest.Result result = MainTest.runMain("snapshot", trace.toString(), "-o", left.toString(), "--last",
            "200ms");
        assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
        assertThat(TraceReport.of(TraceReader.open(left)).account().isWhole()).isTrue();
        log.end();
        assertThat(program.awaitExit()).isZero();
    }

    @Test
    void shouldTakeSnapshotsOfEventsThatFitWithWhatComesAfter() throws Exception {
        try (ChildProgram program = program();
             ChildProgram recorder = record(program, "--mode", "shared", "--on", "flight:alarm.ms > 500", "--after",
                 "300ms")) {
            awaitWindow();
            alarm(400);
            alarm(700);
            awaitSaid(recorder, "snapshot 1 (flight:alarm.ms > 500): ", 1);
            final SnapshotCheck first = SnapshotCheck.of(log, trace.resolve("snapshot-1"));
            assertThat(first.alarms()).contains(700L);
            assertThat(first.toNs() - first.fromNs()).isEqualTo(WINDOW_NS + 300_000_000L);
            alarm(501);
            awaitSaid(recorder, "snapshot 2 (flight:alarm.ms > 500): ", 1);
            assertThat(SnapshotCheck.of(log, trace.resolve("snapshot-2")).alarms()).contains(501L);
            assertThat(trace.resolve("snapshot-3")).doesNotExist();
            end(recorder, program);
        }
    }

    private void alarm(final long ms) throws InterruptedException {
        alarms(ms, 1);
    }

    private void alarms(final long ms, final int count) throws InterruptedException {
        final long number = log.alarms(ms, count);
        ChildProgram.await("alarm " + number, () -> log.answered() >= number);
    }

    @Test
    void shouldTakeNoMoreSnapshotsAMinuteThanItMay() throws Exception {
        try (ChildProgram program = program();
             ChildProgram recorder = record(program, "--mode", "shared", "--on", "flight:alarm", "--on", "signal",
                 "--on-limit", "2")) {
            awaitWindow();
            recorder.signal("USR1");
            awaitSaid(recorder, "snapshot 1 (signal): ", 1);
            SnapshotCheck.of(log, trace.resolve("snapshot-1"));
            alarm(1);
            awaitSaid(recorder, "snapshot 2 (flight:alarm): ", 1);
            alarm(2);
            recorder.signal("USR1");
            pause(TimeUnit.MILLISECONDS.toNanos(500));
            recorder.terminate();
            assertThat(recorder.awaitExit()).as(recorder.toString()).isEqualTo(ExitStatus.OK);
            assertThat(recorder.errors()).contains("2 more events that fit --on, without a snapshot of their own");
            assertThat(trace.resolve("snapshot-3")).doesNotExist();
            assertThat(SnapshotCheck.of(log, trace.resolve("snapshot-2")).alarms()).containsExactly(1L);
        }
    }

    /** What follows the trace for a trigger lets go of segments as it reads them: else their space never came back. */
    @Test
    void shouldHoldNoRemovedSegmentWhenTriggersFollowTheTrace() throws Exception {
        try (ChildProgram program = program();
             ChildProgram recorder = record(program, "--mode", "shared", "--on", "flight:alarm.ms > 500", "--on",
                 "flight:none")) {
            awaitSegment("0015", recorder);
            final long before = descriptors(recorder, "", "");
            awaitSegment("0050", recorder);
            ChildProgram.await("removed segments are let go of",
                () -> descriptors(recorder, trace.toString(), " (deleted)") <= 4);
            assertThat(descriptors(recorder, "", "")).isLessThanOrEqualTo(before + 8);
            end(recorder, program);
        }
    }

    private void awaitSegment(final String name, final ChildProgram recorder) throws InterruptedException {
        ChildProgram.await("segment " + name, () -> {
            assertThat(recorder.isAlive()).as(recorder.toString()).isTrue();
            return Files.exists(trace.resolve(name));
        });
    }

    private static long descriptors(final ChildProgram program, final String begin, final String end) {
        long count = 0;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + program.pid() + "/fd"))) {
            for (final Path descriptor : descriptors.toList()) {
                try {
                    final String name = Files.readSymbolicLink(descriptor).toString();
                    count += name.startsWith(begin) && name.endsWith(end) ? 1 : 0;
                } catch (final NoSuchFileException e) {
                    // It was closed meanwhile.
                    continue;
                }
            }
            return count;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of each fault the snapshot must hold its window, by the log that the program has written of itself. */
    @Test
    @Timeout(value = 120, unit = TimeUnit.MINUTES)
    void shouldHoldTheWindowExactlyAtRandomFaults() throws Exception {
        final long seed = Profile.seed("flight");
        final int faults = Profile.isLong() ? FAULTS_LONG : FAULTS;
        int programs = 0;
        for (int i = 0; i < faults; programs++) {
            i += faultsOfOneProgram(seed, programs);
        }
    }

    /** One program and its recorder, some faults that it survives, and one that it does not. */
    private int faultsOfOneProgram(final long seed, final int number) throws Exception {
        final Random random = Profile.random(seed, number);
        final Path home = Files.createDirectory(directory.resolve("faults" + number));
        trace = home.resolve("trace");
        log = FlightLog.open(home.resolve("log"));
        // Each end in its turn: the recorder is killed, the kernel kills the program for memory, the program ends, and
        // twice it is killed.
        final int last = (3 + number) % 5;
        // What the kernel's buffer holds when a recorder is killed is lost: such a snapshot is not whole, and says so.
        final String mode = List.of("pull", "shared", "bpf").get(random.nextInt(last == 3 ? 2 : 3));
        int snapshots = 0;
        try (ChildProgram program = java(FlightProgram.class.getName(), home.resolve("log").toString())) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
            try (ChildProgram recorder = record(program, "--mode", mode, "--on", "flight:alarm.ms >= 500", "--on",
                "signal", "--on", "exit", "--on-limit", "1000")) {
                awaitWindow();
                for (int i = random.nextInt(5); i >= 0; i--) {
                    pause(random.nextInt(200_000_000));
                    snapshots++;
                    final List<Long> alarms = fault(random.nextInt(3), recorder, program, random);
                    awaitSaid(recorder, "snapshot " + snapshots + " (", 1);
                    final SnapshotCheck check = SnapshotCheck.of(log, trace.resolve("snapshot-" + snapshots));
                    assertThat(check.alarms()).as("snapshot %d", snapshots).containsAll(alarms);
                    assertThat(check.toNs() - check.fromNs()).as("snapshot %d", snapshots).isEqualTo(WINDOW_NS);
                }
                pause(random.nextInt(200_000_000));
                snapshots++;
                System.out.println("flight: program " + number + " by " + mode + ", " + snapshots + " snapshots, end "
                    + last);
                if (last == 3) {
                    recorder.kill();
                    recorder.awaitExit();
                    salvage(program, home);
                } else {
                    endOf(program, last);
                    recorder.awaitExit();
                    assertThat(recorder.errors()).as(mode).contains("snapshot " + snapshots + " (exit): ");
                    final Path taken = trace.resolve("snapshot-" + snapshots);
                    if (last == 4) {
                        SnapshotCheck.ofStarved(log, taken);
                    } else {
                        SnapshotCheck.of(log, taken);
                    }
                }
            }
        } catch (final AssertionError e) {
            throw new AssertionError("seed " + seed + " program " + number + " mode " + mode + ": "
                + e.getMessage(), e);
        }
        return snapshots;
    }

    private void endOf(final ChildProgram program, final int how) throws Exception {
        if (how == 0) {
            log.end();
        } else if (how == 4) {
            try (MemoryCgroup cgroup = cgroupOf(program)) {
                starve(program, cgroup);
            }
        } else {
            program.kill();
        }
    }

    /** Has the kernel kill a program, as its memory cgroup has none left for it. */
    private void starve(final ChildProgram program, final MemoryCgroup cgroup) throws Exception {
        cgroup.limit(cgroup.usedBytes() + LEFT_BYTES);
        log.eat();
        program.awaitExit();
        assertThat(cgroup.kills()).isPositive();
    }

    /** Where a program is in it before it is recorded, as it would be in a container. */
    private static MemoryCgroup cgroupOf(final ChildProgram program) throws IOException {
        final MemoryCgroup cgroup = MemoryCgroup.create(ENOUGH_BYTES);
        cgroup.add(program.pid());
        return cgroup;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpf", "shared", "pull"})
    void shouldTakeASnapshotWhenTheKernelKillsTheProgramForMemory(final String mode) throws Exception {
        try (ChildProgram program = program(); MemoryCgroup cgroup = cgroupOf(program);
             ChildProgram recorder = record(program, "--mode", mode, "--on", "oom")) {
            awaitWindow();
            starve(program, cgroup);
            assertThat(recorder.awaitExit()).as(recorder.toString()).isEqualTo(ExitStatus.OK);
            assertThat(recorder.errors()).contains("snapshot 1 (oom): ");
            // The kernel may look for memory for longer than the window, while the program stands still.
            final SnapshotCheck check = SnapshotCheck.ofStarved(log, trace.resolve("snapshot-1"));
            assertThat(check.toNs() - check.fromNs()).isEqualTo(WINDOW_NS);
        }
    }

    @Test
    void shouldTakeNoSnapshotForMemoryWhenSomethingElseKillsTheProgram() throws Exception {
        try (ChildProgram program = program();
             ChildProgram recorder = record(program, "--mode", "shared", "--on", "oom")) {
            awaitWindow();
            program.kill();
            assertThat(recorder.awaitExit()).as(recorder.toString()).isEqualTo(ExitStatus.OK);
            assertThat(recorder.errors()).doesNotContain("snapshot 1");
            assertThat(trace.resolve("snapshot-1")).doesNotExist();
        }
    }

    @Test
    void shouldTakeASnapshotWhenThereAreMoreEventsInATimeThanANumber() throws Exception {
        try (ChildProgram program = program();
             ChildProgram recorder = record(program, "--mode", "shared", "--on", "flight:alarm[ms > 10] > 3/s", "--on",
                 "flight:step > 1_000_000/s")) {
            awaitWindow();
            for (int i = 0; i < 3; i++) {
                alarm(20);
                alarm(5);
            }
            awaitWindow();
            assertThat(recorder.errors()).as("no more than three that fit in a second").doesNotContain("snapshot 1");
            // One right after the other: a machine that is slow between two of them would make them fewer in a second.
            alarms(30, 4);
            awaitSaid(recorder, "snapshot 1 (flight:alarm[ms > 10] > 3/s): ", 1);
            final SnapshotCheck check = SnapshotCheck.of(log, trace.resolve("snapshot-1"));
            assertThat(check.alarms()).containsSubsequence(30L, 31L, 32L, 33L);
            assertThat(check.toNs() - check.fromNs()).isEqualTo(WINDOW_NS);
            end(recorder, program);
            assertThat(trace.resolve("snapshot-2")).as("once for all of them, and steps are not so many")
                .doesNotExist();
        }
    }

    /** A recorder that was killed leaves its segments, and what it had not stored yet is in the program's rings. */
    private void salvage(final ChildProgram program, final Path home) throws Exception {
        // The program notices that nobody records any more; it lives, and fires no event into the rings.
        final long[] counts = new long[FlightLog.THREADS];
        ChildProgram.await("nothing is fired any more", () -> {
            boolean isStill = true;
            for (int i = 0; i < counts.length; i++) {
                isStill &= counts[i] == log.count(i) && counts[i] > 0;
                counts[i] = log.count(i);
            }
            pause(TimeUnit.MILLISECONDS.toNanos(50));
            return isStill;
        });
        final Path whole = home.resolve("whole");
        final MainTest.Result salvaged = MainTest.runMain("salvage", Long.toString(program.pid()), "--trace",
            trace.toString(), "-o", whole.toString());
        assertThat(salvaged.status()).as(salvaged.text()).isIn(ExitStatus.OK, ExitStatus.INCOMPLETE);
        final Path snapshot = home.resolve("salvaged");
        final MainTest.Result result = MainTest.runMain("snapshot", whole.toString(), "--last", "500ms", "-o",
            snapshot.toString());
        assertThat(result.status()).as(result.text() + salvaged.text()).isEqualTo(ExitStatus.OK);
        SnapshotCheck.of(log, snapshot);
    }

    /** Returns the alarms that the snapshot of it must have. */
    private List<Long> fault(final int kind, final ChildProgram recorder, final ChildProgram program,
        final Random random) throws Exception {
        if (kind == 0) {
            recorder.signal("USR1");
            return List.of();
        }
        long ms = 500 + random.nextInt(500);
        if (kind == 2) {
            // The program stands still for a while, and says so when it goes on: a late answer, a long collection.
            program.stop();
            pause(random.nextInt(150_000_000));
            program.signal("CONT");
            ms = 2_000;
        }
        alarm(ms);
        return List.of(ms);
    }
}
