// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.clock.ClockBreak;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.target.clock.FaultyClockProgram;
import dev.sluice.testsupport.ChildProgram;
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
 * A counter that jumps, runs at another rate or stops while a program is recorded: the trace says so, and readers give
 * every event its time within the error that they state, and far from the break as if there had been none.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ClockBreakTest {
    private static final int EVENTS = 1300;
    private static final long SIZE_NS = FaultyClockProgram.SIZE_NS;
    /** Of a reading of the clocks on a busy machine. */
    private static final long READING_NS = TimeUnit.MICROSECONDS.toNanos(200);

    /** No fault is "none": a counter that is a line. */
    private static final List<String> FAULTS = List.of("forward", "back", "fast", "stop", "none");
    private static final int AT_A_TIME = 2;
    private static final Map<String, Future<TraceReport>> REPORTS = new HashMap<>();
    private static ExecutorService pool;

    @TempDir
    private static Path directory;

    /**
     * Two at a time: each of them does nothing for most of three seconds. More would take processors from one another,
     * and a reading of the clocks that is interrupted for that is one of a greater error.
     */
    @BeforeAll
    static void recordAll() {
        pool = Executors.newFixedThreadPool(AT_A_TIME);
        FAULTS.forEach(fault -> REPORTS.put(fault, pool.submit(() -> record(fault))));
    }

    /** What a test has not waited for may still write into the directory. */
    @AfterAll
    static void end() throws InterruptedException {
        pool.shutdownNow();
        assertThat(pool.awaitTermination(5, TimeUnit.MINUTES)).as("all have ended").isTrue();
    }

    private static TraceReport report(final String fault) throws Exception {
        return REPORTS.get(fault).get(7, TimeUnit.MINUTES);
    }

    private static TraceReport record(final String fault) throws Exception {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        try (ChildProgram program = ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"),
            List.of(FaultyClockProgram.class.getName(), fault, Integer.toString(EVENTS)))) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
            try (Recorder recorder = Recorder.start(RecordOptions.of(program.pid(), directory.resolve(fault))
                .source(EventPath.SHARED).policy(FullPolicy.BLOCK).build())) {
                recorder.await(TimeUnit.MINUTES.toNanos(4), () -> false, () -> { });
                assertThat(recorder.finish().isComplete()).isTrue();
            }
            assertThat(program.awaitExit()).as(program.errors()).isZero();
        }
        final TraceReport report = TraceReport.of(TraceReader.open(directory.resolve(fault)));
        System.out.println("ClockBreakTest " + fault + ' ' + report.clockBreaks() + " error "
            + report.toJson().get("clock").get("error_ns"));
        return report;
    }

    /** Every event lies between its own reading of the kernel's clock and the next one's. */
    private static void check(final TraceReport report, final long mostErrorNs) {
        final long errorNs = report.toJson().get("clock").get("error_ns").asLong();
        assertThat(errorNs).isLessThanOrEqualTo(mostErrorNs);
        final EventCursor cursor = report.reader().events().cursor();
        long earlier = 0;
        long earlierMapped = 0;
        long wallOffset = 0;
        while (cursor.next()) {
            final long now = cursor.event().getLong(0);
            final long mapped = cursor.event().monotonicNs();
            final boolean isNear = report.clockBreaks().stream().anyMatch(found -> earlier(found) < now
                && now < found.monotonicNs() + found.ambiguityNs() + TimeUnit.MILLISECONDS.toNanos(20));
            final long allowed = READING_NS + (isNear ? errorNs : 0);
            if (earlier != 0) {
                assertThat(mapped).as("never back").isGreaterThanOrEqualTo(earlierMapped);
                assertThat(earlierMapped).as("event before %d", now).isLessThanOrEqualTo(now + allowed);
                assertThat(cursor.event().wallTimeNs() - mapped).as("wall time goes the same way")
                    .isCloseTo(wallOffset, within(TimeUnit.MILLISECONDS.toNanos(2)));
            }
            assertThat(mapped).as("event %d", cursor.count()).isGreaterThanOrEqualTo(now - allowed);
            earlier = now;
            earlierMapped = mapped;
            wallOffset = cursor.event().wallTimeNs() - mapped;
        }
        assertThat(cursor.count()).isEqualTo(2L * EVENTS);
    }

    /** Before this nothing is off. */
    private static long earlier(final ClockBreak found) {
        return found.monotonicNs() - found.withinNs() - TimeUnit.MILLISECONDS.toNanos(20);
    }

    private static ClockBreak only(final TraceReport report, final ClockBreak.Kind kind) {
        assertThat(report.clockBreaks()).hasSize(1);
        final ClockBreak found = report.clockBreaks().get(0);
        assertThat(found.kind()).isEqualTo(kind);
        // A cycle of the control thread and what it waits for a processor; its ordinary readings are a second apart.
        assertThat(found.withinNs()).isLessThan(TimeUnit.MILLISECONDS.toNanos(800));
        final JsonNode json = report.toJson().get("clock_breaks").get(0);
        assertThat(json.get("kind").asText()).isEqualTo(kind.label());
        assertThat(json.get("size_ns").asLong()).isEqualTo(found.sizeNs());
        assertThat(report.toText()).contains("clock broke before");
        return found;
    }

    @Test
    void shouldGoOnBehindItWhenTheCounterJumpsForward() throws Exception {
        final TraceReport report = report("forward");
        final ClockBreak found = only(report, ClockBreak.Kind.JUMP);
        assertThat(found.sizeNs()).isCloseTo(SIZE_NS, within(TimeUnit.MILLISECONDS.toNanos(3)));
        check(report, found.withinNs());
    }

    @Test
    void shouldStandStillAndGoOnWhenTheCounterJumpsBack() throws Exception {
        final TraceReport report = report("back");
        final ClockBreak found = only(report, ClockBreak.Kind.JUMP);
        assertThat(found.sizeNs()).isCloseTo(-SIZE_NS, within(TimeUnit.MILLISECONDS.toNanos(3)));
        check(report, SIZE_NS + TimeUnit.MILLISECONDS.toNanos(3));
    }

    @Test
    void shouldFollowTheRateWhenTheCounterRunsOnePercentFast() throws Exception {
        final TraceReport report = report("fast");
        final ClockBreak found = only(report, ClockBreak.Kind.RATE);
        assertThat(found.rateChange()).isCloseTo(1.0 / FaultyClockProgram.PART, within(1e-3));
        check(report, TimeUnit.MILLISECONDS.toNanos(10));
    }

    @Test
    void shouldStandStillAndGoOnWhenTheCounterStops() throws Exception {
        final TraceReport report = report("stop");
        final ClockBreak found = only(report, ClockBreak.Kind.STOP);
        assertThat(found.sizeNs()).isCloseTo(SIZE_NS, within(TimeUnit.MILLISECONDS.toNanos(100)));
        check(report, SIZE_NS + TimeUnit.MILLISECONDS.toNanos(100));
    }

    @Test
    void shouldReportNothingWhenTheCounterIsALine() throws Exception {
        final TraceReport report = report("none");
        assertThat(report.clockBreaks()).isEmpty();
        check(report, READING_NS);
    }
}
