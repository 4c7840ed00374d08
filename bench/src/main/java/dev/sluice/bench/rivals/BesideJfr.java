// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import dev.sluice.bench.measure.Leftovers;
import dev.sluice.bench.measure.Median;
import dev.sluice.bench.measure.RecordedJvm;
import dev.sluice.bench.rivals.JfrProgram.Costs;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * What an event of two longs costs the thread, by JFR and by us, both recorded and stored in the same program at the
 * same time. After each round both files are read. An event of ours that is not there, or any event with other fields,
 * ends the benchmark. JFR leaves out events when its buffers are full: how many is a figure. For one thread.
 */
public final class BesideJfr {
    /** In the result: how many times as much JFR's event costs as ours. */
    public static final String RATIO = "JFR over ours";
    /** The same for an event fired through an interface. */
    public static final String TYPED_RATIO = "JFR over ours, typed";
    /** In the result: events that JFR was given and that are not in its file, of a million. */
    public static final String LOST = "JFR lost, of a million";
    private static final int WARM_UP = 400;
    private static final int TURNS = 1_000;
    private static final int QUICK_TURNS = 100;

    private final Path root;
    private final Path directory;
    private final List<String> flags;

    /**
     * For rounds.
     *
     * @param root      of the checkout, where the launcher is
     * @param directory where the files of both go: their file system is a part of what is measured
     * @param flags     of the traced JVM
     */
    public BesideJfr(final Path root, final Path directory, final List<String> flags) {
        this.root = root;
        this.directory = directory;
        this.flags = List.copyOf(flags);
    }

    /**
     * Measures, one JVM for each round.
     *
     * @param mode how ours is drained
     * @return medians of the rounds: costs in ns an event, and ratios
     * @throws IllegalStateException if a program fails, or what is stored is not what was fired
     */
    public Map<String, Median> measure(final int rounds, final boolean isQuick, final String mode)
        throws IOException, InterruptedException {
        final List<Costs> costs = new ArrayList<>();
        final List<Double> lost = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            costs.add(round(isQuick ? QUICK_TURNS : TURNS, mode, lost));
        }
        final Map<String, Median> medians = new LinkedHashMap<>();
        medians.put("ours", median(costs, Costs::sluice));
        medians.put("ours, typed", median(costs, Costs::typed));
        medians.put("JFR", median(costs, Costs::jfr));
        medians.put("JFR with the stack", median(costs, Costs::jfrWithStack));
        medians.put(RATIO, median(costs, Costs::ratio));
        medians.put(TYPED_RATIO, median(costs, Costs::typedRatio));
        medians.put(LOST, Median.of(lost));
        return medians;
    }

    private static Median median(final List<Costs> costs, final ToDoubleFunction<Costs> figure) {
        return Median.of(costs.stream().mapToDouble(figure).toArray());
    }

    private Costs round(final int turns, final String mode, final List<Double> lost)
        throws IOException, InterruptedException {
        final Path trace = Leftovers.watch(directory.resolve("beside-jfr-trace"));
        final Path file = Leftovers.watch(directory.resolve("beside.jfr"));
        try (RecordedJvm program = new RecordedJvm(JfrProgram.class,
            Stream.concat(flags.stream(), Stream.of("-D" + JfrProgram.FILE + "=" + file)).toList())) {
            program.record(root, JfrProgram.PATTERN, trace, mode, "block");
            program.ask(Integer.toString(WARM_UP));
            final Costs costs = Costs.parse(program.ask(Integer.toString(turns)));
            program.ask(JfrProgram.END);
            program.endRecording();
            verifyOurs(trace, WARM_UP + turns);
            lost.add(lostOfJfr(file, WARM_UP + turns));
            return costs;
        } finally {
            RecordedJvm.remove(trace);
            Files.deleteIfExists(file);
        }
    }

    private static void verifyOurs(final Path trace, final int turns) {
        final Sum ours = new Sum();
        final Sum typed = new Sum();
        final EventCursor cursor = TraceReader.open(trace).events().cursor();
        while (cursor.next()) {
            final EventSchema schema = cursor.event().schema();
            (schema.provider().equals(JfrProgram.TYPED_NAME) ? typed : ours)
                .add(cursor.event().getLong(0), cursor.event().getLong(1));
        }
        ours.checkAll("ours", turns);
        typed.checkAll("ours, typed", turns);
    }

    private static double lostOfJfr(final Path file, final int turns) throws IOException {
        final Sum jfr = new Sum();
        try (RecordingFile events = new RecordingFile(file)) {
            while (events.hasMoreEvents()) {
                final RecordedEvent event = events.readEvent();
                final String name = event.getEventType().getName();
                if (name.equals(JfrProgram.EVENT) || name.equals(JfrProgram.WITH_STACK)) {
                    jfr.add(event.getLong("a"), event.getLong("b"));
                }
            }
        }
        final double fired = (double) turns * (JfrProgram.TURN + JfrProgram.TURN_WITH_STACK);
        return 1e6 * (fired - jfr.events) / fired;
    }

    /** What was read of one kind of event. */
    private static final class Sum {
        private long events;
        private long total;

        void add(final long a, final long b) {
            if (a != -b) {
                throw new IllegalStateException("an event has other fields than were fired: a=" + a + " b=" + b);
            }
            events++;
            total += a;
        }

        void checkAll(final String name, final long turns) {
            final long length = JfrProgram.TURN;
            if (events != turns * length || total != turns * (length * (length - 1) / 2)) {
                throw new IllegalStateException(name + ": what is stored is not what was fired: fired="
                    + turns * length + " stored=" + events);
            }
        }
    }
}
