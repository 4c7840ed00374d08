// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
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

/** SIGKILL of target and recorder together, with a region that nobody holds afterwards. */
@KernelTest
class BothKillTest {
    private static final int KILLS = 2;
    private static final long MOST_US = 150_000;
    private static final long BETWEEN_US = 2_000;
    private static final long RATE = 100_000;

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void shouldReadTraceWithUnknownEndWhenBothAreKilled() throws IOException, InterruptedException {
        final long seed = Profile.seed("both killed");
        for (int i = 0; i < Profile.times(KILLS); i++) {
            final Random random = Profile.random(seed, i);
            try (Scene scene = Scene.start(directory, List.of(), 3, "threads", Long.toString(RATE))) {
                scene.awaitTarget();
                scene.startFiring();
                final ChildProgram recorder = scene.startRecorder("--mode", random.nextBoolean() ? "bpf" : "pull");
                scene.awaitFiredMoreThan(0);
                Scene.pause(random, MOST_US);
                final boolean isTargetFirst = random.nextBoolean();
                (isTargetFirst ? scene.target() : recorder).kill();
                Scene.pause(random, BETWEEN_US);
                (isTargetFirst ? recorder : scene.target()).kill();
                scene.target().awaitExit();
                recorder.awaitExit();
                check(scene);
            } catch (final AssertionError e) {
                throw new AssertionError("seed " + seed + " iteration " + i + ": " + e.getMessage(), e);
            }
        }
    }

    private static void check(final Scene scene) {
        // Contents and order are checked while the events are read.
        final TraceTally tally = scene.tally();
        assertThat(tally.isEndKnown()).isFalse();
        assertThat(tally.storedTotal()).isLessThanOrEqualTo(
            scene.fired().firedTotal() + scene.fired().threads());
        for (int i = 0; i < scene.fired().threads(); i++) {
            assertThat(tally.lastIndexOfThread(i)).isLessThanOrEqualTo(scene.fired().fired(i));
        }
        if (tally.storedTotal() > 0) {
            assertThat(TraceReport.of(TraceReader.open(scene.trace())).toJson().get("end").asText())
                .isEqualTo("unknown");
        }
    }
}
