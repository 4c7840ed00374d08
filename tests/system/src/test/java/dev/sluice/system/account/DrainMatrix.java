// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.system.scene.Draining;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One way to drain with one policy: R7 is exact with a recorder that keeps up, and after it with one that is stopped in
 * pulses while threads fire as fast as they can. Rings are small and do not grow.
 */
final class DrainMatrix {
    private static final int THREADS = 2;
    private static final int PULSES = 3;
    private static final long PULSE_MS = 300;
    private static final long RUN_US = 100_000;

    private DrainMatrix() {
    }

    /**
     * Runs it.
     *
     * @param strategy owner, drain_thread, consumer or pull
     * @param policy   discard, block or overwrite
     */
    static void check(final Path directory, final String strategy, final String policy)
        throws IOException, InterruptedException {
        final Random random = Profile.random(Profile.seed("matrix " + strategy + " " + policy), 0);
        final List<String> flags = new ArrayList<>(
            List.of("-Dsluice.chunk.length=8192", "-Dsluice.region.memory=1m"));
        flags.add("-Dsluice.strategy=" + Draining.targetsStrategy(strategy));
        final String[] options = {"--mode", Draining.mode(strategy), "--policy", policy};
        try (Scene scene = Scene.start(directory, flags, THREADS, "threads", "0");
             ChildProgram recorder = Scene.warmRecorder(directory)) {
            recorder.awaitLine("ready", 1);
            scene.awaitTarget();
            scene.startFiring();
            shortSession(scene, recorder, options);
            lastSession(scene, recorder, random, Profile.times(PULSES), !policy.equals("block"), options);
            final TraceTally tally = scene.tally();
            System.out.println("matrix " + strategy + " " + policy + ": fired " + scene.fired().firedTotal() + ", "
                + tally);
            assertThat(tally.isEndKnown()).as("end known: %s %s", tally, scene).isTrue();
            assertThat(tally.refused()).as("refused").isEmpty();
            assertThat(tally.causes()).as("losses").isEmpty();
            scene.checkAccount(tally, 0);
            checkPolicy(policy, tally);
        }
    }

    /** A session that ends while threads fire. */
    static void shortSession(final Scene scene, final ChildProgram recorder, final String... options)
        throws IOException, InterruptedException {
        final int number = recorder.lines("status") + 1;
        scene.record(recorder, String.join(" ", options), "--duration", "300ms");
        recorder.awaitLine("status", number);
    }

    /**
     * A session in which the recorder is stopped so many times, and that ends when all threads hold.
     *
     * @param isUntilFull whether each stop lasts until a full ring has refused or overwritten an event: how long that
     *                    takes depends on how busy the machine is
     */
    static void lastSession(final Scene scene, final ChildProgram recorder, final Random random, final int pulses,
                            final boolean isUntilFull, final String... options)
        throws IOException, InterruptedException {
        final int number = recorder.lines("status") + 1;
        scene.record(recorder, options);
        scene.awaitEnabledBy(recorder);
        for (int i = 0; i < pulses; i++) {
            final long refused = scene.refusedByRings();
            recorder.signal("STOP");
            TimeUnit.MILLISECONDS.sleep(PULSE_MS);
            if (isUntilFull) {
                scene.awaitRefusedMoreThan(refused);
            }
            recorder.signal("CONT");
            Scene.pause(random, RUN_US);
        }
        Scene.pause(random, RUN_US);
        scene.hold();
        recorder.signal("TERM");
        recorder.awaitLine("status", number);
    }

    /** What a recorder that is stopped must have led to, and what cannot have happened. */
    private static void checkPolicy(final String policy, final TraceTally tally) {
        final long overwritten = tally.rings().values().stream().mapToLong(TraceTally.Ring::overwritten).sum();
        final long discarded = tally.rings().values().stream().mapToLong(TraceTally.Ring::discarded).sum();
        if (policy.equals("overwrite")) {
            assertThat(overwritten).as("overwritten").isPositive();
        } else {
            assertThat(overwritten).as("overwritten").isZero();
        }
        if (policy.equals("discard")) {
            assertThat(discarded).as("discarded").isPositive();
        }
        assertThat(tally.storedTotal()).as("stored").isPositive();
    }
}
