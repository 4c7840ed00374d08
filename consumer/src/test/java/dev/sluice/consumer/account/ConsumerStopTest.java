// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.store.LossCause;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recorders that are stopped, resumed, replaced or too slow: R7 is exact over all of their traces. */
@AccountTest
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ConsumerStopTest {
    private static final int THREADS = 3;
    private static final long RATE = 50_000;
    private static final long STALE_MS = 1000;
    private static final long LONG_STOP_MS = 5000;
    private static final int REPLACEMENTS = 20;
    private static final int PULSES = 4;
    private static final long PULSE_US = 400_000;
    private static final long RUN_US = 100_000;

    @TempDir
    private Path directory;

    private Scene start(final long rate) throws IOException {
        return Scene.start(directory, List.of(), THREADS, "threads", Long.toString(rate));
    }

    @ParameterizedTest
    @ValueSource(strings = {"discard", "block"})
    void shouldGoOnInSameSessionWhenConsumerIsStoppedForLongAndResumed(final String policy)
        throws IOException, InterruptedException {
        final Random random = Profile.random(Profile.seed("consumer stopped, " + policy), 0);
        try (Scene scene = start(RATE)) {
            scene.awaitTarget();
            scene.startFiring();
            final Child recorder = scene.startRecorder("--policy", policy);
            scene.awaitEnabledBy(recorder);
            final int epoch = scene.epoch();
            Scene.pause(random, RUN_US);
            recorder.signal("STOP");
            TimeUnit.MILLISECONDS.sleep(Profile.isLong() ? LONG_STOP_MS : STALE_MS * 3 / 2);
            scene.awaitSuspended();
            recorder.signal("CONT");
            scene.awaitFiredMoreThan(scene.fired().firedTotal());
            Scene.pause(random, RUN_US);
            assertThat(scene.epoch()).isEqualTo(epoch);
            final TraceTally tally = finish(scene, recorder);
            assertThat(tally.causes()).as("losses").isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {RATE, 0})
    void shouldDamageNothingWhenStoppedConsumerIsReplacedAndResumed(final long rate)
        throws IOException, InterruptedException {
        final Random random = Profile.random(Profile.seed("consumer stopped and replaced, rate " + rate), 0);
        Child next = null;
        try (Scene scene = start(rate)) {
            scene.awaitTarget();
            scene.startFiring();
            Child recorder = Scene.warmRecorder(directory);
            recorder.awaitLine("ready", 1);
            scene.record(recorder);
            for (int i = 0; i < Profile.times(2); i++) {
                next = Scene.warmRecorder(directory);
                scene.awaitEnabledBy(recorder);
                next.awaitLine("ready", 1);
                Scene.pause(random, RUN_US);
                recorder.signal("STOP");
                final Child stopped = recorder;
                recorder = next;
                // In the very moment in which the session is stale, which is when the target suspends it.
                scene.recordAsSoonAsPossible(recorder);
                scene.awaitSessionOf(recorder);
                Scene.pause(random, 3 * RUN_US);
                stopped.signal("CONT");
                assertThat(stopped.awaitLine("status", stopped.lines("status") + 1)).isEqualTo("status 3");
            }
            scene.awaitEnabledBy(recorder);
            final TraceTally tally = finish(scene, recorder, recorder.lines("status") + 1);
            System.out.println("consumer stopped and replaced: fired " + scene.fired().firedTotal() + ", " + tally);
            assertThat(tally.causes().keySet()).as("losses").isSubsetOf(LossCause.CONSUMER_GONE);
        } finally {
            if (next != null) {
                next.close();
            }
        }
    }

    @Test
    void shouldAccountForEveryFiredEventWhenConsumerIsReplacedManyTimes() throws IOException, InterruptedException {
        try (Scene scene = start(RATE); Child recorder = Scene.warmRecorder(directory)) {
            scene.awaitTarget();
            scene.startFiring();
            for (int i = 0; i < REPLACEMENTS; i++) {
                scene.record(recorder, "--duration", "100ms");
                recorder.awaitLine("status", i + 1);
            }
            scene.record(recorder);
            scene.awaitEnabledBy(recorder);
            finish(scene, recorder, REPLACEMENTS + 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"discard", "block", "overwrite"})
    void shouldAccountForEveryFiredEventWhenConsumerIsTooSlow(final String policy)
        throws IOException, InterruptedException {
        final Random random = Profile.random(Profile.seed("consumer too slow, " + policy), 0);
        try (Scene scene = start(0)) {
            scene.awaitTarget();
            scene.startFiring();
            final Child recorder = scene.startRecorder("--policy", policy);
            scene.awaitEnabledBy(recorder);
            for (int i = 0; i < Profile.times(PULSES); i++) {
                recorder.signal("STOP");
                Scene.pause(random, PULSE_US);
                recorder.signal("CONT");
                Scene.pause(random, RUN_US);
            }
            final TraceTally tally = finish(scene, recorder);
            assertThat(tally.causes()).as("losses").isEmpty();
            System.out.println("consumer too slow, " + policy + ": fired " + scene.fired().firedTotal() + ", " + tally);
        }
    }

    private static TraceTally finish(final Scene scene, final Child recorder)
        throws IOException, InterruptedException {
        scene.hold();
        recorder.signal("TERM");
        recorder.awaitExit();
        return check(scene);
    }

    private static TraceTally finish(final Scene scene, final Child recorder, final int number)
        throws IOException, InterruptedException {
        scene.hold();
        recorder.signal("TERM");
        recorder.awaitLine("status", number);
        return check(scene);
    }

    private static TraceTally check(final Scene scene) {
        final TraceTally tally = scene.tally();
        assertThat(tally.isEndKnown()).as("end known: %s %s", tally, scene).isTrue();
        assertThat(tally.refused()).as("refused").isEmpty();
        scene.checkAccount(tally, 0);
        return tally;
    }
}
