// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.store.format.LossCause;
import dev.sluice.system.scene.Draining;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Shared mode, which needs no privilege: R7 with every policy, and with recorders and targets that stop or die. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class SharedAccountTest {
    private static final int THREADS = 2;
    private static final int KILLS = 3;
    private static final long RATE = 100_000;
    private static final long RUN_US = 150_000;

    @TempDir
    private Path directory;

    /** As {@link Draining} calls it. */
    String strategy() {
        return "consumer";
    }

    private String mode() {
        return Draining.mode(strategy());
    }

    static List<String> policies() {
        return Profile.share(List.of("discard", "block", "overwrite"));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void shouldAccountForEveryFiredEventWhenConsumerDrains(final String policy)
        throws IOException, InterruptedException {
        DrainMatrix.check(directory, strategy(), policy);
    }

    @Test
    void shouldAccountForEveryFiredEventWhenTargetIsKilled() throws IOException, InterruptedException {
        final long seed = Profile.seed(mode() + ", target killed");
        try (ChildProgram recorder = Scene.warmRecorder(directory)) {
            recorder.awaitLine("ready", 1);
            for (int i = 0; i < Profile.times(KILLS); i++) {
                final Random random = Profile.random(seed, i);
                final Scene scene = Scene.start(directory, List.of(), THREADS, "threads", i % 2 == 0 ? "0" : "100000");
                try {
                    scene.awaitTarget();
                    scene.startFiring();
                    scene.record(recorder, "--mode", mode(), "--policy", i % 2 == 0 ? "discard" : "block");
                    scene.awaitFiredMoreThan(0);
                    Scene.pause(random, RUN_US);
                    scene.target().kill();
                    scene.target().awaitExit();
                    recorder.awaitLine("status", i + 1);
                    final TraceTally tally = scene.tally();
                    assertThat(tally.isEndKnown()).as("seed %s, end known: %s %s", seed, tally, recorder).isTrue();
                    assertThat(tally.causes()).as("losses").isEmpty();
                    scene.checkAccount(tally, 1);
                } finally {
                    scene.closeButRecorder();
                }
            }
        }
    }

    @Test
    void shouldAccountForEveryFiredEventWhenConsumerIsKilled() throws IOException, InterruptedException {
        final Random random = Profile.random(Profile.seed(mode() + ", consumer killed"), 0);
        ChildProgram next = Scene.warmRecorder(directory);
        try (Scene scene = Scene.start(directory, List.of(), THREADS, "threads", Long.toString(RATE))) {
            scene.awaitTarget();
            scene.startFiring();
            for (int i = 0; i < Profile.times(KILLS); i++) {
                final ChildProgram recorder = next;
                recorder.awaitLine("ready", 1);
                scene.record(recorder, "--mode", mode());
                next = Scene.warmRecorder(directory);
                scene.awaitSessionOf(recorder);
                Scene.pause(random, 2 * RUN_US);
                recorder.kill();
                recorder.awaitExit();
            }
            next.awaitLine("ready", 1);
            finish(scene, next, random);
        } finally {
            next.close();
        }
    }

    @Test
    void shouldDamageNothingWhenStoppedConsumerIsReplacedAndResumed() throws IOException, InterruptedException {
        final Random random = Profile.random(Profile.seed(mode() + ", consumer stopped and replaced"), 0);
        try (Scene scene = Scene.start(directory, List.of(), THREADS, "threads", "0");
             ChildProgram first = Scene.warmRecorder(directory); ChildProgram second = Scene.warmRecorder(directory)) {
            scene.awaitTarget();
            scene.startFiring();
            first.awaitLine("ready", 1);
            second.awaitLine("ready", 1);
            scene.record(first, "--mode", mode());
            scene.awaitEnabledBy(first);
            Scene.pause(random, RUN_US);
            first.signal("STOP");
            scene.recordAsSoonAsPossible(second, "--mode", mode());
            scene.awaitEnabledBy(second);
            first.signal("CONT");
            assertThat(first.awaitLine("status", 1)).isEqualTo("status 3");
            Scene.pause(random, RUN_US);
            scene.hold();
            final int refused = second.lines("status");
            second.signal("TERM");
            second.awaitLine("status", refused + 1);
            check(scene);
        }
    }

    private void finish(final Scene scene, final ChildProgram recorder, final Random random)
        throws IOException, InterruptedException {
        DrainMatrix.lastSession(scene, recorder, random, 0, false, "--mode", mode());
        check(scene);
    }

    private static void check(final Scene scene) {
        final TraceTally tally = scene.tally();
        assertThat(tally.isEndKnown()).as("end known: %s %s", tally, scene).isTrue();
        assertThat(tally.refused()).as("refused").isEmpty();
        assertThat(tally.causes().keySet()).as("losses")
            .isSubsetOf(LossCause.CONSUMER_GONE, LossCause.BETWEEN_SESSIONS);
        scene.checkAccount(tally, 0);
    }
}
