// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.system.scene.Draining;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Issue 15: recorders that are ended while they attach to a program that is stopped. They are out at once, the program
 * goes on as if nobody had come, and what a later recording has is exact over all traces.
 */
@KernelTest
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class AttachGivenUpTest {
    private static final int ENDS = 6;
    private static final int THREADS = 2;
    private static final long RATE = 100_000;
    private static final long ATTACH_US = 500_000;
    private static final long STOPPED_US = 100_000;
    private static final long STILL_MS = 50;
    /** A stopped program is waited for for two seconds if nobody ends that. */
    private static final long LATE_NS = TimeUnit.MILLISECONDS.toNanos(1_900);

    @TempDir
    private Path directory;

    @Test
    void shouldBeOutAtOnceAndLeaveNothingOnWhenEndedAtAMomentOfAttaching() throws Exception {
        final long seed = Profile.seed("attaching given up");
        int givenUp = 0;
        for (int i = 0; i < Profile.times(ENDS); i++) {
            final Random random = Profile.random(seed, i);
            final String mode = Draining.mode(Draining.STRATEGIES.get(random.nextInt(Draining.STRATEGIES.size())));
            try (Scene scene = start()) {
                givenUp += end(scene, mode, random) ? 1 : 0;
                recordAfter(scene, mode);
            } catch (final AssertionError e) {
                throw new AssertionError("seed " + seed + " iteration " + i + " " + mode + ": " + e.getMessage(), e);
            }
        }
        System.out.println("attaching given up: " + givenUp + " of " + Profile.times(ENDS) + " before they had begun");
    }

    private Scene start() throws IOException, InterruptedException {
        final Scene scene = Scene.start(directory, List.of(), THREADS, "threads", Long.toString(RATE));
        scene.awaitTarget();
        scene.startFiring();
        return scene;
    }

    /** Returns whether the recorder was ended before it had begun. */
    private static boolean end(final Scene scene, final String mode, final Random random) throws Exception {
        final ChildProgram recorder = scene.startRecorder("--mode", mode);
        scene.awaitSessionOf(recorder);
        // The first one is stopped at once: then it has not answered yet.
        Scene.pause(random, random.nextInt(3) == 0 ? 1 : ATTACH_US);
        scene.target().stop();
        Scene.pause(random, STOPPED_US);
        final boolean hadBegun = hasBegun(recorder);
        final long begin = System.nanoTime();
        recorder.terminate();
        final int status = recorder.awaitExit();
        final long ns = System.nanoTime() - begin;
        scene.target().signal("CONT");
        final boolean isGivenUp = recorder.errors().contains("sluice record: ended before process ");
        System.out.println("attaching given up: " + mode + ", " + (isGivenUp ? "before" : "after")
            + " it had begun, out after " + ns / 1_000_000 + " ms");
        if (isGivenUp) {
            assertThat(status).as(recorder.toString()).isEqualTo(ExitStatus.FAILED);
            assertThat(ns).as("ns until it was out: %s", recorder).isLessThan(LATE_NS);
        } else {
            assertThat(hadBegun || hasBegun(recorder)).as(recorder.toString()).isTrue();
        }
        return isGivenUp;
    }

    private static boolean hasBegun(final ChildProgram recorder) throws IOException {
        return recorder.errors().contains(": has begun: ");
    }

    /** The program fires no more, and whoever records it next gets an exact account of everything that it had fired. */
    private static void recordAfter(final Scene scene, final String mode) throws Exception {
        final long[] fired = {-1};
        ChildProgram.await("nothing is fired any more: " + scene, () -> {
            final long before = fired[0];
            fired[0] = scene.fired().firedTotal();
            sleep();
            return fired[0] == before;
        });
        final ChildProgram recorder = scene.startRecorder("--mode", mode);
        scene.awaitEnabledBy(recorder);
        scene.hold();
        recorder.terminate();
        assertThat(recorder.awaitExit()).as(recorder.toString()).isIn(ExitStatus.OK, ExitStatus.INCOMPLETE);
        final TraceTally tally = new TraceTally();
        scene.traces().stream().filter(Files::exists).forEach(tally::add);
        assertThat(tally.isEndKnown()).as("end known: %s %s", tally, scene).isTrue();
        scene.checkAccount(tally, 0);
    }

    private static void sleep() {
        try {
            TimeUnit.MILLISECONDS.sleep(STILL_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldLeaveAllAsTheyWereWhenOneOfSeveralProgramsDoesNotAnswer() throws Exception {
        try (Scene answering = start(); Scene stopped = start()) {
            stopped.target().stop();
            final ChildProgram recorder = answering.startRecorder("-p", Long.toString(stopped.targetPid()));
            stopped.awaitSessionOf(recorder);
            recorder.terminate();
            assertThat(recorder.awaitExit()).as(recorder.toString()).isEqualTo(ExitStatus.FAILED);
            // It has all sessions before it asks the first program, and may be ended in between.
            assertThat(recorder.errors()).matches("sluice record: ended before process [0-9]+ could be attached to\n");
            assertThat(answering.trace()).doesNotExist();
            stopped.target().signal("CONT");
            assertThat(answering.fired().firedTotal()).isZero();
            recordAfter(answering, "shared");
            recordAfter(stopped, "shared");
        }
    }
}
