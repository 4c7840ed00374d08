// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.clock.ClockReadings;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A clock reading a second, for days: time and memory of a reader grow with neither their square nor the events. */
@OneJdk
class LongRecordingTest {
    private static final int WEEK_S = 7 * 24 * 3600;
    private static final int YEAR_S = 365 * 24 * 3600;
    private static final long TICKS_PER_SECOND = 3_000_000_000L;
    private static final long STEP_NS = TimeUnit.HOURS.toNanos(1);
    private static final int TRACEPOINTS = 500;
    private static final long MOST_NS = TimeUnit.SECONDS.toNanos(2);

    @TempDir
    private Path temp;

    private final long seed = Seed.draw("LongRecordingTest");
    private final Random random = new Random(seed);
    private long ticks;
    private long monotonicNs;
    private long realtimeNs = TestTraces.BEGIN_NS;
    private double slewPpm;

    /** A counter whose rate wanders, beside a wall clock that NTP slews. */
    private ClockTriple nextSecond() {
        if (random.nextInt(512) == 0) {
            slewPpm = random.nextGaussian();
        }
        ticks += TICKS_PER_SECOND + random.nextInt(100);
        monotonicNs += 1_000_000_000L + random.nextInt(60);
        realtimeNs += 1_000_000_000L + (long) (slewPpm * 1000) + random.nextInt(60);
        return new ClockTriple(ticks, monotonicNs, realtimeNs);
    }

    private void writeWeek(final Path directory) {
        final TargetInfo target = TestTraces.target(TICKS_PER_SECOND);
        final List<EventSchema> schemas = new ArrayList<>();
        for (int i = 1; i <= TRACEPOINTS; i++) {
            schemas.add(new EventSchema(i, "p", "t" + i, List.of(new FieldSchema("a", FieldType.INT64),
                new FieldSchema("b", FieldType.FLOAT64), new FieldSchema("c", FieldType.STRING))));
        }
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(schemas.toArray(EventSchema[]::new)));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            for (int i = 0; i < WEEK_S; i++) {
                writer.clock(0, nextSecond());
                if (i % 3600 == 0) {
                    packets.event(schemas.get(i / 3600 % TRACEPOINTS), ticks, 0, (long) i, 0.5, "x")
                        .append(writer, 0);
                }
            }
        }
    }

    @Test
    void shouldReportAWeekWithinTwoSecondsAndLittleMemory() throws Exception {
        final Path directory = temp.resolve("week");
        writeWeek(directory);
        final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        final long before = threads.getCurrentThreadCpuTime();
        final TraceReport report = TraceReport.of(TraceReader.open(directory));
        assertThat(report.toJson().get("stored").asLong()).isEqualTo(WEEK_S / 3600);
        assertThat(threads.getCurrentThreadCpuTime() - before).as("processor time, ns").isLessThan(MOST_NS);
        assertThat(report.durationNs()).isGreaterThan((WEEK_S - 3700) * 1_000_000_000L);
        try (ChildProgram child = ChildProgram.start(temp, List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            ChildProgram.launcherFlags().get(0), "-Xmx48m", "-XX:MaxDirectMemorySize=8m", "-cp",
            System.getProperty("java.class.path"), "dev.sluice.cli.Main", "report", directory.toString(),
            "--json"))) {
            // Of a trace without an end.
            assertThat(child.awaitExit()).as(child.errors()).isEqualTo(3);
            assertThat(child.output()).contains("\"stored\":168,");
        }
    }

    /** Whatever is left out, the lines pass it as closely as is said. */
    @Test
    void shouldStayCloseToEveryReadingWhenAYearIsThinned() {
        final int seconds = Boolean.getBoolean("sluice.long") ? YEAR_S : YEAR_S / 20;
        final ClockReadings readings = new ClockReadings();
        final List<ClockTriple> sample = new ArrayList<>();
        ClockTriple beforeStep = null;
        ClockTriple afterStep = null;
        for (int i = 0; i < seconds; i++) {
            final boolean isStep = i == seconds / 3;
            if (isStep) {
                realtimeNs += STEP_NS;
            }
            final ClockTriple triple = nextSecond();
            assertThat(readings.add(triple)).isNull();
            if (i == seconds / 3 - 1) {
                beforeStep = triple;
            } else if (isStep) {
                afterStep = triple;
            }
            if (random.nextInt(1000) == 0) {
                sample.add(triple);
            }
        }
        final List<ClockTriple> kept = readings.triples();
        assertThat(kept).hasSizeLessThanOrEqualTo(ClockReadings.CAPACITY).contains(beforeStep, afterStep);
        final TargetClock clock = new TargetClock(kept, TICKS_PER_SECOND);
        final long most = (long) Math.ceil(readings.toleranceNs()) + 8;
        System.out.println("kept " + kept.size() + " of " + seconds + ", within " + readings.toleranceNs() + " ns");
        for (final ClockTriple triple : sample) {
            assertThat(clock.monotonicNs(triple.ticks())).isBetween(triple.monotonicNs() - most,
                triple.monotonicNs() + most);
            assertThat(clock.realtimeNs(triple.ticks())).isBetween(triple.realtimeNs() - most,
                triple.realtimeNs() + most);
        }
    }

    @Test
    void shouldKeepEveryReadingWhenThereAreFew() {
        final ClockReadings readings = new ClockReadings();
        final List<ClockTriple> all = new ArrayList<>();
        for (int i = 0; i < ClockReadings.CAPACITY; i++) {
            all.add(nextSecond());
        }
        // One that a salvage adds behind the others, and one that is there already.
        final ClockTriple late = all.remove(100);
        all.forEach(triple -> assertThat(readings.add(triple)).isNull());
        assertThat(readings.add(late)).isNull();
        assertThat(readings.add(all.get(7))).isNull();
        all.add(100, late);
        assertThat(readings.triples()).isEqualTo(all);
        assertThat(readings.toleranceNs()).isZero();
    }

    @Test
    void shouldLeaveOutAReadingWhenItContradictsTheOthers() {
        final ClockReadings readings = new ClockReadings();
        readings.add(new ClockTriple(10, 100, 1));
        readings.add(new ClockTriple(20, 200, 2));
        assertThat(readings.add(new ClockTriple(30, 199, 3))).contains("CLOCK_MONOTONIC goes back");
        assertThat(readings.add(new ClockTriple(15, 99, 3))).contains("CLOCK_MONOTONIC goes back");
        assertThat(readings.add(new ClockTriple(15, 150, 3))).isNull();
        assertThat(readings.triples()).extracting(ClockTriple::ticks).containsExactly(10L, 15L, 20L);
        // A counter may go back, and stand still.
        assertThat(readings.add(new ClockTriple(12, 201, 3))).isNull();
        assertThat(readings.add(new ClockTriple(12, 202, 3))).isNull();
        assertThat(readings.triples()).extracting(ClockTriple::ticks).containsExactly(10L, 15L, 20L, 12L, 12L);
    }

    @Test
    void shouldKeepTheReadingsAroundABreakWhenThinned() {
        final ClockReadings readings = new ClockReadings();
        final long second = 1_000_000_000L;
        final List<ClockTriple> around = new ArrayList<>();
        long error = 0;
        for (long i = 0; i < 4L * ClockReadings.CAPACITY; i++) {
            final boolean isBreak = i % 50_000 == 49_999;
            // In turn: forward by 100 ms, back by an hour, and a second in which it stands still.
            error += !isBreak ? 0 : i % 3 == 0 ? 100_000_000 : i % 3 == 1 ? -3600 * second : -second;
            final ClockTriple triple =
                new ClockTriple(10_000 * second + i * second + error, i * second, i * second, 50);
            assertThat(readings.add(triple)).isNull();
            if (isBreak || i % 50_000 == 49_998) {
                around.add(triple);
            }
        }
        assertThat(around).hasSize(10);
        assertThat(readings.triples()).containsAll(around).hasSizeLessThan(100_000);
        assertThat(new TargetClock(readings.triples(), second).breaks(0)).hasSize(5);
        // A forged trace whose ticks go back all the time is thinned as well.
        final ClockReadings forged = new ClockReadings();
        for (long i = 0; i < 3L * ClockReadings.CAPACITY; i++) {
            assertThat(forged.add(new ClockTriple(-i, i, i))).isNull();
        }
        assertThat(forged.triples()).hasSizeLessThanOrEqualTo(ClockReadings.CAPACITY);
        assertThat(new TargetClock(forged.triples(), second).breaks(0)).hasSizeLessThanOrEqualTo(10_000);
    }
}
