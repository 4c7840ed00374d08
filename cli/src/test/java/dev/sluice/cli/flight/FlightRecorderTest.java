// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What a flight recorder takes by itself of a trace that a test writes meanwhile. Of processes: FlightTest. */
@OneJdk
@Timeout(400)
class FlightRecorderTest {
    private static final long SECOND_NS = 1_000_000_000L;
    /** A reading of the clock that lies so far off the line of the readings before. */
    private static final long OFF_NS = 700;

    @TempDir
    private Path directory;
    private final List<String> said = new ArrayList<>();

    /** Has the options of a flight recorder, and nothing else. */
    @Command
    static final class Options {
        @Mixin
        private FlightOptions flight;
    }

    private FlightRecorder recorder(final Path trace, final String on) {
        final Options options = new Options();
        new CommandLine(options).parseArgs("--flight", "1s", "--on", on);
        return new FlightRecorder(options.flight, trace, trace, event -> true, line -> {
            synchronized (said) {
                said.add(line);
            }
        });
    }

    private static void read(final TraceWriter writer, final long atNs, final long offNs) {
        writer.clock(0, new ClockTriple(2 * atNs, atNs + offNs, TestTraces.BEGIN_NS + atNs + offNs));
    }

    /** A target that has events, whose clock was read twice. */
    private static void begin(final TraceWriter writer, final TargetInfo target) {
        writer.addTarget(target);
        writer.schema(0, TestTraces.log(TestTraces.PAIR));
        read(writer, 0, 0);
        read(writer, SECOND_NS, 0);
    }

    private static BooleanSupplier noticing(final FlightRecorder recorder) {
        return () -> recorder.isAnyDue(Long.MAX_VALUE);
    }

    private static List<Long> events(final Path snapshot) {
        final List<Long> numbers = new ArrayList<>();
        final EventCursor cursor = TraceReader.open(snapshot).events().cursor();
        while (cursor.next()) {
            numbers.add(cursor.event().getLong(0));
        }
        return numbers;
    }

    /** The event is noticed, and then the target's clock is read again, which says that the event was later. */
    @ParameterizedTest
    @ValueSource(strings = {"bench:pair.a >= 3", "bench:pair > 2/s"})
    void shouldHaveTheEventThatItWasTakenForWhenALaterClockReadingMovesIt(final String on) throws Exception {
        final Path trace = directory.resolve("trace");
        final TargetInfo target = TestTraces.target(2 * SECOND_NS);
        final FlightRecorder recorder;
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            begin(writer, target);
            final PacketBuilder packets = new PacketBuilder(target.id(), 7);
            for (long i = 1; i <= 3; i++) {
                packets.event(TestTraces.PAIR, 4 * SECOND_NS + i, 0, i, -i);
            }
            packets.append(writer, 0);
            recorder = recorder(trace, on);
            ChildProgram.await("the event is noticed", noticing(recorder));
            read(writer, 3 * SECOND_NS, OFF_NS);
        }
        recorder.close();
        assertThat(said).hasSize(1);
        assertThat(said.get(0)).startsWith("snapshot 1 (" + on + "): 3 events of 1.000 s, into ");
        assertThat(events(trace.resolve("snapshot-1"))).containsExactly(1L, 2L, 3L);
    }

    /** The next event is taken for one of the same moment, by a reading that says that both were earlier. */
    @Test
    void shouldHaveTheEventsThatItIsSaidToHaveWhenALaterClockReadingMovesTheFirst() throws Exception {
        final Path trace = directory.resolve("trace");
        final TargetInfo target = TestTraces.target(2 * SECOND_NS);
        final FlightRecorder recorder;
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            begin(writer, target);
            final PacketBuilder packets = new PacketBuilder(target.id(), 7);
            packets.event(TestTraces.PAIR, 4 * SECOND_NS, 0, 1L, -1L).append(writer, 0);
            recorder = recorder(trace, "bench:pair");
            ChildProgram.await("the event is noticed", noticing(recorder));
            read(writer, 3 * SECOND_NS, -OFF_NS);
            packets.begin().event(TestTraces.PAIR, 4 * SECOND_NS + 100, 0, 2L, -2L).append(writer, 0);
        }
        recorder.close();
        assertThat(events(trace.resolve("snapshot-1"))).containsExactly(1L, 2L);
        assertThat(said).hasSize(1);
    }

    /** It was refused for the sake of a recording that had ended. */
    @Test
    void shouldTakeTheLastSnapshotWhenTheDiskHasRoomForTheWindowButNotForTheStoreOnceMore() throws Exception {
        final Path trace = directory.resolve("trace");
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            begin(writer, TestTraces.target(2 * SECOND_NS));
        }
        TestTraces.enlarge(trace);
        final FlightRecorder recorder = recorder(trace, "exit");
        recorder.exited(1, System.nanoTime());
        recorder.close();
        assertThat(said).hasSize(1);
        assertThat(said.get(0)).startsWith("snapshot 1 (exit): 0 events of 1.000 s, into ");
        assertThat(trace.resolve("snapshot-1")).isDirectory();
    }

    /** Issue 15: a misspelt name would be noticed after the incident. */
    @Test
    void shouldSayWhyWhenATriggerWaitsForWhatNobodyFires() {
        final Path trace = directory.resolve("trace");
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            recorder(trace, "bench:none").close();
            assertThat(said).as("nobody is recorded yet").isEmpty();
            begin(writer, TestTraces.target(2 * SECOND_NS));
            recorder(trace, "bench:pair.a > 5").close();
            recorder(trace, "signal").close();
            assertThat(said).isEmpty();
            recorder(trace, "bench:none").close();
            recorder(trace, "bench:pair.price > 5").close();
            final FlightRecorder recorder = recorder(trace, "bench:pair > 10/s");
            recorder.check(event -> event.equals("bench:pair"));
            // A request has selected something else.
            recorder.check(event -> false);
            recorder.close();
        }
        assertThat(said).containsExactly("--on 'bench:none' takes no snapshot as it is now: no event of the trace fits"
            + " 'bench:none'; there are bench:pair", "--on 'bench:pair.price > 5' takes no snapshot as it is now:"
            + " column 1: no event that is selected has a field 'price'; there are a, b", "--on 'bench:pair > 10/s'"
            + " takes no snapshot as it is now: -e does not select bench:pair, and what is not recorded is not looked"
            + " at");
    }
}
