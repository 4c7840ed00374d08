// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.entry.RateSweep;
import dev.sluice.bench.entry.Sweep;
import dev.sluice.bench.measure.Median;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;

/** What was lost at which rate, for people. For one thread. */
final class RateTable {
    private static final String FORMAT = "%14s %14s %14s %14s %9s  %-18s %s%n";
    private static final double HUNDRED = 100;

    private final PrintWriter out;

    RateTable(final PrintWriter out) {
        this.out = out;
    }

    /** Prints it. */
    void print(final SweepResult result) {
        out.printf("%nsweep %s: %s%n", RateSweep.NAME, result.sweep().what());
        out.printf(FORMAT, result.sweep().axis(), "fired a second", "stored", "lost", "lost %", "[low, high]", "");
        result.sweep().points().forEach(point -> print(point, result));
        out.printf("lost: fired and not in the trace, whose account names the cause of each. Where fewer are fired a"
            + " second than offered,%nthe events before have kept the thread: under block it waited for room. What is"
            + " due then is not offered again.%n");
        out.flush();
    }

    private void print(final Sweep.Point point, final SweepResult result) {
        final PathResult row = result.row(point);
        final String offered = point.x() == 0 ? "full" : count((long) point.x());
        if (!row.isMeasured()) {
            out.printf("%14s %s  (%s)%n", offered, PathTable.cut(row.reason()), row.what());
            return;
        }
        final Optional<Median> share = result.lostShare(point);
        out.printf(FORMAT, offered, count(Math.round(result.eventsPerSecond(point).orElse(0))),
            count(row.fired() - row.lost()), count(row.lost()),
            share.map(median -> percent(median.value())).orElse(""),
            share.map(median -> "[" + percent(median.low()) + ", " + percent(median.high()) + "]").orElse(""),
            row.remark());
    }

    private static String count(final long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    static String percent(final double share) {
        return share == 0 ? "0" : String.format(Locale.ROOT, "%.3f", HUNDRED * share);
    }
}
