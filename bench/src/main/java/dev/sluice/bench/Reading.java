// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bench.measure.Median;
import dev.sluice.store.export.ctf.CtfExporter;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TracePrinter;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What reading a trace back takes, on a generated trace of eight threads: in time order, with a condition, printed as
 * text and as JSON lines to /dev/null, and by babeltrace2, which prints what was exported of the same trace. Every
 * figure is by the processor time of the thread that reads, so neighbours on the machine count as little as they can,
 * and of babeltrace2 by that of its process, user and system.
 */
final class Reading {
    static final String ORDER = "time order";
    static final String PRINT = "print";
    static final String RATIO = "print over babeltrace2";
    private static final String RIVAL = "babeltrace2";
    private static final int RINGS = 8;
    private static final int PACKETS = 250;
    private static final int NS_OF_EVENT = 25;
    private static final long BABELTRACE_TIMEOUT_S = 1_800;

    private final PrintWriter out;
    private final int rounds;
    private final Map<String, List<Double>> rates = new LinkedHashMap<>();

    private Reading(final PrintWriter out, final int rounds) {
        this.out = out;
        this.rounds = rounds;
    }

    /**
     * Measures and prints.
     *
     * @return goals, with rates in millions a second
     */
    static Map<String, Median> measure(final PrintWriter out, final int rounds) throws IOException {
        final Path directory = Files.createTempDirectory("sluice-reading");
        try {
            return new Reading(out, rounds).run(directory);
        } finally {
            try (Stream<Path> all = Files.walk(directory)) {
                all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
            }
        }
    }

    private Map<String, Median> run(final Path directory) throws IOException {
        final long events = GeneratedTrace.write(directory.resolve("trace"), RINGS, PACKETS, NS_OF_EVENT);
        final TraceReader reader = TraceReader.open(directory.resolve("trace"));
        final TraceEvents all = reader.events();
        final TraceEvents selected = all.where("b > 1000000 && a >= 0");
        final Path ctf = new CtfExporter(reader).export(directory.resolve("ctf")).get(0);
        out.printf("%,d events of %d threads, 24 bytes each; millions of events a second of processor time%n", events,
            RINGS);
        for (int round = -2; round < rounds; round++) {
            measure(round, ORDER, events, ignored -> sum(all.cursor()));
            measure(round, "time order, condition", events, ignored -> sum(selected.cursor()));
            measure(round, PRINT, events, ignored -> print(all, false));
            measure(round, "print --json", events, ignored -> print(all, true));
            if (round >= 0) {
                babeltrace(ctf, events);
            }
        }
        final Map<String, Median> medians = new LinkedHashMap<>();
        rates.forEach((name, values) -> {
            final Median median = median(values);
            medians.put(name, median);
            out.printf("%-24s %7.2f [%.2f, %.2f]%n", name, median.value(), median.low(), median.high());
        });
        if (rates.containsKey(RIVAL)) {
            final List<Double> ratios = new ArrayList<>();
            for (int i = 0; i < rates.get(PRINT).size(); i++) {
                ratios.add(rates.get(PRINT).get(i) / rates.get(RIVAL).get(i));
            }
            medians.put(RATIO, median(ratios));
            out.printf("%-24s %6.1f times%n", RATIO, median(ratios).value());
        }
        out.flush();
        return medians;
    }

    private static Median median(final List<Double> values) {
        return Median.of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** Rounds below 0 warm up. */
    private void measure(final int round, final String name, final long events, final ToLongFunction<Void> work) {
        final long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        final long result = work.applyAsLong(null);
        final long ns = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin;
        if (result == 0) {
            throw new IllegalStateException("nothing was read: " + name);
        }
        if (round >= 0) {
            rates.computeIfAbsent(name, key -> new ArrayList<>()).add(events * 1e3 / ns);
        }
    }

    private static long sum(final EventCursor cursor) {
        long sum = 1;
        while (cursor.next()) {
            final EventView event = cursor.event();
            sum += event.getLong(0) + event.getLong(1);
        }
        return sum;
    }

    private static long print(final TraceEvents events, final boolean json) {
        try (OutputStream nowhere = new FileOutputStream("/dev/null")) {
            return new TracePrinter(nowhere, json).print(events);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void babeltrace(final Path ctf, final long events) throws IOException {
        final Process process;
        try {
            // The shell's own "times" is in every shell; it counts its children that have ended.
            process = new ProcessBuilder("/bin/sh", "-c", "babeltrace2 \"$0\" >/dev/null && times", ctf.toString())
                .redirectErrorStream(true).start();
        } catch (final IOException e) {
            throw new IOException("cannot run /bin/sh: " + e.getMessage(), e);
        }
        final String text = new String(process.getInputStream().readAllBytes());
        try {
            if (!process.waitFor(BABELTRACE_TIMEOUT_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
                out.println("babeltrace2 is left out: " + text.strip());
                return;
            }
        } catch (final InterruptedException e) {
            process.destroy();
            throw new IOException("interrupted while babeltrace2 ran", e);
        }
        double seconds = 0;
        for (final String time : text.lines().skip(1).findFirst().orElseThrow().split(" ")) {
            final String[] parts = time.replace("s", "").split("m");
            seconds += Integer.parseInt(parts[0]) * 60 + Double.parseDouble(parts[1]);
        }
        rates.computeIfAbsent(RIVAL, key -> new ArrayList<>()).add(events / seconds / 1e6);
    }
}
