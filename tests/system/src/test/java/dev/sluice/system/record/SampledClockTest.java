// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.clock.TickerIntervals;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.target.SampledProgram;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The true time of each event, which its program has taken by the clock itself right before and right behind it, lies
 * in the interval that readers give. With {@code -Dsluice.long=true} for 10^8 events in all.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class SampledClockTest {
    private static final boolean IS_LONG = Boolean.getBoolean("sluice.long");
    /** Of one scene, of which rings that discard and a program that is killed keep less. */
    private static final int EVENTS = IS_LONG ? 20_000_000 : 300_000;
    private static final long MOST_NS = TimeUnit.MINUTES.toNanos(20);

    @TempDir
    private Path directory;

    private final long seed = Seed.draw("SampledClockTest");

    /** What is done to the program meanwhile. */
    private interface Trouble {
        void make(ChildProgram program, Recorder recorder, Random random) throws Exception;
    }

    /** How many events of what kind a check has seen. */
    private static final class Seen {
        private long events;
        private long checked;
        private long carried;
        private long unknown;
    }

    /** The event before in a ring, as its reader has it. */
    private static final class Before {
        private long number = -1;
        private long before;
        private long earliestNs;
        private long latestNs;
    }

    private TraceReader record(final String name, final int threads, final boolean isBursty, final boolean isHeldUp,
        final EventPath path, final FullPolicy policy, final Trouble trouble, final String... properties)
        throws Exception {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.add("-Dsluice.clock=sampled");
        flags.addAll(List.of(properties));
        final Path trace = directory.resolve(name);
        try (ChildProgram program = ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"),
            List.of(SampledProgram.class.getName(), Integer.toString(threads), Integer.toString(EVENTS / threads),
                Boolean.toString(isBursty), Boolean.toString(isHeldUp), Long.toString(seed)))) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
            try (Recorder recorder = Recorder.start(RecordOptions.of(program.pid(), trace).source(path)
                .policy(policy).build())) {
                trouble.make(program, recorder, new Random(seed));
                recorder.await(MOST_NS, () -> false, () -> { });
                recorder.finish();
            }
            program.awaitExit();
        }
        return TraceReader.open(trace);
    }

    /** Every event's interval holds its true time; prints how long the intervals are. */
    private Seen check(final String name, final TraceReader reader) {
        assertThat(reader.targets().get(0).info().clockKind()).isEqualTo(Clock.KIND_SAMPLED);
        final TargetClock clock = reader.targets().get(0).clock();
        final Map<Long, Before> rings = new HashMap<>();
        final Seen seen = new Seen();
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            final EventView event = cursor.event();
            final Before last = rings.computeIfAbsent(event.javaThreadId(), key -> new Before());
            final long number = event.getLong(0);
            if (last.number >= 0 && number == last.number + 1) {
                check(last, clock, event.getLong(2), seen);
            }
            last.number = number;
            last.before = event.getLong(1);
            last.earliestNs = event.monotonicNs();
            last.latestNs = event.latestNs();
            seen.events++;
            seen.carried += last.latestNs > last.earliestNs ? 1 : 0;
            seen.unknown += last.latestNs == TickerIntervals.UNKNOWN ? 1 : 0;
        }
        final JsonNode widths = TraceReport.of(reader).toJson().get("clocks").get(0);
        System.out.println("SampledClockTest " + name + ": " + seen.checked + " events' true times compared; "
            + widths.get("why").asText() + "; " + widths.get("width_ns") + ' ' + widths.get("ticker"));
        assertThat(widths.get("width_ns").get("events").asLong()).isEqualTo(seen.events);
        assertThat(widths.get("width_ns").get("unknown").asLong()).isEqualTo(seen.unknown);
        return seen;
    }

    private static void check(final Before event, final TargetClock clock, final long behind, final Seen seen) {
        final long beforeNs = clock.monotonicNs(event.before);
        final long behindNs = clock.monotonicNs(behind);
        seen.checked++;
        // One that carries a reading was fired wholly behind it.
        final boolean isCarried = event.latestNs > event.earliestNs;
        if (event.earliestNs > (isCarried ? beforeNs : behindNs) || event.latestNs < beforeNs) {
            throw new AssertionError("event " + event.number + " was fired from " + beforeNs + " to " + behindNs
                + ", which is outside of " + event.earliestNs + " to " + event.latestNs);
        }
    }

    private void delete(final String name) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve(name))) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void all(final String name, final Seen seen) throws IOException {
        // A consumer that a busy machine stops for longer than a second makes a ring refuse some.
        assertThat(seen.events).as(name).isBetween(EVENTS / 2L, (long) EVENTS);
        assertThat(seen.checked).as(name).isGreaterThan(EVENTS / 2L);
        assertThat(seen.unknown).as(name).isZero();
        assertThat(seen.carried).as(name).isGreaterThan(EVENTS / 4);
        delete(name);
    }

    private static void nothing(final ChildProgram program, final Recorder recorder, final Random random) {
        // The program fires, and nothing else happens.
    }

    @Test
    void shouldHoldTheTrueTimeOfEveryEventWhenAThreadFiresAllTheTime() throws Exception {
        all("steady", check("steady", record("steady", 1, false, false, EventPath.SHARED, FullPolicy.BLOCK,
            SampledClockTest::nothing)));
    }

    @Test
    void shouldHoldTheTrueTimeOfEveryEventWhenThreadsPauseAndBatchesAreSmall() throws Exception {
        final Seen seen = check("bursts", record("bursts", 4, true, false, EventPath.SHARED, FullPolicy.BLOCK,
            SampledClockTest::nothing, "-Dsluice.clock.every=7"));
        assertThat(seen.checked).isGreaterThan(EVENTS / 2L);
        assertThat(seen.unknown).isZero();
    }

    @Test
    void shouldHoldTheTrueTimeOfEveryEventWhenTheTickerIsHeldUp() throws Exception {
        final TraceReader reader = record("heldup", 2, true, true, EventPath.SHARED, FullPolicy.BLOCK,
            SampledClockTest::nothing);
        final Seen seen = check("heldup", reader);
        assertThat(reader.targets().get(0).ticker().lateCount()).isGreaterThan(3);
        assertThat(seen.unknown).isZero();
    }

    @Test
    void shouldHoldTheTrueTimeOfEveryEventWhenTheProgramIsStopped() throws Exception {
        final TraceReader reader = record("stopped", 2, true, false, EventPath.SHARED, FullPolicy.BLOCK,
            (program, recorder, random) -> {
                for (int i = 0; i < (IS_LONG ? 50 : 5); i++) {
                    LockSupport.parkNanos(random.nextInt(50_000_000));
                    program.signal("STOP");
                    LockSupport.parkNanos(random.nextInt(100_000_000));
                    program.signal("CONT");
                }
            });
        final Seen seen = check("stopped", reader);
        assertThat(reader.targets().get(0).ticker().lateCount()).isPositive();
        assertThat(seen.unknown).isZero();
    }

    @Test
    void shouldHoldTheTrueTimeOfEveryEventThatIsThereWhenRingsDiscard() throws Exception {
        final Seen seen = check("discard", record("discard", 2, false, false, EventPath.SHARED, FullPolicy.DISCARD,
            SampledClockTest::nothing));
        assertThat(seen.checked).isPositive();
    }

    @Test
    void shouldHoldTheTrueTimeOfEveryEventThatIsThereWhenTheProgramIsKilled() throws Exception {
        final Seen seen = check("killed", record("killed", 2, true, false, EventPath.SHARED, FullPolicy.BLOCK,
            (program, recorder, random) -> {
                final long atLeast = random.nextInt(EVENTS / 4);
                final long begin = System.nanoTime();
                while (recorder.storedEvents() < atLeast && System.nanoTime() - begin < MOST_NS) {
                    LockSupport.parkNanos(1_000_000);
                }
                program.signal("KILL");
            }));
        assertThat(seen.unknown).as("the recorder has seen its end").isZero();
    }

    @Test
    @KernelTest
    void shouldHoldTheTrueTimeOfEveryEventWhenDrainedByBpf() throws Exception {
        all("bpf", check("bpf", record("bpf", 1, true, false, EventPath.BATCH, FullPolicy.BLOCK,
            SampledClockTest::nothing, "-Dsluice.flush.period=5ms")));
    }
}
