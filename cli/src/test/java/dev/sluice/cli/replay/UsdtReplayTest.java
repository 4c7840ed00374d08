// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.replay.pace.Pace;
import dev.sluice.cli.replay.pace.ReplayClock;
import dev.sluice.cli.replay.pace.ReplaySpeed;
import dev.sluice.cli.replay.usdt.UsdtSink;
import dev.sluice.cli.replay.usdt.UsdtTracepoints;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Events that are fired again as probes, without a tracer. */
class UsdtReplayTest {
    private static final int RINGS = 2;
    private static final int EVENTS = 1_000;
    private static final long STEP_NS = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    private Path directory;

    /** A trace of two rings in turns, an event each second. */
    private TraceReader trace() {
        final Path trace = directory.resolve("trace");
        ReplayTraces.write(trace, RINGS, EVENTS, STEP_NS, 0);
        return TraceReader.open(trace);
    }

    /** What is far from being due is not read ahead; who steps through a trace must not wait for it all the same. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldPassEveryEventWhenSomebodyStepsThroughATraceThatLastsForLong() throws Exception {
        final TraceReader reader = trace();
        final ReplayClock clock = new ReplayClock(System::nanoTime);
        clock.step(EVENTS);
        final Pace pace = new Pace(new ReplaySpeed.Converter().convert("original"), clock, () -> false);
        final UsdtSink sink = new UsdtSink(new UsdtTracepoints(reader.targets(), Selection.ALL), pace,
            new PrintWriter(new StringWriter()), 0, 0);
        new Rehearsal(reader.events(), () -> false).run(sink);
        assertThat(sink.passed()).isZero();
        new Replay(reader.events(), pace, sink).run();
        assertThat(sink.passed()).isEqualTo(EVENTS);
        assertThat(pace.lateness().isEmpty()).isFalse();
    }

    /** The reader may look for the next event for long. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldFireAnEventThatWasFarWhenNoOtherOneIsFoundYet() throws Exception {
        final TraceReader reader = trace();
        final ReplayClock clock = new ReplayClock(System::nanoTime);
        clock.step(2);
        final Pace pace = new Pace(new ReplaySpeed.Converter().convert("original"), clock, () -> false);
        final UsdtSink sink = new UsdtSink(new UsdtTracepoints(reader.targets(), Selection.ALL), pace,
            new PrintWriter(new StringWriter()), 0, 0);
        final EventCursor cursor = reader.events().cursor();
        long dueNs = 0;
        for (int i = 0; i < 2; i++) {
            assertThat(cursor.next()).isTrue();
            dueNs = pace.dueNs(cursor.event().monotonicNs());
            assertThat(sink.event(cursor.event(), dueNs)).isTrue();
        }
        while (clock.nowNs() < dueNs) {
            LockSupport.parkNanos(1_000_000);
        }
        sink.end();
        assertThat(sink.passed()).isEqualTo(2);
    }
}
