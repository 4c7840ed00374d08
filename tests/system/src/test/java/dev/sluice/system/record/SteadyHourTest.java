// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.system.scene.Profile;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program that fires a million events a second, recorded by the command with rotation: for an hour in the long
 * profile, or for as many seconds as {@code -Dsluice.hour.seconds} says. Neither process may hold more and more memory
 * or descriptors, and in the end the account is exact.
 */
@OneJdk
@Timeout(value = 2, unit = TimeUnit.HOURS)
class SteadyHourTest {
    private static final int SECONDS = Integer.getInteger("sluice.hour.seconds", Profile.isLong() ? 3600 : 10);
    private static final int RATE = 1_000_000;
    /** The part of the rate that the long run must reach: its last burst may be late. */
    private static final double LEAST_OF_RATE = 0.99;
    private static final int LOOKS = 40;
    private static final int KEPT = 3;
    /** The optimizing compiler may take more than what is allowed to grow, and in ten seconds it is not done yet. */
    private static final String FAST_COMPILER = "-XX:TieredStopAtLevel=1";
    /** What a JVM's compiler and its allocator may still take, KiB. The heaps have all their pages from the start. */
    private static final long MOST_GROWTH_KIB = 24 << 10;

    @TempDir
    private Path directory;

    /** What a process holds. */
    private record Held(long anonymousKib, long descriptors) {
        static Held of(final long pid) throws IOException {
            final Path process = Path.of("/proc", Long.toString(pid));
            try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
                return new Held(Files.readAllLines(process.resolve("status")).stream()
                    .filter(line -> line.startsWith("RssAnon:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow(),
                    descriptors.count());
            }
        }

        Held most(final Held other) {
            return new Held(Math.max(anonymousKib, other.anonymousKib), Math.max(descriptors, other.descriptors));
        }
    }

    private ChildProgram record(final long pid, final Path trace) throws IOException {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", FAST_COMPILER, "-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch"));
        final long rotateMs = TimeUnit.SECONDS.toMillis(SECONDS) / LOOKS;
        return ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"),
            List.of("dev.sluice.cli.Main", "record", "-p", Long.toString(pid), "-o", trace.toString(), "--rotate",
                Math.max(100, rotateMs) + "ms", "--keep", Integer.toString(KEPT)));
    }

    private static Held settled(final List<Held> looks) {
        return looks.subList(LOOKS / 4, LOOKS / 2).stream().reduce(Held::most).orElseThrow();
    }

    private static Held late(final List<Held> looks) {
        return looks.subList(LOOKS / 2, LOOKS).stream().reduce(Held::most).orElseThrow();
    }

    private static void print(final String name, final List<Held> looks) {
        System.out.println("steady hour: " + name + " " + settled(looks) + " in the second quarter, " + late(looks)
            + " in the second half");
    }

    private static void assertFlat(final String name, final List<Held> looks) {
        final Held before = settled(looks);
        final Held after = late(looks);
        assertThat(after.anonymousKib()).as("KiB of " + name + ": " + looks)
            .isLessThan(before.anonymousKib() + MOST_GROWTH_KIB);
        // A segment may be opened while they are counted.
        assertThat(after.descriptors()).as("descriptors of " + name + ": " + looks)
            .isLessThanOrEqualTo(before.descriptors() + 4);
    }

    @Test
    @KernelTest
    void shouldHoldNoMoreMemoryAndDescriptorsWhenAMillionEventsASecondAreRotated() throws Exception {
        final Path trace = directory.resolve("trace");
        final List<Held> targets = new ArrayList<>();
        final List<Held> recorders = new ArrayList<>();
        // The program has at most 128 MiB.
        try (FiringProgram program = FiringProgram.start(directory, 1, 0, "-XX:+UseSerialGC", FAST_COMPILER,
                 "-Xms128m", "-XX:+AlwaysPreTouch", "-Dwork.rate=" + RATE, "-Dwork.burst=1000");
             ChildProgram recorder = record(program.pid(), trace)) {
            ChildProgram.await("the recording has begun", () -> recorder.toString().contains("has begun"));
            final long beginNs = System.nanoTime();
            for (int look = 0; look < LOOKS; look++) {
                awaitTime(beginNs + TimeUnit.SECONDS.toNanos(SECONDS) * (look + 1) / LOOKS, recorder);
                targets.add(Held.of(program.pid()));
                recorders.add(Held.of(recorder.pid()));
            }
            final long tookNs = System.nanoTime() - beginNs;
            recorder.terminate();
            assertThat(recorder.awaitExit()).as(recorder.toString()).isIn(ExitStatus.OK, ExitStatus.INCOMPLETE);
            final TraceAccount account = TraceReport.of(TraceReader.open(trace)).account();
            print("the target", targets);
            print("the recorder", recorders);
            System.out.printf("steady hour: %,d events in %s, %,.0f a second; %s%n", account.fired(),
                Duration.ofNanos(tookNs), account.fired() * 1e9 / tookNs, recorder.output().strip());
            // A thread that saw its bit before it was lowered may fire one more.
            assertThat(program.settledSum(account.fired())).isBetween(account.fired(), account.fired() + 1);
            if (Profile.isLong()) {
                assertThat(account.fired() * 1e9 / tookNs).as("events a second").isGreaterThan(RATE * LEAST_OF_RATE);
            }
            assertThat(account.lostTotal()).isZero();
            assertThat(account.removed()).isPositive();
        }
        assertFlat("the target", targets);
        assertFlat("the recorder", recorders);
    }

    private static void awaitTime(final long atNs, final ChildProgram recorder) {
        while (System.nanoTime() - atNs < 0) {
            assertThat(recorder.isAlive()).as(recorder.toString()).isTrue();
            LockSupport.parkNanos(Math.min(TimeUnit.SECONDS.toNanos(1), Math.max(1, atNs - System.nanoTime())));
        }
    }
}
