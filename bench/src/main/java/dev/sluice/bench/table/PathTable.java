// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.entry.Catalogue;
import dev.sluice.bench.measure.Median;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Results for people. For one thread. */
final class PathTable {
    private static final String FORMAT = "%-21s %9s  %-20s %9s %7s %7s %8s %9s %10s %8s %14s  %s%n";

    private static final int MOST_TOLD = 240;
    private static final int FIRST_TOLD = 80;

    private final PrintWriter out;

    PathTable(final PrintWriter out) {
        this.out = out;
    }

    /** Prints the table, the targets, and where others are cheaper. */
    void print(final PathResults results, final List<PathTargets.Target> targets, final Environment environment) {
        out.println();
        out.printf(FORMAT, "path", "ns/event", "[low, high]", "over none", "firing", "other", "B/event",
            "traps/M", "stored", "lost", "stored, B/ev.", "");
        results.rows().stream().filter(row -> !row.isRival()).forEach(row -> print(row, results));
        out.printf("%nrivals%n");
        results.rows().stream().filter(PathResult::isRival).forEach(row -> print(row, results));
        out.printf("%nfiring and other: processor time for each event in ns, of the thread that fires, and of all"
            + " others of its program and%nof those that listen. B/event is what all threads of the JVM allocate."
            + "%ntraps/M: traps of the firing thread into the kernel for each million of events."
            + "%nstored, B/ev.: what the other side has of an event, in files on disk, or handed over in memory to a"
            + " thread that took it;%nnothing where there is but a number or a sum.%n%s%n",
            results.rounds() == 1
            ? "One round: [low, high] is of its iterations, and says nothing of another JVM."
            : "[low, high] " + Median.meaning(results.rounds()) + ".");
        new CountsTable(out).print(results, environment);
        if (environment.isBusy()) {
            out.println("THE MACHINE WAS BUSY when this began: the figures are of its other work as well. Load "
                + environment.facts().get("load") + ", processors " + environment.facts().get("processors") + ".");
        }
        out.println();
        targets.forEach(target -> out.println(target.text()));
        out.println("(undisturbed: by the fastest iteration of each round. It does not decide.)");
        if (results.rounds() < PathTargets.ENOUGH) {
            out.printf("(%d rounds decide: before that, a question mark stands behind what came of it.)%n",
                PathTargets.ENOUGH);
        }
        printCheaper(results, Catalogue.OWNER, "drained and received");
        printCheaper(results, Catalogue.OWNER_STORED, "drained and stored");
        out.flush();
    }

    private void print(final PathResult row, final PathResults results) {
        if (!row.isMeasured()) {
            out.printf("%-21s %s  (%s)%n", row.name(), cut(row.reason()), row.what());
            return;
        }
        final Median ns = row.ns();
        final Optional<Median> over =
            row.name().equals(Catalogue.NOTHING) ? Optional.empty() : results.over(row.name(), Catalogue.NOTHING);
        out.printf(FORMAT, row.name(), number(ns.value()), row.intervalText(),
            over.map(median -> number(median.value())).orElse(""),
            measured(row.firingNs()), measured(row.otherNs()),
            Double.isNaN(row.bytes()) ? "" : String.format("%.2f", row.bytes()), traps(row),
            row.storedText(),
            row.isStoring() ? Long.toString(row.lost()) : "-", row.storedBytesText(), row.remark());
    }

    static String traps(final PathResult row) {
        return Double.isNaN(row.trapsPerMillion()) ? "" : String.format("%.0f", row.trapsPerMillion());
    }

    /** One line: what failed, and the end, where a compiler says why. The whole reason is in the file of results. */
    static String cut(final String text) {
        final String line = text.replaceAll("\\s+", " ").strip();
        return line.length() <= MOST_TOLD ? line
            : line.substring(0, FIRST_TOLD) + " ... " + line.substring(line.length() - MOST_TOLD + FIRST_TOLD);
    }

    private static String measured(final double ns) {
        return Double.isNaN(ns) ? "" : number(ns);
    }

    static String number(final double ns) {
        return String.format(Math.abs(ns) < 100 ? "%.2f" : "%.0f", ns);
    }

    /** Where Sluice loses. */
    private void printCheaper(final PathResults results, final String ours, final String what) {
        if (results.row(ours).isEmpty()) {
            return;
        }
        final List<String> cheaper = results.rows().stream().filter(row -> row.isRival() && row.isMeasured()
            && row.isStoring()).flatMap(row -> times(results, row.name(), ours)).toList();
        out.printf("Cheaper than an event of ours that is %s (%s): %s%n", what, ours,
            cheaper.isEmpty() ? "no rival" : String.join(", ", cheaper));
    }

    private static Stream<String> times(final PathResults results, final String name, final String ours) {
        return results.times(name, ours).filter(median -> median.value() < 1)
            .map(median -> String.format("%s (%.2f of it)", name, median.value())).stream();
    }
}
