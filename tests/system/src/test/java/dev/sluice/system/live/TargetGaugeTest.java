// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.live.RingReading;
import dev.sluice.consumer.live.TargetGauge;
import dev.sluice.consumer.live.TargetReading;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a gauge counts is what the target counts by itself, and a recording beside it has the same account. */
@OneJdk
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class TargetGaugeTest {
    private static final int THREADS = 2;
    private static final long RUN_US = 300_000;
    private static final long CHUNK_BYTES = 64 << 10;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"discard", "block", "overwrite"})
    void shouldCountWhatWasFiredWhenThreadsFireAsFastAsTheyCan(final String policy) throws Exception {
        final Random random = Profile.random(Profile.seed("gauge " + policy), 0);
        // Small rings, which are written many times around while somebody looks.
        try (Scene scene = Scene.start(directory, List.of("-Dsluice.chunk.length=8192", "-Dsluice.region.memory=1m"),
                THREADS, "threads", "0");
             ChildProgram recorder = Scene.warmRecorder(directory)) {
            recorder.awaitLine("ready", 1);
            scene.awaitTarget();
            try (TargetGauge gauge = TargetGauge.open(scene.targetPid()).get(0)) {
                gauge.look();
                assertThat(gauge.take().holder()).isZero();
                scene.startFiring();
                scene.record(recorder, "--mode", "shared", "--policy", policy);
                scene.awaitEnabledBy(recorder);
                final AtomicBoolean isOver = new AtomicBoolean();
                final List<TargetReading> readings = new ArrayList<>();
                final Thread looks = new Thread(() -> {
                    while (!isOver.get()) {
                        gauge.look();
                        readings.add(gauge.take());
                    }
                });
                looks.start();
                Scene.pause(random, RUN_US);
                // Full rings, too.
                recorder.signal("STOP");
                TimeUnit.NANOSECONDS.sleep(RUN_US * 1000);
                recorder.signal("CONT");
                Scene.pause(random, RUN_US);
                scene.hold();
                isOver.set(true);
                looks.join();
                checkGrowing(readings);
                checkLast(scene, gauge, policy);
                assertThat(readings.get(readings.size() - 1).holder()).isEqualTo((int) recorder.pid());
                recorder.signal("TERM");
                assertThat(recorder.awaitLine("status", 1)).matches("status [03]");
            }
            final TraceTally tally = scene.tally();
            assertThat(tally.isEndKnown()).as("end known: %s %s", tally, scene).isTrue();
            assertThat(tally.causes()).as("losses").isEmpty();
            scene.checkAccount(tally, 0);
        }
    }

    private static void checkLast(final Scene scene, final TargetGauge gauge, final String policy) {
        gauge.look();
        final TargetReading last = gauge.take();
        assertThat(last.fired()).as("%s: %s", last, scene).isEqualTo(scene.fired().firedTotal());
        if (policy.equals("overwrite")) {
            assertThat(last.sum(RingReading::overwritten)).isPositive();
        } else {
            assertThat(last.sum(RingReading::overwritten)).isZero();
        }
        if (policy.equals("discard")) {
            assertThat(last.sum(RingReading::discarded)).isPositive();
        }
        // No event is taken for another one, however torn the copy that it was found in.
        assertThat(last.seen()).containsOnlyKeys("account:numbers", "account:text");
        assertThat(last.seen().values().stream().mapToLong(Long::longValue).sum()).isPositive()
            .isLessThanOrEqualTo(last.sum(RingReading::written));
    }

    /** Counts never go back, from look to look. */
    private static void checkGrowing(final List<TargetReading> readings) {
        assertThat(readings).hasSizeGreaterThan(1);
        for (int i = 1; i < readings.size(); i++) {
            final TargetReading before = readings.get(i - 1);
            final TargetReading now = readings.get(i);
            assertThat(now.fired()).isGreaterThanOrEqualTo(before.fired());
            now.seen().forEach((name, count) -> assertThat(count).isGreaterThanOrEqualTo(before.seen().get(name)));
            now.rings().forEach(ring -> assertThat(ring.undrainedBytes()).isBetween(0L, ring.lengthBytes()));
        }
    }

    @Test
    void shouldSeeEveryEventWhenRingsKeepThemUntilTheNextLook() throws Exception {
        try (Scene scene = Scene.start(directory, List.of(), THREADS, "threads", "20000")) {
            scene.awaitTarget();
            try (TargetGauge gauge = TargetGauge.open(scene.targetPid()).get(0)) {
                gauge.look();
                final ChildProgram recorder = scene.startRecorder("--mode", "shared");
                scene.startFiring();
                scene.awaitEnabledBy(recorder);
                final long begin = System.nanoTime();
                while (System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(1)) {
                    gauge.look();
                    TimeUnit.MILLISECONDS.sleep(20);
                }
                scene.hold();
                gauge.look();
                final TargetReading last = gauge.take();
                assertThat(last.fired()).isEqualTo(scene.fired().firedTotal());
                assertThat(last.seen().values().stream().mapToLong(Long::longValue).sum())
                    .isEqualTo(last.sum(RingReading::written));
                assertThat(last.owners()).isEqualTo(THREADS);
                recorder.terminate();
                recorder.awaitExit();
            }
        }
    }

    /** A thread that drains each chunk goes back to the ring's first one: what it leaves out is no event. */
    @Test
    @KernelTest
    void shouldFindNoHoleToBeUndrainedWhenThreadsDrainTheirRings() throws Exception {
        try (Scene scene = Scene.start(directory, List.of(), THREADS, "threads", "200000")) {
            scene.awaitTarget();
            try (TargetGauge gauge = TargetGauge.open(scene.targetPid()).get(0)) {
                final ChildProgram recorder = scene.startRecorder("--mode", "bpf", "--policy", "block");
                scene.startFiring();
                scene.awaitEnabledBy(recorder);
                final long begin = System.nanoTime();
                long most = 0;
                while (System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(1)) {
                    gauge.look();
                    most = Math.max(most, gauge.take().rings().stream().mapToLong(RingReading::peakBytes).max()
                        .orElse(0));
                }
                scene.hold();
                recorder.terminate();
                recorder.awaitExit();
                assertThat(most).isPositive().isLessThanOrEqualTo(2 * CHUNK_BYTES);
            }
        }
    }

    @Test
    void shouldGiveTheTargetNoPageWhenItLooks() throws Exception {
        try (Scene scene = Scene.start(directory, List.of(), THREADS, "threads", "1000")) {
            scene.awaitTarget();
            final long before = scene.sharedBytes();
            try (TargetGauge gauge = TargetGauge.open(scene.targetPid()).get(0)) {
                for (int i = 0; i < 20; i++) {
                    gauge.look();
                    gauge.take();
                }
                assertThat(scene.sharedBytes()).isEqualTo(before);
            }
        }
    }
}
