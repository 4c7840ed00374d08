// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL of the recorder at random moments, again and again under the same target. */
@AccountTest
class ConsumerKillTest {
    private static final int TARGETS = 2;
    private static final int KILLS_EACH = 10;
    private static final long MOST_US = 200_000;
    private static final long ATTACH_US = 150_000;
    private static final long RATE = 100_000;

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void shouldAccountForEveryFiredEventWhenConsumerIsKilled() throws InterruptedException, ExecutionException {
        final long seed = Profile.seed("consumer killed");
        long stored = 0;
        // Two targets at a time: most of a takeover is waiting until the session before is stale.
        final ExecutorService pool = Executors.newFixedThreadPool(TARGETS);
        try {
            final List<Future<Long>> chains = new ArrayList<>();
            for (int i = 0; i < Profile.times(TARGETS); i++) {
                final int number = i;
                chains.add(pool.submit(() -> killMany(seed, number)));
            }
            for (final Future<Long> chain : chains) {
                stored += chain.get();
            }
        } finally {
            pool.shutdownNow();
            assertThat(pool.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        }
        System.out.println("consumer killed: " + Profile.times(TARGETS) * KILLS_EACH + " kills, " + stored
            + " events stored");
    }

    private long killMany(final long seed, final int number) throws IOException, InterruptedException {
        final Random random = Profile.random(seed, number);
        final String policy = number % 2 == 0 ? "discard" : "block";
        try (Scene scene = Scene.start(directory, List.of("-Dsluice.policy=" + policy), 3, "threads",
            Long.toString(random.nextInt(4) == 0 ? 0 : RATE))) {
            int kill = 0;
            Child next = Scene.warmRecorder(directory);
            try {
                scene.awaitTarget();
                scene.startFiring();
                for (; kill < KILLS_EACH; kill++) {
                    final Child recorder = next;
                    recorder.awaitLine("ready", 1);
                    next = Scene.warmRecorder(directory);
                    killOnce(scene, recorder, random);
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

    private static void killOnce(final Scene scene, final Child recorder, final Random random)
        throws IOException, InterruptedException {
        scene.record(recorder);
        if (random.nextInt(3) == 0) {
            // While it accounts for the session before, loads, attaches or enables.
            scene.awaitSessionOf(recorder);
            Scene.pause(random, ATTACH_US);
        } else {
            scene.awaitEnabledBy(recorder);
            Scene.pause(random, MOST_US);
        }
        recorder.kill();
        recorder.awaitExit();
    }

    private static long finish(final Scene scene, final Child recorder) throws IOException, InterruptedException {
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
