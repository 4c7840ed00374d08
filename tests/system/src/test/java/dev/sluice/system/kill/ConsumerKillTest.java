// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.system.scene.Parallel;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL of the recorder at random moments, also of rotations, again and again under the same target. */
@KernelTest
class ConsumerKillTest {
    private static final int TARGETS = 2;
    private static final int KILLS_EACH = 10;
    private static final long MOST_US = 200_000;
    private static final long ATTACH_US = 150_000;
    private static final long RATE = 100_000;
    private static final List<String> MODES = List.of("bpf", "pull", "shared");
    /** Every other recorder rotates its trace, and lives for long enough to do so some times. */
    private static final List<List<String>> ROTATIONS = List.of(List.of("--rotate", "100ms"),
        List.of("--rotate", "100ms", "--keep", "2"), List.of("--rotate", "1M", "--keep", "2"));
    private static final long MOST_ROTATING_US = 600_000;

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void shouldAccountForEveryFiredEventWhenConsumerIsKilled() throws InterruptedException, ExecutionException {
        final long seed = Profile.seed("consumer killed");
        final AtomicLong stored = new AtomicLong();
        final List<Parallel.Task> tasks = new ArrayList<>();
        for (int i = 0; i < Profile.times(TARGETS); i++) {
            final int number = i;
            tasks.add(() -> stored.addAndGet(killMany(seed, number)));
        }
        Parallel.run(tasks);
        System.out.println("consumer killed: " + tasks.size() * KILLS_EACH + " kills, " + stored + " events stored");
    }

    private long killMany(final long seed, final int number) throws IOException, InterruptedException {
        final Random random = Profile.random(seed, number);
        // Every other target is traced by BPF alone; of the rest, each recorder drains in a mode of its own.
        final boolean isBpf = number % 2 == 0;
        final List<String> flags = List.of("-Dsluice.policy=" + (random.nextBoolean() ? "discard" : "block"),
            "-Dsluice.strategy=" + (number % 4 < 2 ? "owner" : "drain_thread"));
        try (Scene scene = Scene.start(directory, flags, 3, "threads",
            Long.toString(random.nextInt(4) == 0 ? 0 : RATE))) {
            int kill = 0;
            ChildProgram next = Scene.warmRecorder(directory);
            try {
                scene.awaitTarget();
                scene.startFiring();
                for (; kill < KILLS_EACH; kill++) {
                    final ChildProgram recorder = next;
                    recorder.awaitLine("ready", 1);
                    next = Scene.warmRecorder(directory);
                    killOnce(scene, recorder, random, isBpf ? "bpf" : MODES.get(random.nextInt(MODES.size())));
                }
                next.awaitLine("ready", 1);
                return finish(scene, next);
            } catch (final AssertionError e) {
                throw new AssertionError("seed " + seed + " target " + number + " kill " + kill + ": "
                    + e.getMessage(), e);
            } finally {
                next.close();
            }
        }
    }

    private static void killOnce(final Scene scene, final ChildProgram recorder, final Random random,
                                 final String mode) throws IOException, InterruptedException {
        final List<String> rotation =
            random.nextBoolean() ? List.of() : ROTATIONS.get(random.nextInt(ROTATIONS.size()));
        scene.record(recorder, Scene.with(rotation.toArray(String[]::new), "--mode", mode));
        if (random.nextInt(3) == 0) {
            // While it accounts for the session before, loads, attaches or enables.
            scene.awaitSessionOf(recorder);
            Scene.pause(random, ATTACH_US);
        } else {
            scene.awaitEnabledBy(recorder);
            Scene.pause(random, rotation.isEmpty() ? MOST_US : MOST_ROTATING_US);
        }
        recorder.kill();
        recorder.awaitExit();
    }

    private static long finish(final Scene scene, final ChildProgram recorder)
        throws IOException, InterruptedException {
        scene.record(recorder);
        scene.awaitEnabledBy(recorder);
        scene.hold();
        recorder.signal("TERM");
        recorder.awaitLine("status", 1);
        final TraceTally tally = scene.tally();
        assertThat(tally.isEndKnown()).as("end known: %s", tally).isTrue();
        assertThat(tally.refused()).as("refused").isEmpty();
        scene.checkAccount(tally, 0);
        return tally.storedTotal();
    }
}
