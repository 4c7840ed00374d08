// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.store.format.LossCause;
import dev.sluice.system.scene.Draining;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Recorders that are too slow, stopped, resumed and replaced, under each strategy and policy: R7 is exact over all of
 * their traces together.
 */
@KernelTest
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class ConsumerStopTest {
    private static final List<String> POLICIES = List.of("discard", "block", "overwrite");
    private static final int THREADS = 2;
    /** Of each thread: together they fill the kernel's buffer in less than a pulse. */
    private static final long RATE = 500_000;
    private static final long STALE_MS = 1000;
    private static final long LONG_STOP_MS = 5000;
    private static final int REPLACEMENTS = 20;
    private static final int PULSES = 3;
    private static final long PULSE_US = 800_000;
    private static final long RUN_US = 100_000;

    @TempDir
    private Path directory;

    @Test
    void shouldAccountForEveryFiredEventWhenConsumerIsSlowStoppedAndReplaced()
        throws InterruptedException, ExecutionException {
        final long seed = Profile.seed("consumer stopped");
        final List<Parallel.Task> tasks = new ArrayList<>();
        for (int i = 0; i < Draining.STRATEGIES.size(); i++) {
            for (int j = 0; j < POLICIES.size(); j++) {
                final String strategy = Draining.STRATEGIES.get(i);
                final String policy = POLICIES.get(j);
                final int number = i * POLICIES.size() + j;
                // The ordinary run has each strategy once on one of the JDKs, another cell of each for another seed.
                if (Profile.isLong() || Profile.takes(i) && (i + j + seed) % POLICIES.size() == 0) {
                    tasks.add(() -> run(strategy, policy, seed, number));
                }
            }
        }
        Parallel.run(tasks);
    }

    private void run(final String strategy, final String policy, final long seed, final int number)
        throws IOException, InterruptedException {
        final Random random = Profile.random(seed, number);
        final String[] options = {"--policy", policy, "--mode", Draining.mode(strategy)};
        try (Scene scene = Scene.start(directory, List.of("-Dsluice.strategy=" + Draining.targetsStrategy(strategy)),
            THREADS, "threads", Long.toString(RATE));
            ChildProgram next = Scene.warmRecorder(directory); ChildProgram last = Scene.warmRecorder(directory)) {
            try {
                scene.awaitTarget();
                scene.startFiring();
                final ChildProgram first = scene.startRecorder(options);
                scene.awaitEnabledBy(first);
                slowDown(first, random);
                stopAndResume(scene, first, random);
                replaceAndResume(scene, first, next, random, options);
                replaceManyTimes(scene, last, options);
                final TraceTally tally = finish(scene, last, options);
                System.out.println("consumer stopped, " + strategy + ", " + policy + ": fired "
                    + scene.fired().firedTotal() + ", stored " + tally.storedTotal() + ", refused by rings "
                    + tally.discardedTotal() + ", overwritten " + tally.overwrittenTotal() + ", losses "
                    + tally.causes());
                assertThat(tally.causes().keySet()).isSubsetOf(LossCause.CONSUMER_GONE, LossCause.BETWEEN_SESSIONS);
            } catch (final AssertionError e) {
                throw new AssertionError("seed " + seed + " " + strategy + " " + policy + ": " + e.getMessage(), e);
            }
        }
    }

    private static void slowDown(final ChildProgram recorder, final Random random)
        throws IOException, InterruptedException {
        for (int i = 0; i < PULSES; i++) {
            recorder.signal("STOP");
            Scene.pause(random, PULSE_US);
            recorder.signal("CONT");
            Scene.pause(random, RUN_US);
        }
    }

    private static void stopAndResume(final Scene scene, final ChildProgram recorder, final Random random)
        throws IOException, InterruptedException {
        final int epoch = scene.epoch();
        recorder.signal("STOP");
        TimeUnit.MILLISECONDS.sleep(Profile.isLong() ? LONG_STOP_MS : STALE_MS * 3 / 2);
        // A consumer that lives keeps its session: what is fired meanwhile is in its account.
        scene.awaitFiredMoreThan(scene.fired().firedTotal());
        recorder.signal("CONT");
        Scene.pause(random, RUN_US);
        assertThat(scene.epoch()).as("epoch").isEqualTo(epoch);
    }

    private static void replaceAndResume(final Scene scene, final ChildProgram stopped, final ChildProgram next,
        final Random random,
                                         final String... options) throws IOException, InterruptedException {
        next.awaitLine("ready", 1);
        stopped.signal("STOP");
        // In the very moment in which the session is stale.
        scene.recordAsSoonAsPossible(next, options);
        Scene.pause(random, 3 * RUN_US);
        stopped.signal("CONT");
        assertThat(stopped.awaitExit()).as("exit status: %s", stopped).isEqualTo(3);
        scene.awaitEnabledBy(next);
        Scene.pause(random, RUN_US);
        final int ended = next.lines("status");
        next.signal("TERM");
        next.awaitLine("status", ended + 1);
    }

    private static void replaceManyTimes(final Scene scene, final ChildProgram recorder, final String... options)
        throws IOException, InterruptedException {
        recorder.awaitLine("ready", 1);
        for (int i = 0; i < (Profile.isLong() ? REPLACEMENTS : REPLACEMENTS / 4); i++) {
            scene.record(recorder, Scene.with(options, "--duration", "50ms"));
            recorder.awaitLine("status", i + 1);
        }
    }

    private static TraceTally finish(final Scene scene, final ChildProgram recorder, final String... options)
        throws IOException, InterruptedException {
        final int ended = recorder.lines("status");
        scene.record(recorder, options);
        scene.awaitEnabledBy(recorder);
        scene.hold();
        recorder.signal("TERM");
        recorder.awaitLine("status", ended + 1);
        final TraceTally tally = scene.tally();
        assertThat(tally.isEndKnown()).as("end known: %s %s", tally, scene).isTrue();
        assertThat(tally.refused()).as("refused").isEmpty();
        scene.checkAccount(tally, 0);
        return tally;
    }
}
