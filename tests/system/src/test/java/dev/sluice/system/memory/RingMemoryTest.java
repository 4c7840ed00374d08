// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.memory;

import static dev.sluice.consumer.record.EventPath.BATCH;
import static dev.sluice.consumer.record.EventPath.SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.system.scene.FiredFile;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rings take memory by need: each thread has one, however many there are, and what they took is given back (issue 9,
 * part 5).
 */
@KernelTest
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class RingMemoryTest {
    private static final long MIB = 1 << 20;
    private static final long CHUNK = 64 << 10;
    private static final long SLOT = 64 << 10;
    /** Of a slot: what every one has, and never loses. */
    private static final long FIRST_PAGES = 24 << 10;
    private static final int MANY = 200;
    /** A burst of 16 events every 100 ms. */
    private static final String SLOW = "160";
    private static final long EVENTS = 48;
    private static final int SLOTS = 1024;
    private static final long TIMEOUT_NS = TimeUnit.MINUTES.toNanos(1);
    private static final int WAVE_EVENTS = 40;

    @TempDir
    private Path directory;

    /** Records until something holds, and ends at a quiet moment. */
    private void record(final Scene scene, final TraceTally tally, final BooleanSupplier enough,
                        final EventPath path, final FullPolicy policy)
        throws IOException, InterruptedException {
        final Path trace = Files.createTempDirectory(directory, "trace");
        scene.startFiring();
        try (Recorder recorder =
            Recorder.start(RecordOptions.of(scene.target().pid(), trace).source(path).policy(policy).build())) {
            final long begin = System.nanoTime();
            recorder.await(TIMEOUT_NS, enough, () -> { });
            assertThat(System.nanoTime() - begin).as("not within a minute: %s", scene).isLessThan(TIMEOUT_NS);
            scene.hold();
            recorder.finish();
        }
        tally.add(trace);
        assertThat(tally.isEndKnown()).as("end known: %s", scene).isTrue();
        assertThat(tally.causes()).as("losses").isEmpty();
    }

    private static BooleanSupplier eachHasFired(final FiredFile fired, final long more) {
        final long[] before = new long[fired.threads()];
        for (int i = 0; i < before.length; i++) {
            before[i] = fired.fired(i);
        }
        return () -> {
            for (int i = 0; i < before.length; i++) {
                if (fired.fired(i) - before[i] < more) {
                    return false;
                }
            }
            return true;
        };
    }

    private static void assertAllStored(final Scene scene, final TraceTally tally) {
        assertThat(tally.isEndKnown()).as("end known: %s", scene).isTrue();
        assertThat(tally.refused()).as("refused").isEmpty();
        assertThat(tally.causes()).as("losses").isEmpty();
        assertThat(tally.discardedTotal()).as("discarded").isZero();
        assertThat(tally.ringOfThread()).as("threads").hasSize(scene.fired().threads());
        for (int i = 0; i < scene.fired().threads(); i++) {
            assertThat(tally.storedOfThread(i)).as("thread %d", i).isEqualTo(scene.fired().fired(i));
        }
        scene.checkAccount(tally, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"drain_thread", "owner"})
    void shouldStoreEveryThreadInEverySessionWhenManyFireSlowly(final String strategy)
        throws IOException, InterruptedException {
        try (Scene scene = Scene.start(
            directory, List.of("-Dsluice.strategy=" + strategy, "-Xss256k"), MANY, "threads", SLOW)) {
            scene.awaitTarget();
            final TraceTally tally = new TraceTally();
            final List<Long> bytes = new ArrayList<>();
            for (final EventPath path : List.of(BATCH, SHARED, BATCH)) {
                record(scene, tally, eachHasFired(scene.fired(), EVENTS), path, FullPolicy.DISCARD);
                bytes.add(scene.sharedBytes());
            }
            System.out.println("ring memory: " + MANY + " slow threads, " + strategy + ", bytes " + bytes);
            assertAllStored(scene, tally);
            // A slot's first pages, a few of its ring, and one MiB for the schema.
            assertThat(bytes).allMatch(each -> each < 20 * MIB);
        }
    }

    @Test
    void shouldGiveMemoryBackWhenTheSessionOfFastThreadsEnds() throws IOException, InterruptedException {
        final int threads = 8;
        try (Scene scene = Scene.start(directory, List.of(), threads, "threads", "0")) {
            scene.awaitTarget();
            final TraceTally tally = new TraceTally();
            final long[] most = {0};
            record(scene, tally, () -> {
                most[0] = Math.max(most[0], scene.sharedBytes());
                return most[0] > 6 * MIB;
            }, SHARED, FullPolicy.DISCARD);
            // What their owners have open stays, a chunk each and perhaps the one before it.
            final long left = 2 * MIB + threads * (SLOT + 2 * CHUNK);
            scene.awaitSharedBytes("memory is given back", bytes -> bytes <= left);
            System.out.println("ring memory: fast threads " + most[0] + ", afterwards " + scene.sharedBytes());
            // The rings that are small again hold all of another session.
            record(scene, tally, eachHasFired(scene.fired(), 50_000), BATCH, FullPolicy.BLOCK);
            scene.checkAccount(tally, 0);
            scene.awaitSharedBytes("memory is given back again", bytes -> bytes <= left);
        }
    }

    @Test
    void shouldGiveEveryThreadARingAndTakeItBackWhenAsManyLiveAsThereAreSlots()
        throws IOException, InterruptedException {
        final List<String> flags = List.of("-Dsluice.region.slots=" + SLOTS, "-Xss256k");
        try (Scene scene = Scene.start(directory, flags, 2 * SLOTS, "waves", Integer.toString(SLOTS),
            Integer.toString(WAVE_EVENTS))) {
            scene.awaitTarget();
            final ChildProgram recorder = scene.startRecorder("--mode", "shared");
            scene.awaitSessionOf(recorder);
            scene.awaitAllEnabled();
            for (int wave = 0; wave < 2; wave++) {
                scene.startFiring();
                scene.awaitWave();
            }
            // All are dead: their slots stay, their rings go.
            final long left = 3 * MIB + (long) SLOTS * FIRST_PAGES;
            scene.awaitSharedBytes("the dead threads' memory is given back", bytes -> bytes <= left);
            recorder.signal("TERM");
            recorder.awaitExit();
            assertThat(scene.fired().firedTotal()).isEqualTo(2L * SLOTS * WAVE_EVENTS);
            assertAllStored(scene, scene.tally());
        }
    }
}
