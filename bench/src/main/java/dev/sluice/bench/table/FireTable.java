// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.entry.Sweep;
import dev.sluice.bench.measure.FireTimes;
import java.io.PrintWriter;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** How long single fires took, for people. For one thread. */
final class FireTable {
    private static final String FORMAT = "%-30s %10s %10s %10s %10s %10s %12s %11s %6s  %s%n";

    private final PrintWriter out;

    FireTable(final PrintWriter out) {
        this.out = out;
    }

    /** Prints it. */
    void print(final SweepResult result) {
        out.printf("%nsingle fires: %s; ns%n", result.sweep().what());
        out.printf(FORMAT, "", "p50", "p90", "p99", "p99.9", "p99.99", "longest", "fires", "lost", "");
        result.sweep().points().forEach(point -> print(point, result));
        out.println("The clock that measures is inside, as in the first row, which fires nothing; nothing is taken"
            + " off. Of all rounds together.");
        out.flush();
    }

    private void print(final Sweep.Point point, final SweepResult result) {
        final PathResult row = result.row(point);
        final FireTimes times = row.times();
        if (!row.isMeasured() || times.isNone()) {
            out.printf("%-30s %s  (%s)%n", point.series(), PathTable.cut(row.reason()), row.what());
            return;
        }
        print(point.series(), times.allTimes(), row.isStoring() ? Long.toString(row.lost()) : "-", row.remark());
        if (times.drainingTimes().getTotalCount() > 0) {
            print("  that carry no batch", times.plainTimes(), "", "");
            print("  that carry the batch", times.drainingTimes(), "", "");
        }
    }

    private void print(final String name, final Histogram times, final String lost, final String what) {
        out.printf(FORMAT, name, at(times, 50), at(times, 90), at(times, 99), at(times, 99.9), at(times, 99.99),
            count(times.getMaxValue()), count(times.getTotalCount()), lost, what);
    }

    private static String at(final Histogram times, final double percentile) {
        return count(times.getValueAtPercentile(percentile));
    }

    private static String count(final long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }
}
