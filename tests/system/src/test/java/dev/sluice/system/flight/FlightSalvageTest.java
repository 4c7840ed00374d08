// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.flight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * SIGKILL of a program, whose region is a file, and of its flight recorder, in either order and at random moments: what
 * the recorder has kept and what the file holds together are the window, by the log that the program has written of
 * itself.
 */
@KernelTest
@Timeout(value = 120, unit = TimeUnit.MINUTES)
class FlightSalvageTest {
    private static final int KILLS = 4;
    private static final long KEPT_US = 1_500_000;
    private static final long LONG_US = 1_500_000;
    private static final long BETWEEN_US = 3_000;
    private static final long LATER_US = 300_000;
    private static final List<String> BOUNDS = List.of("1s", "16M");

    @TempDir
    private Path directory;

    /** What one iteration does. */
    private record Plan(Path home, String mode, String bound, boolean isTargetFirst, boolean hasAlarm, Random random) {
        Path trace() {
            return home.resolve("trace");
        }

        @Override
        public String toString() {
            return mode + ", --flight " + bound + ", " + (isTargetFirst ? "program" : "recorder") + " first"
                + (hasAlarm ? ", while it takes a snapshot" : "");
        }
    }

    @Test
    void shouldHoldTheWindowExactlyWhenProgramAndRecorderAreKilled() throws Exception {
        final long seed = Profile.seed("flight, both killed");
        long lost = 0;
        for (int i = 0; i < Profile.times(KILLS); i++) {
            final Random random = Profile.random(seed, i);
            final Plan plan = new Plan(Files.createDirectory(directory.resolve("home" + i)),
                random.nextBoolean() ? "bpf" : "pull", BOUNDS.get(random.nextInt(BOUNDS.size())), random.nextBoolean(),
                random.nextInt(3) == 0, random);
            try {
                lost += killAndSalvage(plan);
            } catch (final AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + " iteration " + i + " (" + plan + "): " + e.getMessage(), e);
            }
        }
        System.out.println("flight, both killed: " + Profile.times(KILLS) + " kills, " + lost
            + " events lost in the kernel's buffer and counted");
    }

    /** Returns how many events were lost, of which there are some only where the kernel had a batch. */
    private static long killAndSalvage(final Plan plan) throws Exception {
        final Path regions = Files.createDirectory(plan.home.resolve("regions"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        final Path file = plan.home.resolve("log");
        final FlightLog log = FlightLog.open(file);
        try (ChildProgram program = java(plan, List.of("-Dsluice.region.dir=" + regions),
            FlightProgram.class.getName(), file.toString())) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
            try (ChildProgram recorder = java(plan, List.of(), "dev.sluice.cli.Main", "record", "-p",
                Long.toString(program.pid()), "-o", plan.trace().toString(), "--flight", plan.bound, "--ring", "16M",
                "--mode", plan.mode, "--on", "flight:alarm.ms >= 500")) {
                ChildProgram.await("each thread fires", () -> {
                    assertThat(recorder.isAlive()).as(recorder.toString()).isTrue();
                    return isFiring(log);
                });
                Scene.pause(plan.random, KEPT_US);
                Scene.pause(plan.random, plan.random.nextBoolean() ? LONG_US : 1);
                if (plan.hasAlarm) {
                    log.alarms(700, 1);
                    Scene.pause(plan.random, LATER_US);
                }
                kill(plan, program, recorder);
            }
        }
        return check(plan, log, regions);
    }

    private static ChildProgram java(final Plan plan, final List<String> more, final String... arguments)
        throws IOException {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m"));
        flags.addAll(more);
        return ChildProgram.startJava(plan.home, flags, System.getProperty("java.class.path"), List.of(arguments));
    }

    private static boolean isFiring(final FlightLog log) {
        for (int i = 0; i < FlightLog.THREADS; i++) {
            if (log.count(i) == 0) {
                return false;
            }
        }
        return true;
    }

    private static void kill(final Plan plan, final ChildProgram program, final ChildProgram recorder)
        throws InterruptedException {
        (plan.isTargetFirst ? program : recorder).kill();
        Scene.pause(plan.random, plan.random.nextInt(4) == 0 ? LATER_US : plan.random.nextBoolean() ? BETWEEN_US : 1);
        (plan.isTargetFirst ? recorder : program).kill();
        program.awaitExit();
        recorder.awaitExit();
    }

    private static long check(final Plan plan, final FlightLog log, final Path regions) throws IOException {
        final Path whole = plan.home.resolve("whole");
        final MainTest.Result salvaged = MainTest.runMain("salvage", regionIn(regions).toString(), "--trace",
            plan.trace().toString(), "-o", whole.toString());
        // A recorder that outlived the program for long enough has read the rings by itself.
        final boolean isComplete = salvaged.text().contains("the trace is complete: ");
        final Path source = isComplete ? plan.trace() : whole;
        final TraceReport report = TraceReport.of(TraceReader.open(source));
        final TraceAccount account = report.account();
        final long lost = account.lostTotal();
        System.out.println("flight, both killed: " + plan + (isComplete ? ", complete" : ", salvaged") + ", fired "
            + account.fired() + ", stored " + account.stored() + ", lost " + lost);
        assertThat(report.toJson().get("end").asText()).as(salvaged.text()).isEqualTo("known");
        long fired = log.answered();
        for (int i = 0; i < FlightLog.THREADS; i++) {
            fired += log.count(i);
        }
        // Each thread may have been killed between its fire and its log.
        assertThat(account.fired()).as(report.toText()).isBetween(fired, fired + FlightLog.THREADS + 1);
        if (plan.mode.equals("pull")) {
            assertThat(lost).as(report.toText()).isZero();
        }
        final Path snapshot = plan.home.resolve("snapshot");
        final MainTest.Result taken = MainTest.runMain("snapshot", source.toString(), "--last", "300ms", "-o",
            snapshot.toString(), "--json");
        if (lost == 0) {
            assertThat(taken.status()).as(taken.text() + salvaged.text()).isEqualTo(ExitStatus.OK);
            SnapshotCheck.ofStarved(log, snapshot);
        } else {
            assertThat(taken.status()).as(taken.text() + salvaged.text()).isIn(ExitStatus.OK, ExitStatus.INCOMPLETE);
        }
        left(plan);
        return lost;
    }

    /** What is left of the recording is a trace by itself, and so is what is cut out of it. */
    private static void left(final Plan plan) throws IOException {
        final Path left = plan.home.resolve("left");
        final MainTest.Result result = MainTest.runMain("snapshot", plan.trace().toString(), "--last", "200ms", "-o",
            left.toString());
        assertThat(result.status()).as(result.text()).isIn(ExitStatus.OK, ExitStatus.INCOMPLETE);
        assertThat(TraceReader.open(left).damage()).isEmpty();
    }

    private static Path regionIn(final Path regions) throws IOException {
        try (Stream<Path> files = Files.list(regions)) {
            final List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.get(0);
        }
    }
}
