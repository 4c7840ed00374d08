// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.PaceInfo;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.system.scene.Profile;
import dev.sluice.testsupport.Seed;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A hand-written program in a JVM of its own, traced through the real kernel by this process. */
@KernelTest
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class RecorderTest {
    private static final int THREADS = 3;
    private static final int KILLS = 8;
    private static final int MAX_RUN_MS = 250;
    private static final long COMMAND_NS = TimeUnit.MINUTES.toNanos(3);
    private static final String[] SMALL_CHUNKS = {"-Dsluice.chunk.length=8192"};

    @TempDir
    private Path directory;

    /** How the events come. */
    EventPath path() {
        return EventPath.BATCH;
    }

    private RecordOptions options(final FiringProgram program, final String trace) {
        return RecordOptions.of(program.pid(), directory.resolve(trace)).source(path()).policy(FullPolicy.BLOCK)
            .build();
    }

    private static RecordResult recordToEnd(final RecordOptions options) {
        try (Recorder recorder = Recorder.start(options)) {
            recorder.await(TimeUnit.MINUTES.toNanos(4), () -> false, () -> { });
            return recorder.finish();
        }
    }

    /** Ids of each thread in stored order. */
    private List<List<Long>> ids(final String trace) {
        final List<List<Long>> ids = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            ids.add(new ArrayList<>());
        }
        final EventCursor cursor = TraceReader.open(directory.resolve(trace)).events().cursor();
        while (cursor.next()) {
            final EventView event = cursor.event();
            ids.get((int) event.getLong(0)).add(event.getLong(1));
        }
        return ids;
    }

    private static void assertContiguous(final List<Long> ids, final String what) {
        for (int i = 0; i < ids.size(); i++) {
            if (ids.get(i) != i) {
                assertThat(ids.get(i)).as("%s: id at %d", what, i).isEqualTo(i);
            }
        }
    }

    /**
     * A thread that saw its bit before it was cleared may fire one more: that waits in its ring for the next
     * session.
     */
    private static void assertFired(final FiringProgram program, final long accounted) throws IOException {
        assertThat(program.settledSum(accounted)).isBetween(accounted, accounted + THREADS);
    }

    @Test
    void shouldStoreEveryEventWhenTargetExits() throws Exception {
        try (FiringProgram program = FiringProgram.start(directory, THREADS, 200_000, SMALL_CHUNKS)) {
            final RecordResult result = recordToEnd(options(program, "t"));
            assertThat(program.awaitExit()).isZero();
            assertThat(result.kind()).isEqualTo(EndKind.TARGET_EXITED);
            assertThat(result.isComplete()).as("%s", result).isTrue();
            assertThat(result.stored()).isEqualTo(Arrays.stream(program.counts()).sum());
            assertThat(result.traps()).isLessThan(result.stored() / 100);
            final List<List<Long>> ids = ids("t");
            for (int i = 0; i < THREADS; i++) {
                assertContiguous(ids.get(i), "thread " + i);
                assertThat(ids.get(i)).hasSize(200_000);
            }
            final TraceReport report = TraceReport.of(TraceReader.open(directory.resolve("t")));
            assertThat(report.account().isWhole()).isTrue();
            // What a ring has cost is gone once its slot has another owner, as that of a thread may have that has ended
            // before its first packet came.
            assertThat(result.firstCosts().threads()).isBetween(1L, (long) THREADS);
            assertThat(report.reader().targets().get(0).firstCosts()).isEqualTo(result.firstCosts());
        }
    }

    @Test
    void shouldAccountExactlyWhenRingsDiscard() throws Exception {
        try (FiringProgram program = FiringProgram.start(directory, THREADS, 2_000_000, SMALL_CHUNKS)) {
            final RecordOptions options = RecordOptions.of(program.pid(), directory.resolve("t"))
                .patterns(List.of("work:*")).policy(FullPolicy.DISCARD).source(path())
                .ringBufferBytes(128 << 10).build();
            final RecordResult result = recordToEnd(options);
            assertThat(result.known()).isTrue();
            assertThat(result.stored() + result.discarded() + result.lostEvents()).as("%s", result)
                .isEqualTo(Arrays.stream(program.counts()).sum());
            assertThat(result.fired()).isEqualTo(Arrays.stream(program.counts()).sum());
            final TraceReader trace = TraceReader.open(directory.resolve("t"));
            assertThat(TraceReport.of(trace).account().isConsistent()).isTrue();
            checkPace(trace);
        }
    }

    /** What the receiving thread did with its time; where events were refused, the report says what was short. */
    private static void checkPace(final TraceReader trace) {
        final TargetTrace target = trace.targets().get(0);
        final boolean isShort = target.end().orElseThrow().rings().stream().anyMatch(ring -> ring.discarded() > 0);
        final PaceInfo pace = target.pace().orElseThrow();
        assertThat(pace.processorNs()).isPositive();
        assertThat(pace.idleNs()).isLessThanOrEqualTo(pace.wallNs());
        final String text = TraceReport.of(trace).toText();
        assertThat(text.contains("short     " + pace.shortage().label())).as("%s: %s", pace, text).isEqualTo(isShort);
    }

    @Test
    void shouldRecoverEveryVisibleEventWhenTargetIsKilled() throws Exception {
        final long seed = Seed.draw("RecorderTest");
        final Random random = new Random(seed);
        for (int k = 0; k < Profile.times(KILLS); k++) {
            try (FiringProgram program = FiringProgram.start(directory, THREADS, 0, SMALL_CHUNKS)) {
                final RecordResult result;
                try (Recorder recorder = Recorder.start(options(program, "t" + k))) {
                    recorder.await(TimeUnit.MILLISECONDS.toNanos(random.nextInt(MAX_RUN_MS)), () -> false, () -> { });
                    program.kill();
                    result = recorder.finish();
                }
                assertThat(result.kind()).isEqualTo(EndKind.TARGET_EXITED);
                assertThat(result.isComplete()).as("seed=%d kill=%d %s", seed, k, result).isTrue();
                final long[] counts = program.counts();
                final List<List<Long>> ids = ids("t" + k);
                for (int i = 0; i < THREADS; i++) {
                    assertContiguous(ids.get(i), "seed=" + seed + " kill=" + k + " thread=" + i);
                    // One event may be visible whose fire had not returned.
                    assertThat((long) ids.get(i).size()).as("seed=%d kill=%d thread=%d", seed, k, i)
                        .isBetween(counts[i], counts[i] + 1);
                }
            }
        }
    }

    @Test
    void shouldEndKnownWhenTargetIsKilledBeforeItAnswers() throws Exception {
        try (FiringProgram program = FiringProgram.start(directory, THREADS, 0, SMALL_CHUNKS);
            Target observed = TargetFinder.open(program.pid()).get(0)) {
            // Stopped, it takes no command; what a target fires between enabling and answering is to be read as well.
            signal("STOP", program.pid());
            final FutureTask<RecordResult> recording = new FutureTask<>(() -> recordToEnd(options(program, "t")));
            new Thread(recording, "recording").start();
            final long begin = System.nanoTime();
            while (observed.control().words().commandVolatile() == 0) {
                assertThat(System.nanoTime() - begin).as("ns until the command").isLessThan(COMMAND_NS);
                LockSupport.parkNanos(1_000_000);
            }
            program.kill();
            final RecordResult result = recording.get(3, TimeUnit.MINUTES);
            assertThat(result.kind()).isEqualTo(EndKind.TARGET_EXITED);
            assertThat(result.isComplete()).as("%s", result).isTrue();
            assertThat(TraceReader.open(directory.resolve("t")).isEndKnown()).isTrue();
        }
    }

    private static void signal(final String name, final long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor()).isZero();
    }

    @Test
    void shouldStoreEachEventOnceWhenSessionsFollowEachOther() throws Exception {
        try (FiringProgram program = FiringProgram.start(directory, THREADS, 0, SMALL_CHUNKS)) {
            long stored = 0;
            final List<List<Long>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                all.add(new ArrayList<>());
            }
            for (int s = 0; s < 3; s++) {
                final RecordResult result;
                try (Recorder recorder = Recorder.start(options(program, "s" + s))) {
                    recorder.await(TimeUnit.MILLISECONDS.toNanos(100), () -> false, () -> { });
                    result = recorder.finish();
                }
                assertThat(result.kind()).isEqualTo(EndKind.DETACHED);
                assertThat(result.isComplete()).as("session %d: %s", s, result).isTrue();
                stored += result.stored();
                final List<List<Long>> ids = ids("s" + s);
                for (int i = 0; i < THREADS; i++) {
                    all.get(i).addAll(ids.get(i));
                }
            }
            assertFired(program, stored);
            for (int i = 0; i < THREADS; i++) {
                assertContiguous(all.get(i), "thread " + i);
            }
        }
    }

    @Test
    void shouldStoreEachTrapWhenEveryEventTraps() throws Exception {
        try (FiringProgram program = FiringProgram.start(directory, THREADS, 20_000)) {
            // The kernel raises the semaphore before it arms the probe: what is fired in between is missed.
            program.signal("STOP");
            final RecordResult result;
            try (Recorder recorder = Recorder.start(
                RecordOptions.of(program.pid(), directory.resolve("t")).source(EventPath.TRAP).build())) {
                program.signal("CONT");
                recorder.await(TimeUnit.MINUTES.toNanos(4), () -> false, () -> { });
                result = recorder.finish();
            }
            assertThat(result.isComplete()).as("%s", result).isTrue();
            assertThat(result.stored()).isEqualTo(THREADS * 20_000L);
            assertThat(result.traps()).isEqualTo(result.stored());
            ids("t").forEach(ids -> assertContiguous(ids, "trap"));
        }
    }

    @Test
    void shouldAccountForTheGapWhenConsumerIsKilledAndAnotherTakesOver() throws Exception {
        try (FiringProgram program = FiringProgram.start(directory, THREADS, 0, SMALL_CHUNKS)) {
            final Process other = startRecorder(path(), program.pid(), directory.resolve("a"));
            try (BufferedReader out = other.inputReader(StandardCharsets.UTF_8)) {
                assertThat(out.readLine()).isEqualTo("recording");
                assertThatThrownBy(() -> Recorder.start(options(program, "refused")))
                    .isInstanceOf(AttachException.class)
                    .hasMessageContaining("process " + other.pid());
                assertThat(directory.resolve("refused")).doesNotExist();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(150));
            } finally {
                other.destroyForcibly().waitFor();
            }
            final RecordResult result;
            try (Recorder recorder = Recorder.start(options(program, "b"))) {
                recorder.await(TimeUnit.MILLISECONDS.toNanos(150), () -> false, () -> { });
                result = recorder.finish();
            }
            assertThat(result.known()).isTrue();
            final TraceReader first = TraceReader.open(directory.resolve("a"));
            assertThat(first.isEndKnown()).isFalse();
            // Batches that were drained and never confirmed: stored by the first consumer, or by nobody.
            final List<List<Long>> a = ids("a");
            final List<List<Long>> b = ids("b");
            long missing = 0;
            long skipped = 0;
            for (int i = 0; i < THREADS; i++) {
                assertContiguous(a.get(i), "first trace, thread " + i);
                final List<Long> ids = b.get(i);
                final long begin = ids.get(0);
                missing += begin - a.get(i).size();
                assertThat(begin).isGreaterThanOrEqualTo(a.get(i).size());
                for (int j = 1; j < ids.size(); j++) {
                    assertThat(ids.get(j)).isGreaterThan(ids.get(j - 1));
                }
                skipped += ids.get(ids.size() - 1) - begin + 1 - ids.size();
            }
            // From the moment the session is stale to the one its bits are down, full rings refuse.
            final long discarded = discarded(program);
            assertThat(skipped).as("%s", result).isBetween(0L, discarded);
            assertFired(program, a.stream().mapToLong(List::size).sum() + missing + discarded + result.stored());
            assertThat(result.lostEvents()).as("%s", result).isGreaterThanOrEqualTo(missing);
        }
    }

    /** Events that the program's rings have refused since it began. */
    private static long discarded(final FiringProgram program) {
        long discarded = 0;
        try (Target target = TargetFinder.open(program.pid()).get(0)) {
            for (int i = 0; i < target.region().slotLimit(); i++) {
                discarded += target.region().slot(i).discardedAcquire();
            }
        }
        return discarded;
    }

    private static Process startRecorder(final EventPath path, final long pid, final Path trace) throws IOException {
        final String flags = Runtime.version().feature() >= 24 ? "jvm-24.args" : "jvm-17.args";
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + Path.of(System.getProperty("sluice.root"), "config", flags), "-cp",
            System.getProperty("java.class.path"), OtherRecorder.class.getName(), Long.toString(pid),
            trace.toString(), path.name()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** Another consumer process, which records until it is killed. */
    static final class OtherRecorder {
        private OtherRecorder() {
        }

        /** Records all of a process. */
        public static void main(final String[] arguments) {
            final RecordOptions options = RecordOptions.of(Long.parseLong(arguments[0]), Path.of(arguments[1]))
                .source(EventPath.valueOf(arguments[2])).policy(FullPolicy.BLOCK).build();
            try (Recorder recorder = Recorder.start(options)) {
                System.out.println("recording");
                recorder.await(TimeUnit.MINUTES.toNanos(4), () -> false, () -> { });
                recorder.finish();
            }
        }
    }
}
