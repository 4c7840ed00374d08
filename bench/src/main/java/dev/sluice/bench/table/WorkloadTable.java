// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.entry.Sweep;
import dev.sluice.bench.entry.WorkloadSweep;
import dev.sluice.bench.measure.Median;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/** What tracing costs a program that does something, for people. For one thread. */
final class WorkloadTable {
    private static final String FORMAT = "%-21s %11s %8s  %-16s %10s %10s %10s %10s %12s %7s  %s%n";
    private static final double NS_OF_SECOND = 1e9;
    private static final double US = 1e3;

    private final PrintWriter out;

    WorkloadTable(final PrintWriter out) {
        this.out = out;
    }

    /** Prints it. */
    void print(final SweepResult result) {
        out.printf("%n%s: %s%n", WorkloadSweep.NAME, result.sweep().what());
        out.printf(FORMAT, "", "queries/s", "times", "[low, high]", "cpu, us", "p50, us", "p99, us", "longest",
            "stored", "lost", "");
        result.sweep().points().forEach(point -> print(point, result));
        out.println("times: how many times as long a query takes as in the first row, in the same round. cpu:"
            + " processor time of the thread that asks, for each query. Percentiles are of single queries of all"
            + " rounds.");
        out.flush();
    }

    private void print(final Sweep.Point point, final SweepResult result) {
        final PathResult row = result.row(point);
        if (!row.isMeasured()) {
            out.printf("%-21s %s  (%s)%n", point.series(), PathTable.cut(row.reason()), row.what());
            return;
        }
        final Histogram times = row.times().allTimes();
        final Optional<Median> ratio = result.timesBase(point);
        out.printf(FORMAT, point.series(), String.format(Locale.ROOT, "%,.0f", NS_OF_SECOND / row.ns().value()),
            ratio.map(median -> String.format(Locale.ROOT, "%.3f", median.value())).orElse(""),
            ratio.map(median -> String.format(Locale.ROOT, "[%.3f, %.3f]", median.low(), median.high())).orElse(""),
            us(row.firingNs()), us(times.getValueAtPercentile(50)), us(times.getValueAtPercentile(99)),
            us(times.getMaxValue()),
            row.storedText(), row.isStoring() ? Long.toString(row.lost()) : "-", row.remark());
    }

    private static String us(final double ns) {
        return String.format(Locale.ROOT, "%,.2f", ns / US);
    }
}
