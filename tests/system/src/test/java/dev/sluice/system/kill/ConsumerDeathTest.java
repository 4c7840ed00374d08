// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.system.scene.Draining;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A recorder that is killed: the target lowers its enable bits at once, whatever namespaces the two are in. */
@KernelTest
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ConsumerDeathTest {
    private static final long AT_ONCE_MS = 50;
    private static final int ROUNDS = 4;
    private static final int KILLS = 5;
    private static final long NAP_NS = 1_000_000;

    @TempDir
    private Path directory;

    @Test
    void shouldLowerTheBitsAtOnceWhenTheRecorderIsKilled() throws IOException, InterruptedException {
        check(List.of());
    }

    @Test
    void shouldLowerTheBitsAtOnceWhenTheTargetLivesInOtherPidAndTimeNamespaces()
        throws IOException, InterruptedException {
        check(List.of("unshare", "--pid", "--time", "--monotonic", "86400", "--fork", "--kill-child"));
    }

    private void check(final List<String> wrapper) throws IOException, InterruptedException {
        try (Scene scene = Scene.startIn(wrapper, directory, List.of(), 1, "threads", "1000")) {
            scene.awaitTarget();
            scene.startFiring();
            // The target's threads are held up by others' work as well, and nothing tells for how long: a machine that
            // is busy now gets another chance, and a target that is slow by itself is so in every round.
            List<Long> times = killAll(scene);
            for (int round = 1; round < ROUNDS && times.get(KILLS / 2) > AT_ONCE_MS; round++) {
                times = killAll(scene);
            }
            assertThat(times.get(KILLS / 2)).as("median, ms, of %s", times).isLessThanOrEqualTo(AT_ONCE_MS);
            final ChildProgram last = scene.startRecorder();
            scene.awaitEnabledBy(last);
            scene.hold();
            last.signal("TERM");
            last.awaitExit();
            scene.checkAccount(scene.tally(), 0);
        }
    }

    private List<Long> killAll(final Scene scene) throws IOException, InterruptedException {
        final List<Long> times = new ArrayList<>();
        for (int i = 0; i < KILLS; i++) {
            final ChildProgram recorder = scene.startRecorder("--mode", Draining.MODES.get(i % Draining.MODES.size()));
            scene.awaitEnabledBy(recorder);
            times.add(killAndMeasure(scene.targetPid(), recorder));
        }
        Collections.sort(times);
        System.out.println("bits down after SIGKILL, ms beyond what others held us up: " + times);
        return times;
    }

    /** Time from the signal to the lowered bits in ms, less the longest time that this thread itself was held up. */
    private static long killAndMeasure(final long pid, final ChildProgram recorder) throws IOException {
        try (TargetLook target = TargetLook.open(pid)) {
            assertThat(target.activeEpoch()).isNotZero();
            recorder.kill();
            final long begin = System.nanoTime();
            long heldUpNs = 0;
            long last = begin;
            while (target.activeEpoch() != 0) {
                assertThat(last - begin).as("waited").isLessThan(TimeUnit.SECONDS.toNanos(20));
                LockSupport.parkNanos(NAP_NS);
                final long now = System.nanoTime();
                heldUpNs = Math.max(heldUpNs, now - last - NAP_NS);
                last = now;
            }
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin - heldUpNs);
        }
    }
}
