// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bench.measure.Leftovers;
import dev.sluice.bench.measure.MeasuringJvm;
import dev.sluice.bench.measure.Median;
import dev.sluice.bench.measure.RecordedJvm;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a large trace takes that is read back by a JVM with a heap of 512 MiB: the first opening, which looks at every
 * document and keeps an index; the openings after that, and all events of one second in the middle, a million of them.
 * Each round opens the trace in a JVM of its own, whose start is no part of the figures.
 */
final class LargeReading {
    static final String FIRST = "first opening, s";
    static final String RANGE = "opening and one second of events, s";
    private static final String HEAP = "-Xmx512m";
    private static final int RINGS = 16;
    private static final int NS_OF_EVENT = 1_000;
    private static final long GB = 1_000_000_000L;
    private static final long NS_OF_SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int PATIENCE_S = 600;

    private LargeReading() {
    }

    /**
     * Measures and prints.
     *
     * @param parent    where the trace is made, and removed again
     * @param gigabytes its size
     * @return seconds by name; empty if a JVM failed
     */
    static Map<String, Median> measure(final PrintWriter out, final Path parent, final int gigabytes, final int rounds)
        throws IOException {
        final Path directory = Leftovers.watch(parent.resolve("large-trace"));
        try {
            final int packets = (int) (gigabytes * GB / (RINGS * GeneratedTrace.packetBytes()));
            final long events = GeneratedTrace.write(directory, RINGS, packets, NS_OF_EVENT);
            out.printf("%,d events of %d threads, %d GB, %,.0f s long; heap %s%n", events, RINGS, gigabytes,
                (double) events * NS_OF_EVENT / NS_OF_SECOND, HEAP);
            final Map<String, List<Double>> seconds = new LinkedHashMap<>();
            // The opening before the first round is the one that makes the index.
            for (int round = 0; round <= rounds; round++) {
                final String answer = MeasuringJvm.run(List.of(HEAP), LargeReading.class, PATIENCE_S,
                    directory.toString());
                if (answer.isEmpty()) {
                    return Map.of();
                }
                final double taken = Double.parseDouble(answer);
                seconds.computeIfAbsent(round == 0 ? FIRST : RANGE, key -> new ArrayList<>()).add(taken);
            }
            final Map<String, Median> medians = new LinkedHashMap<>();
            seconds.forEach((name, values) -> {
                final Median median = Median.of(values);
                medians.put(name, median);
                out.printf("%-36s %6.2f [%.2f, %.2f]%n", name, median.value(), median.low(), median.high());
            });
            out.flush();
            return medians;
        } finally {
            RecordedJvm.remove(directory);
        }
    }

    /** Argument: the trace. Prints how many seconds it took to open it and to read one second of it. */
    public static void main(final String[] arguments) {
        final long begin = System.nanoTime();
        final TraceReader reader = TraceReader.open(Path.of(arguments[0]));
        final long middleMs = reader.targets().get(0).streams().get(0).events() * RINGS * NS_OF_EVENT / 2 / 1_000_000;
        final EventCursor cursor =
            reader.events().from("+" + middleMs + "ms").to("+" + (middleMs + 1_000) + "ms").cursor();
        long events = 0;
        long sum = 0;
        while (cursor.next()) {
            events++;
            sum += cursor.event().getLong(0);
        }
        final double seconds = (System.nanoTime() - begin) / (double) NS_OF_SECOND;
        if (events != NS_OF_SECOND / NS_OF_EVENT || sum == 0) {
            throw new IllegalStateException("one second has other events than were made: " + events);
        }
        final long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getMax();
        if (heap > 512L << 20) {
            throw new IllegalStateException("the heap is larger than it should be: " + heap);
        }
        System.out.println(seconds);
    }
}
