// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL of the traced process at random moments (R8). */
@KernelTest
class TargetKillTest {
    private static final int KILLS = 20;
    private static final int MAX_THREADS = 4;
    private static final long MOST_US = 150_000;
    private static final long RATE = 200_000;
    private static final List<String> MODES = List.of("bpf", "bpf", "bpf", "pull", "pull", "shared");

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void shouldAccountForEveryFiredEventWhenTargetIsKilled() throws IOException, InterruptedException {
        final long seed = Profile.seed("target killed");
        final int kills = Profile.times(KILLS);
        long stored = 0;
        Scene next = null;
        try (ChildProgram recorder = Scene.warmRecorder(directory)) {
            recorder.awaitLine("ready", 1);
            next = start(Profile.random(seed, 0));
            for (int i = 0; i < kills; i++) {
                final Scene scene = next;
                try {
                    // The next target's JVM starts while this one is recorded.
                    next = i + 1 < kills ? start(Profile.random(seed, i + 1)) : null;
                    stored += killOnce(scene, recorder, Profile.random(seed, i), i);
                } catch (final AssertionError e) {
                    throw new AssertionError("seed " + seed + " iteration " + i + ": " + e.getMessage() + "\n"
                        + recorder, e);
                } finally {
                    scene.closeButRecorder();
                }
            }
        } finally {
            if (next != null) {
                next.closeButRecorder();
            }
        }
        System.out.println("target killed: " + kills + " kills, " + stored + " events stored");
    }

    private Scene start(final Random random) throws IOException {
        final int threads = 1 + random.nextInt(MAX_THREADS);
        final long rate = random.nextBoolean() ? RATE : 0;
        return Scene.start(directory, List.of("-Dsluice.policy=" + (random.nextBoolean() ? "block" : "discard"),
            "-Dsluice.strategy=" + (random.nextInt(4) > 0 ? "owner" : "drain_thread")),
            threads, "threads", Long.toString(rate));
    }

    private long killOnce(final Scene scene, final ChildProgram recorder, final Random random, final int iteration)
        throws IOException, InterruptedException {
        // The scene has drawn the same generator's first numbers.
        random.nextInt(MAX_THREADS);
        random.nextBoolean();
        random.nextBoolean();
        random.nextInt(4);
        scene.awaitTarget();
        scene.startFiring();
        scene.record(recorder, "--mode", MODES.get(random.nextInt(MODES.size())));
        scene.awaitFiredMoreThan(0);
        Scene.pause(random, MOST_US);
        scene.target().kill();
        scene.target().awaitExit();
        recorder.awaitLine("status", iteration + 1);
        final TraceTally tally = scene.tally();
        assertThat(tally.isEndKnown()).as("end known: %s", tally).isTrue();
        assertThat(tally.refused()).as("refused").isEmpty();
        assertThat(tally.causes()).as("losses").isEmpty();
        scene.checkAccount(tally, 1);
        return tally.storedTotal();
    }
}
