// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.usdt.Tsc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every clock, from the event in a process to the wall time that a reader gives it: between the application's own
 * readings before the event and before the next one.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ClockTest {
    /** Long enough for several of the target's readings of its clock beside the kernel's. */
    private static final int EVENTS = 1500;
    private static final long TOLERANCE_NS = TimeUnit.MILLISECONDS.toNanos(20);
    /** Of a ticker that ticks every millisecond: how long it may have to wait for a processor. */
    private static final long TICKER_TOLERANCE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final List<String> CLOCKS = List.of("nano", "coarse", "tsc", "auto");
    private static final int AT_A_TIME = 2;
    private static final Map<String, Future<TraceReader>> TRACES = new HashMap<>();
    private static ExecutorService pool;

    @TempDir
    private static Path directory;

    /**
     * Two at a time: each does nothing for most of two seconds. More would take processors from one another, and the
     * bounds are those of a program that is not kept from its clock by so many.
     */
    @BeforeAll
    static void recordAll() {
        pool = Executors.newFixedThreadPool(AT_A_TIME);
        CLOCKS.forEach(clock -> TRACES.put(clock, pool.submit(() -> record(clock))));
    }

    /** What a test has not waited for may still write into the directory. */
    @AfterAll
    static void end() throws InterruptedException {
        pool.shutdownNow();
        assertThat(pool.awaitTermination(5, TimeUnit.MINUTES)).as("all have ended").isTrue();
    }

    private static ChildProgram start(final String clock, final String... arguments)
        throws IOException, InterruptedException {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.add("-Dsluice.clock=" + clock);
        final List<String> all = new ArrayList<>(List.of(StampedProgram.class.getName()));
        all.addAll(List.of(arguments));
        final ChildProgram program =
            ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"), all);
        assertThat(program.awaitFirstLine()).isEqualTo("ready");
        return program;
    }

    private static TraceReader record(final String clock) throws Exception {
        try (ChildProgram program = start(clock, Integer.toString(EVENTS))) {
            try (Recorder recorder = Recorder.start(RecordOptions.of(program.pid(), directory.resolve(clock))
                .source(EventPath.SHARED).policy(FullPolicy.BLOCK).build())) {
                recorder.await(TimeUnit.MINUTES.toNanos(4), () -> false, () -> { });
                assertThat(recorder.finish().isComplete()).isTrue();
            }
            assertThat(program.awaitExit()).as(program.errors()).isZero();
        }
        return TraceReader.open(directory.resolve(clock));
    }

    private static void check(final String clock, final int kind, final long mayTrailNs) throws Exception {
        final TraceReader reader = TRACES.get(clock).get(7, TimeUnit.MINUTES);
        assertThat(reader.targets().get(0).info().clockKind()).isEqualTo(kind);
        assertThat(reader.targets().get(0).triples()).hasSizeGreaterThan(2);
        final EventCursor cursor = reader.events().cursor();
        long lastTicks = Long.MIN_VALUE;
        long lastWall = 0;
        while (cursor.next()) {
            final long realtime = cursor.event().getLong(0);
            final long wall = cursor.event().wallTimeNs();
            if (lastWall != 0) {
                assertThat(lastWall).as("%s: the event before", clock).isLessThan(realtime + TOLERANCE_NS);
            }
            assertThat(wall).as(clock).isGreaterThan(realtime - TOLERANCE_NS - mayTrailNs);
            assertThat(cursor.event().ticks()).as("ticks of %s", clock).isGreaterThanOrEqualTo(lastTicks);
            lastTicks = cursor.event().ticks();
            lastWall = wall;
        }
        assertThat(cursor.count()).isEqualTo(EVENTS);
    }

    @Test
    void shouldGiveEveryEventItsTimeWhenClockIsNano() throws Exception {
        check("nano", Clock.KIND_NANO, 0);
    }

    @Test
    void shouldGiveEveryEventItsTimeWhenClockIsCoarse() throws Exception {
        check("coarse", Clock.KIND_COARSE, TICKER_TOLERANCE_NS);
    }

    @Test
    void shouldGiveEveryEventItsTimeWhenClockIsTsc() throws Exception {
        check("tsc", Tsc.isSound() ? Clock.KIND_TSC : Clock.KIND_NANO, 0);
    }

    @Test
    void shouldGiveEveryEventItsTimeWhenTheChoiceIsOurs() throws Exception {
        check("auto", Tsc.isSound() ? Clock.KIND_TSC : Clock.KIND_NANO, 0);
    }
}
