// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.system.scene.MemoryCgroup;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In a container: being recorded never gets a program killed for want of memory (issue 9, part 5; issue 10, 7). */
@OneJdk
@KernelTest
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class MemoryLimitTest {
    private static final long MIB = 1 << 20;
    private static final List<String> SMALL = List.of("-Xmx48m", "-Xss256k");

    @TempDir
    private Path directory;

    private static void assertAlive(final Scene scene, final MemoryCgroup cgroup) {
        assertThat(scene.target().isAlive()).as("alive: %s", scene).isTrue();
        assertThat(cgroup.kills()).as("killed by the kernel").isZero();
    }

    @ParameterizedTest
    @CsvSource({"shared,owner", "bpf,drain_thread"})
    void shouldNotGetTheTargetKilledWhenManyFireIntoASmallCgroup(final String mode, final String strategy)
        throws IOException, InterruptedException {
        final List<String> flags = List.of("-Xmx48m", "-Xss256k", "-Dsluice.strategy=" + strategy);
        try (MemoryCgroup cgroup = MemoryCgroup.create(256 * MIB);
             Scene scene = Scene.start(directory, flags, 40, "threads", "0")) {
            cgroup.add(scene.target().pid());
            scene.awaitTarget();
            scene.startFiring();
            final ChildProgram recorder = scene.startRecorder("--mode", mode, "--policy", "discard");
            scene.awaitEnabledBy(recorder);
            scene.awaitFiredMoreThan(2_000_000);
            System.out.println("memory limit: " + mode + ", used " + cgroup.usedBytes() + " of " + 256 * MIB
                + ", rings " + scene.sharedBytes());
            assertThat(scene.sharedBytes()).as("memory of rings").isLessThan(64 * MIB);
            scene.hold();
            recorder.signal("TERM");
            recorder.awaitExit();
            assertAlive(scene, cgroup);
            final TraceTally tally = scene.tally();
            assertThat(tally.isEndKnown()).as("end known: %s", scene).isTrue();
            assertThat(tally.ringOfThread()).as("threads").hasSize(40);
            scene.checkAccount(tally, 0);
        }
    }

    @Test
    void shouldNotGetTheTargetKilledWhenAThousandThreadsAreAttachedTo() throws IOException, InterruptedException {
        final int threads = 1000;
        final int events = 20;
        try (MemoryCgroup cgroup = MemoryCgroup.create(300 * MIB);
             Scene scene = Scene.start(directory, SMALL, threads, "waves", Integer.toString(threads),
                 Integer.toString(events))) {
            cgroup.add(scene.target().pid());
            scene.awaitTarget();
            final ChildProgram recorder = scene.startRecorder("--mode", "bpf");
            scene.awaitSessionOf(recorder);
            scene.awaitAllEnabled();
            scene.startFiring();
            scene.awaitWave();
            recorder.signal("TERM");
            recorder.awaitExit();
            assertAlive(scene, cgroup);
            final TraceTally tally = scene.tally();
            System.out.println("memory limit: a thousand threads, used " + cgroup.usedBytes() + ", rings "
                + scene.sharedBytes() + ", refused " + tally.refused());
            // Here, unlike in the file of counts, what was refused for want of memory is fired too.
            assertThat(tally.accountedTotal()).isEqualTo((long) threads * events);
            assertThat(tally.ringOfThread()).as("threads with a ring").hasSizeGreaterThan(threads / 2);
        }
    }

    @Test
    void shouldGiveMemoryBackWhenTheLimitFallsWhileRecording() throws IOException, InterruptedException {
        try (MemoryCgroup cgroup = MemoryCgroup.create(1024 * MIB);
             Scene scene = Scene.start(directory, SMALL, 16, "threads", "0")) {
            cgroup.add(scene.target().pid());
            scene.awaitTarget();
            scene.startFiring();
            final ChildProgram recorder = scene.startRecorder("--mode", "shared", "--policy", "discard");
            scene.awaitEnabledBy(recorder);
            scene.awaitSharedBytes("rings grow", bytes -> bytes > 16 * MIB);
            final long limit = cgroup.usedBytes() + 8 * MIB;
            cgroup.limit(limit);
            scene.awaitSharedBytes("rings shrink", bytes -> bytes < 12 * MIB);
            System.out.println("memory limit: fallen to " + limit + ", rings " + scene.sharedBytes());
            scene.hold();
            recorder.signal("TERM");
            recorder.awaitExit();
            assertAlive(scene, cgroup);
            final TraceTally tally = scene.tally();
            assertThat(tally.isEndKnown()).as("end known: %s", scene).isTrue();
            scene.checkAccount(tally, 0);
        }
    }
}
