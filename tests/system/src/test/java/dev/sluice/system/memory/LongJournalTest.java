// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One thread at full rate whose recorder is stopped for so long that more batches are on their way than the journal of
 * every slot remembers: they are stored when the recorder goes on, and told exactly (R7) when it dies.
 */
@OneJdk
@KernelTest
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class LongJournalTest {
    private static final int UNDERWAY = SlotDescriptor.JOURNAL_ENTRIES + 200;
    private static final long PATIENCE_NS = TimeUnit.MINUTES.toNanos(2);
    private static final List<String> FLAGS = List.of("-Dsluice.policy=block", "-Dsluice.stale=60s",
        "-Dsluice.block.timeout=60s");

    @TempDir
    private Path directory;

    @Test
    void shouldStoreWhatIsOnItsWayWhenTheRecorderGoesOn() throws Exception {
        try (Scene scene = Scene.start(directory, FLAGS, 1, "threads", "0")) {
            final ChildProgram recorder = stopWithMuchUnderway(scene);
            recorder.signal("CONT");
            scene.hold();
            recorder.signal("TERM");
            assertThat(recorder.awaitExit()).as("%s", recorder).isZero();
            final TraceAccount account = TraceReport.of(TraceReader.open(scene.trace())).account();
            assertThat(account.isWhole()).as("nothing is missing: %s", account).isTrue();
            assertThat(account.stored()).isEqualTo(scene.fired().firedTotal());
        }
    }

    @Test
    void shouldTellEveryLostEventWhenTheRecorderDies() throws Exception {
        try (Scene scene = Scene.start(directory, FLAGS, 1, "threads", "0")) {
            final ChildProgram first = stopWithMuchUnderway(scene);
            first.kill();
            first.awaitExit();
            final ChildProgram second = scene.startRecorder("--mode", "bpf");
            scene.awaitEnabledBy(second);
            scene.hold();
            second.signal("TERM");
            second.awaitExit();
            long fired = 0;
            for (final Path trace : scene.traces()) {
                fired += TraceReport.of(TraceReader.open(trace)).account().fired();
            }
            assertThat(fired).as("fired in all traces").isEqualTo(scene.fired().firedTotal());
            final List<LossInfo> losses = TraceReader.open(scene.trace()).targets().get(0).losses();
            assertThat(losses.stream().filter(loss -> loss.cause() == LossCause.CONSUMER_GONE)
                .mapToLong(LossInfo::batches).sum()).as("batches on their way").isGreaterThanOrEqualTo(UNDERWAY);
        }
    }

    /** The recorder is stopped when this returns. */
    private static ChildProgram stopWithMuchUnderway(final Scene scene) throws Exception {
        scene.awaitTarget();
        scene.startFiring();
        final ChildProgram recorder = scene.startRecorder("--mode", "bpf", "--buffer", "128M");
        scene.awaitEnabledBy(recorder);
        recorder.signal("STOP");
        final long deadline = System.nanoTime() + PATIENCE_NS;
        try (Target target = TargetFinder.open(scene.targetPid()).get(0)) {
            while (underway(target) < UNDERWAY) {
                assertThat(System.nanoTime()).as("%d batches on their way", underway(target)).isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(1);
            }
        }
        return recorder;
    }

    private static long underway(final Target target) {
        long most = 0;
        for (int i = 0; i < target.region().slotLimit(); i++) {
            most = Math.max(most, target.region().drainedSequence(i)
                - TaggedWord.value(target.control().words().receivedVolatile(i)));
        }
        return most;
    }
}
