// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.salvage.SalvageResult;
import dev.sluice.consumer.salvage.TraceSalvage;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
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

/** SIGKILL of both the traced process, whose region is a file, and its recorder, at random moments (R7, R8). */
@KernelTest
class SalvageKillTest {
    private static final int KILLS = 10;
    private static final int MAX_THREADS = 4;
    private static final long MOST_US = 200_000;
    private static final long BETWEEN_US = 3_000;
    private static final long RATE = 200_000;
    private static final String[] POLICIES = {"discard", "block", "overwrite"};
    private static final String[] STRATEGIES = {"owner", "drain_thread"};

    @TempDir
    private Path directory;

    /** One iteration's choices. */
    private record Plan(Path regions, Scene scene, String what, boolean isRecordedBefore, boolean isKilledBefore,
                        String modeBefore, String mode) {
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void shouldHaveEveryFiredEventInSalvagedTraceWhenBothAreKilled() throws Exception {
        final long seed = Profile.seed("both killed, region in a file");
        long stored = 0;
        long salvaged = 0;
        for (int i = 0; i < Profile.times(KILLS); i++) {
            final Random random = Profile.random(seed, i);
            final Plan plan = start(random);
            try (Scene scene = plan.scene) {
                final long[] counts = killAndSalvage(plan, scene, random);
                stored += counts[0];
                salvaged += counts[1];
            } catch (final AssertionError | RuntimeException e) {
                throw new AssertionError(
                    "seed " + seed + " iteration " + i + " (" + plan.what + "): " + e.getMessage(), e);
            }
        }
        System.out.println("both killed, region in a file: " + Profile.times(KILLS) + " kills, " + stored
            + " events stored, of which " + salvaged + " salvaged");
    }

    private Plan start(final Random random) throws IOException {
        final Path regions = Files.createTempDirectory(
            directory, "regions", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        final String policy = POLICIES[random.nextInt(POLICIES.length)];
        final String strategy = STRATEGIES[random.nextInt(STRATEGIES.length)];
        final long rate = random.nextBoolean() ? RATE : 0;
        final int threads = 1 + random.nextInt(MAX_THREADS);
        final List<String> flags = List.of("-Dsluice.region.dir=" + regions, "-Dsluice.policy=" + policy,
            "-Dsluice.strategy=" + strategy, "-Dsluice.region.memory=16m");
        final Scene scene = Scene.start(directory, flags, threads, "threads", Long.toString(rate));
        final int before = random.nextInt(4);
        final String modeBefore = random.nextBoolean() ? "bpf" : "pull";
        final String mode = random.nextBoolean() ? "bpf" : "pull";
        final String what = policy + " " + strategy + " " + threads + " threads, rate " + rate + ", before: " + before
            + " " + modeBefore + ", then " + mode;
        return new Plan(regions, scene, what, before == 1, before == 2, modeBefore, mode);
    }

    private long[] killAndSalvage(final Plan plan, final Scene scene, final Random random) throws Exception {
        scene.awaitTarget();
        scene.startFiring();
        final List<Path> earlier = new ArrayList<>();
        if (plan.isRecordedBefore || plan.isKilledBefore) {
            final ChildProgram first = scene.startRecorder("--mode", plan.modeBefore);
            scene.awaitEnabledBy(first);
            Scene.pause(random, MOST_US);
            if (plan.isKilledBefore) {
                first.kill();
            } else {
                first.signal("TERM");
            }
            first.awaitExit();
            earlier.add(scene.trace());
        }
        final ChildProgram recorder = scene.startRecorder("--mode", plan.mode);
        scene.awaitEnabledBy(recorder);
        Scene.pause(random, MOST_US);
        final boolean isTargetFirst = random.nextBoolean();
        (isTargetFirst ? scene.target() : recorder).kill();
        if (random.nextBoolean()) {
            Scene.pause(random, BETWEEN_US);
        }
        (isTargetFirst ? recorder : scene.target()).kill();
        scene.target().awaitExit();
        recorder.awaitExit();
        return check(plan, scene, earlier);
    }

    private long[] check(final Plan plan, final Scene scene, final List<Path> earlier) throws IOException {
        final Path output = Files.createTempDirectory(directory, "salvaged");
        final SalvageResult result =
            TraceSalvage.ofFile(regionIn(plan.regions), scene.trace(), output, "the test");
        assertThat(result.known()).as("%s", result).isTrue();
        assertThat(result.warnings()).isEmpty();
        final TraceTally tally = new TraceTally();
        earlier.forEach(tally::add);
        tally.add(output);
        assertThat(tally.isEndKnown()).isTrue();
        scene.checkAccount(tally, 1);
        return new long[] {tally.storedTotal(), result.events()};
    }

    private static Path regionIn(final Path regions) throws IOException {
        try (Stream<Path> files = Files.list(regions)) {
            final List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.get(0);
        }
    }
}
