// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.entry.BatchSweep;
import dev.sluice.bench.entry.ClockSweep;
import dev.sluice.bench.entry.SizeSweep;
import dev.sluice.bench.entry.Sweep;
import dev.sluice.bench.entry.ThreadSweep;
import dev.sluice.bench.measure.BatchModel;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.OptionalDouble;

/** Sweeps for people. For one thread. */
final class SweepTable {
    private static final double MILLION = 1e6;
    private static final String FORMAT = "%-19s %9s  %-20s %9s %9s %12s %10s %7s  %s%n";

    private final PrintWriter out;

    SweepTable(final PrintWriter out) {
        this.out = out;
    }

    /** Prints one. */
    void print(final SweepResult result) {
        out.printf("%nsweep %s: %s%n", result.sweep().name(), result.sweep().what());
        final Optional<BatchModel> model = result.model();
        out.printf(FORMAT, result.sweep().axis(), "ns/event", "[low, high]", "over none", model.isPresent() ? "model"
            : isOfThreads(result) ? "all, M/s" : hasTraps(result) ? "traps/M" : "", "stored",
            result.isOfLosses() ? "not stored" : "lost", result.isOfLosses() ? "%" : "", "");
        result.sweep().points().forEach(point -> print(point, result, model));
        if (isOfThreads(result)) {
            out.println("all, M/s: million events a second of all threads together. over none: what as many threads"
                + " take that only count is taken off.");
        }
        if (hasTraps(result)) {
            out.println("traps/M: traps of the firing thread into the kernel for each million of events.");
        }
        if (result.isOfLosses()) {
            out.println("not stored: of any cause, which the trace's account names for each. Under block a thread waits"
                + " for room, and that is in its ns; a turn in which an event is missing has failed.");
        }
        model.ifPresent(fitted -> out.println(text(fitted)));
        result.wins().forEach(win -> out.println("Batches are " + win.text()));
        out.flush();
    }

    /** The sentence of a model. */
    static String text(final BatchModel model) {
        return String.format("An event of a batch of N costs %.0f ns [%.0f, %.0f] / N + %.2f ns [%.2f, %.2f]: least"
            + " squares over %d turns, the bare loop taken off.", model.trapNs().value(), model.trapNs().low(),
            model.trapNs().high(), model.eventNs().value(), model.eventNs().low(), model.eventNs().high(),
            model.turns());
    }

    private void print(final Sweep.Point point, final SweepResult result, final Optional<BatchModel> model) {
        final PathResult row = result.row(point);
        final String x = point.x() == 0 ? row.name() : Long.toString((long) point.x());
        if (!row.isMeasured()) {
            out.printf("%-19s %s  (%s)%n", x, PathTable.cut(row.reason()), row.what());
            return;
        }
        out.printf(FORMAT, x, PathTable.number(row.ns().value()), row.intervalText(), result.over(point)
            .map(over -> PathTable.number(over.value())).orElse(""), point.series().equals(BatchSweep.BATCHES)
            ? model.map(fitted -> PathTable.number(fitted.at(point.x()))).orElse("")
            : hasTraps(result) ? PathTable.traps(row) : millions(result, point),
            row.storedText(), row.isStoring() ? Long.toString(row.lost()) : "-", result.isOfLosses()
            ? result.lostShare(point).map(share -> RateTable.percent(share.value())).orElse("") : "", row.remark());
    }

    private static boolean isOfThreads(final SweepResult result) {
        return result.sweep().name().equals(ThreadSweep.NAME);
    }

    private static boolean hasTraps(final SweepResult result) {
        return SizeSweep.NAMES.contains(result.sweep().name()) || result.sweep().name().equals(ClockSweep.NAME);
    }

    private static String millions(final SweepResult result, final Sweep.Point point) {
        final OptionalDouble rate = result.eventsPerSecond(point);
        return rate.isPresent() ? String.format("%.1f", rate.getAsDouble() / MILLION) : "";
    }
}
