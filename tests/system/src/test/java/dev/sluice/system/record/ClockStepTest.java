// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.clock.ClockStep;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The wall clock of a traced program is set while it is recorded; the machine's own stays as it is. */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ClockStepTest {
    private static final int EVENTS = 1500;
    private static final long HOUR_NS = TimeUnit.HOURS.toNanos(1);
    private static final long MOST_NS = TimeUnit.MINUTES.toNanos(2);
    /** How wrong a time may be away from the steps. */
    private static final long TOLERANCE_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final Path COMPILER = Path.of("/usr/bin/gcc");

    @TempDir
    private Path directory;

    private Path ahead;

    private Path compile() throws IOException, InterruptedException {
        final Path source = directory.resolve("set_clock.c");
        try (InputStream in = ClockStepTest.class.getResourceAsStream("set_clock.c")) {
            Files.write(source, in.readAllBytes());
        }
        final Path library = directory.resolve("set_clock.so");
        try (ChildProgram gcc = ChildProgram.start(directory, List.of(COMPILER.toString(), "-O1", "-shared", "-fPIC",
            "-o", library.toString(), source.toString()))) {
            assertThat(gcc.awaitExit()).as(gcc.errors()).isZero();
        }
        return library;
    }

    /** In place: the program has the file mapped. */
    private void set(final long newAheadNs) throws IOException {
        Files.write(ahead, ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(newAheadNs).array(),
            StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private ChildProgram start(final Path library) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of("env", "LD_PRELOAD=" + library, "SET_CLOCK=" + ahead,
            Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ChildProgram.launcherFlags());
        command.addAll(List.of("-Xmx128m", "-cp", System.getProperty("java.class.path"),
            StampedProgram.class.getName(), Integer.toString(EVENTS)));
        final ChildProgram program = ChildProgram.start(directory, command);
        assertThat(program.awaitFirstLine()).isEqualTo("ready");
        return program;
    }

    /** Sets the clock once and again while events are fired. */
    private void record(final long first, final long second) throws Exception {
        ahead = directory.resolve("ahead");
        set(0);
        try (ChildProgram program = start(compile())) {
            try (Recorder recorder = Recorder.start(RecordOptions.of(program.pid(), directory.resolve("trace"))
                .source(EventPath.SHARED).policy(FullPolicy.BLOCK).build())) {
                awaitEvents(recorder, EVENTS / 3);
                set(first);
                awaitEvents(recorder, EVENTS * 2 / 3);
                set(second);
                recorder.await(TimeUnit.MINUTES.toNanos(4), () -> false, () -> { });
                assertThat(recorder.finish().isComplete()).isTrue();
            }
            assertThat(program.awaitExit()).as(program.errors()).isZero();
        }
    }

    private static void awaitEvents(final Recorder recorder, final int events) {
        recorder.await(TimeUnit.MINUTES.toNanos(4), () -> recorder.storedEvents() >= events, () -> { });
        assertThat(recorder.storedEvents()).isGreaterThanOrEqualTo(events);
    }

    private void check(final long... sizes) throws IOException {
        final TraceReader reader = TraceReader.open(directory.resolve("trace"));
        final TraceReport report = TraceReport.of(reader);
        final List<ClockStep> steps = report.clockSteps();
        assertThat(steps).hasSize(sizes.length);
        for (int i = 0; i < sizes.length; i++) {
            assertThat(steps.get(i).sizeNs()).isBetween(sizes[i] - TOLERANCE_NS, sizes[i] + TOLERANCE_NS);
        }
        assertThat(report.durationNs()).isBetween(EVENTS * 1_000_000L, MOST_NS);
        assertThat(report.toJson().get("clock_steps")).hasSize(sizes.length);
        checkTimes(reader.events().cursor(), steps);
    }

    /**
     * Each event's time lies between the application's readings of its clock before and after it, however long the
     * application waits for a processor in between.
     */
    private static void checkTimes(final EventCursor cursor, final List<ClockStep> steps) {
        long lastMonotonic = 0;
        long lastWall = 0;
        long lastBefore = 0;
        int unsure = 0;
        while (cursor.next()) {
            final long monotonic = cursor.event().monotonicNs();
            assertThat(monotonic).isGreaterThanOrEqualTo(lastMonotonic);
            final long after = cursor.event().getLong(1);
            if (cursor.count() > 1) {
                final boolean isSetBetween =
                    Math.abs(after - lastBefore - cursor.event().getLong(2)) > TOLERANCE_NS;
                final boolean isRight = lastWall > lastBefore - TOLERANCE_NS && lastWall < after + TOLERANCE_NS;
                unsure += isSetBetween || !isRight ? 1 : 0;
                assertThat(isRight || isSetBetween || isJustBefore(steps, lastMonotonic))
                    .as("event %d has a right time away from a step", cursor.count() - 1).isTrue();
            }
            lastMonotonic = monotonic;
            lastWall = cursor.event().wallTimeNs();
            lastBefore = cursor.event().getLong(0);
        }
        assertThat(cursor.count()).isEqualTo(EVENTS);
        // A target looks for steps every 5 ms; of events 1 ms apart most must have been right.
        assertThat(unsure).isLessThan(EVENTS / 4);
    }

    /** Whether a step was found soon after a time: then it may have come before it. */
    private static boolean isJustBefore(final List<ClockStep> steps, final long monotonicNs) {
        return steps.stream().anyMatch(step -> monotonicNs < step.monotonicNs() + TOLERANCE_NS
            && monotonicNs >= step.monotonicNs() - step.withinNs());
    }

    @Test
    void shouldStepAtItsPlaceWhenTheWallClockIsSetForwardAndBack() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(COMPILER), "gcc is missing: install gcc");
        record(HOUR_NS, 0);
        check(HOUR_NS, -HOUR_NS);
    }

    @Test
    void shouldStepAtItsPlaceWhenTheWallClockIsSetBackTwice() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(COMPILER), "gcc is missing: install gcc");
        record(-TimeUnit.SECONDS.toNanos(1), -HOUR_NS);
        check(-TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(1) - HOUR_NS);
    }
}
