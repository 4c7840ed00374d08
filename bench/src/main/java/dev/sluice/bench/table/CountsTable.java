// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.measure.HardwareCounts;
import java.io.PrintWriter;
import java.util.List;

/** What the processor has counted for each event, for people; or why there is nothing. For one thread. */
final class CountsTable {
    private static final String FORMAT = "%-21s %12s %10s %6s %14s%n";

    private final PrintWriter out;

    CountsTable(final PrintWriter out) {
        this.out = out;
    }

    /** Prints it. */
    void print(final PathResults results, final Environment environment) {
        final List<PathResult> counted =
            results.rows().stream().filter(row -> row.isMeasured() && row.counts().isKnown()).toList();
        if (counted.isEmpty()) {
            final String fact = environment.facts().getOrDefault(Environment.COUNTERS, "missing");
            out.printf("%ninstructions, cache misses and IPC: %s%n", fact);
            return;
        }
        out.printf("%nof the thread that fires, for each event%n");
        out.printf(FORMAT, "path", "instructions", "cycles", "IPC", "cache misses");
        for (final PathResult row : counted) {
            final HardwareCounts counts = row.counts();
            out.printf(FORMAT, row.name(), PathTable.number(counts.instructions()), PathTable.number(counts.cycles()),
                String.format("%.2f", counts.perCycle()), String.format("%.4f", counts.cacheMisses()));
        }
    }
}
