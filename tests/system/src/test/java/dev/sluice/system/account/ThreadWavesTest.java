// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** As many threads at a time as there are slots, that fire and die, and then as many again (R10). */
@KernelTest
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ThreadWavesTest {
    private static final int THREADS = 1000;
    private static final int WAVES = 3;
    private static final int EVENTS = 300;
    private static final double GROWTH = 1.1;

    @TempDir
    private Path directory;

    @Test
    void shouldReuseSlotsAndMemoryWhenThousandThreadsDieAndThousandMoreCome()
        throws IOException, InterruptedException {
        // No slot to spare, and no flush in between: who claims a slot has to drain and free a dead thread's.
        final List<String> flags = List.of("-Dsluice.policy=block", "-Dsluice.region.slots=" + THREADS,
            "-Dsluice.flush.period=5s", "-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch");
        try (Scene scene = Scene.start(directory, flags, WAVES * THREADS, "waves", Integer.toString(THREADS),
            Integer.toString(EVENTS))) {
            scene.awaitTarget();
            final ChildProgram recorder = scene.startRecorder();
            scene.awaitSessionOf(recorder);
            final long[] bytes = new long[WAVES];
            // The first fires of a wave wait for nobody: the session must have been enabled by then.
            scene.awaitAllEnabled();
            for (int wave = 0; wave < WAVES; wave++) {
                scene.startFiring();
                scene.awaitWave();
                // The last wave comes at once: dead threads' rings are still to be drained and swept.
                bytes[wave] = wave == 1 ? 0 : scene.residentBytes();
            }
            recorder.signal("TERM");
            recorder.awaitExit();
            final TraceTally tally = scene.tally();
            System.out.println("waves: fired " + scene.fired().firedTotal() + ", stored " + tally.storedTotal()
                + ", refused " + tally.refused() + ", resident " + bytes[0] + " and " + bytes[WAVES - 1]);
            assertThat(tally.isEndKnown()).as("end known: %s", scene).isTrue();
            assertThat(scene.fired().firedTotal()).isEqualTo((long) WAVES * THREADS * EVENTS);
            assertThat(tally.refused()).as("refused").isEmpty();
            assertThat(tally.causes()).as("losses").isEmpty();
            scene.checkAccount(tally, 0);
            assertThat((double) bytes[WAVES - 1]).as("resident after the last wave").isLessThan(GROWTH * bytes[0]);
        }
    }
}
