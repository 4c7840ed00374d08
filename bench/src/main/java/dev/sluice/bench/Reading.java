// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bench.measure.Leftovers;
import dev.sluice.bench.measure.Median;
import dev.sluice.bench.measure.Tool;
import dev.sluice.bench.reading.CommandTime;
import dev.sluice.bench.reading.JfrFile;
import dev.sluice.bench.reading.Tables;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What reading a trace back takes, on a generated trace of eight threads: in time order, with a condition, printed as
 * text and as JSON lines to /dev/null, exported to Parquet and CSV, loaded for queries; and what other programs take:
 * babeltrace2, which prints what was exported of the same trace, {@code jfr print} of as many events of the same two
 * longs, DuckDB's reading of the CSV. Every figure is by processor time, of the thread that reads where one does and of
 * the whole process else, so neighbours on the machine count as little as they can. Counts are compared each time.
 */
final class Reading {
    static final String ORDER = "time order";
    static final String PRINT = "print";
    static final String RATIO = "print over babeltrace2";
    private static final String BABELTRACE = "babeltrace2";
    private static final String JFR_PRINT = "jfr print";
    private static final String CONDITION = "b > 1000000 && a >= 0";
    private static final int RINGS = 8;
    private static final int PACKETS = 250;
    private static final int NS_OF_EVENT = 25;
    private static final int PATIENCE_S = 600;

    private final PrintWriter out;
    private final int rounds;
    private final Map<String, List<Double>> rates = new LinkedHashMap<>();
    private long events;

    private Reading(final PrintWriter out, final int rounds) {
        this.out = out;
        this.rounds = rounds;
    }

    /**
     * Measures and prints.
     *
     * @return medians by name, rates in millions of events a second
     */
    static Map<String, Median> measure(final PrintWriter out, final int rounds) throws IOException {
        final Path directory = Leftovers.directory();
        try {
            return new Reading(out, rounds).run(directory);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Leftovers.remove(directory);
        }
    }

    private Map<String, Median> run(final Path directory) throws IOException, InterruptedException {
        events = GeneratedTrace.write(directory.resolve("trace"), RINGS, PACKETS, NS_OF_EVENT);
        final TraceReader reader = TraceReader.open(directory.resolve("trace"));
        final TraceEvents all = reader.events();
        final TraceEvents selected = all.where(CONDITION);
        final long[] known = sums(all.cursor());
        final Tables tables = new Tables(all, directory, known[0], known[1], known[2]);
        out.printf("%,d events of %d threads, 24 bytes each; millions of events a second of processor time%n", events,
            RINGS);
        for (int round = -2; round < rounds; round++) {
            measure(round, ORDER, events, () -> count(all.cursor()));
            measure(round, "time order, condition", known[3], () -> count(selected.cursor()));
            measure(round, PRINT, events, () -> print(all, false));
            measure(round, "print --json", events, () -> print(all, true));
            final boolean isKept = round >= 0;
            tables.measure((name, value) -> {
                if (isKept) {
                    keep(name, name.equals(Tables.PARQUET_BYTES) ? value : events / value / 1e6);
                }
            });
        }
        babeltrace(new CtfExporter(reader).export(directory.resolve("ctf")).get(0));
        jfr(directory.resolve("events.jfr"));
        return medians();
    }

    private void keep(final String name, final double value) {
        rates.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
    }

    private Map<String, Median> medians() {
        final Map<String, Median> medians = new LinkedHashMap<>();
        rates.forEach((name, values) -> {
            final Median median = Median.of(values.stream().mapToDouble(Double::doubleValue).toArray());
            medians.put(name, median);
            out.printf("%-30s %7.2f [%.2f, %.2f]%n", name, median.value(), median.low(), median.high());
        });
        final Median rival = medians.get(BABELTRACE);
        if (rival != null) {
            final Median print = medians.get(PRINT);
            medians.put(RATIO, new Median(print.value() / rival.value(), print.low() / rival.high(),
                print.high() / rival.low(), print.count()));
            out.printf("%-30s %6.1f times%n", RATIO, medians.get(RATIO).value());
        }
        out.flush();
        return medians;
    }

    /** Rounds below 0 warm up. */
    private void measure(final int round, final String name, final long expected, final LongSupplier work) {
        final long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        final long result = work.getAsLong();
        final long ns = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin;
        if (result != expected) {
            throw new IllegalStateException(name + " has read other events than there are: " + result + " of "
                + expected);
        }
        if (round >= 0) {
            keep(name, events * 1e3 / ns);
        }
    }

    /** Number of events, sums of both fields, and how many events the condition selects. */
    private static long[] sums(final EventCursor cursor) {
        final long[] sums = new long[4];
        while (cursor.next()) {
            final long a = cursor.event().getLong(0);
            final long b = cursor.event().getLong(1);
            sums[0]++;
            sums[1] += a;
            sums[2] += b;
            sums[3] += b > 1_000_000 && a >= 0 ? 1 : 0;
        }
        return sums;
    }

    private static long count(final EventCursor cursor) {
        long sum = 1;
        while (cursor.next()) {
            final EventView event = cursor.event();
            sum += event.getLong(0) + event.getLong(1);
        }
        if (sum == 0) {
            throw new IllegalStateException("nothing was read");
        }
        return cursor.count();
    }

    private static long print(final TraceEvents events, final boolean json) {
        try (OutputStream nowhere = new FileOutputStream("/dev/null")) {
            return new TracePrinter(nowhere, json).print(events);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void babeltrace(final Path ctf) throws IOException, InterruptedException {
        if (!Tool.isInstalled(BABELTRACE)) {
            out.println("babeltrace2 is left out: it is not installed");
            return;
        }
        final String counted =
            Tool.run(PATIENCE_S, List.of(BABELTRACE, "-c", "sink.utils.counter", ctf.toString()));
        if (!counted.replace(",", "").contains(events + " Event messages")) {
            throw new IllegalStateException("babeltrace2 finds other events than there are: " + counted);
        }
        for (int round = 0; round < rounds; round++) {
            keep(BABELTRACE, events / CommandTime.seconds(List.of(BABELTRACE, ctf.toString())) / 1e6);
        }
    }

    private void jfr(final Path file) throws IOException, InterruptedException {
        final long found = JfrFile.make(file, events);
        if (found != events) {
            out.printf("JFR has kept %,d of %,d events%n", found, events);
        }
        // Once: it takes a minute.
        keep(JFR_PRINT, found / CommandTime.seconds(List.of(JfrFile.command(), "print", file.toString())) / 1e6);
    }
}
