// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice bench compare}: what differs between two files of results. */
@Command(name = "compare", mixinStandardHelpOptions = true,
    description = "Compares two files of results, each of at least " + Comparison.ENOUGH + " rounds: how many times as"
        + " much an event costs in the second, with the interval that holds it in 95 of 100 cases. A difference is"
        + " claimed only if it stands beside the bare clocks of the same rounds too, and among all that is compared."
        + " The status is 1 if a file cannot be read or of no path both have a figure, and 0 whatever differs.")
public final class CompareCommand implements Callable<Integer> {
    /** Where these differ the figures are of two machines or two JDKs; other facts that differ are noted. */
    private static final List<String> MUST_AGREE = List.of("kernel", "java", "processor", "processors", "clock_source",
        "clock", "virtualisation");

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "BEFORE", description = "results.json of 'sluice bench -o DIR'")
    private Path before;

    @Parameters(index = "1", paramLabel = "AFTER", description = "the one that is compared with it")
    private Path after;

    @Override
    public Integer call() {
        final PrintWriter out = spec.commandLine().getOut();
        try {
            // Jackson takes files, which are relative to where the JVM was started and not to user.dir.
            return print(out, ResultsFile.read(before.toAbsolutePath()), ResultsFile.read(after.toAbsolutePath()))
                ? 0 : 1;
        } catch (final IOException e) {
            spec.commandLine().getErr().println("sluice bench compare: the results cannot be read: " + e.getMessage());
            return 1;
        }
    }

    /** Returns whether there was anything to compare. */
    private static boolean print(final PrintWriter out, final ResultsFile before, final ResultsFile after) {
        MUST_AGREE.forEach(fact -> printDifference(out, "", fact, before, after));
        final Set<String> others = new LinkedHashSet<>(before.environment().keySet());
        others.addAll(after.environment().keySet());
        MUST_AGREE.forEach(others::remove);
        others.forEach(fact -> printDifference(out, "noted: ", fact, before, after));
        final List<Comparison.Line> lines = Comparison.of(before, after);
        final Map<String, String> leftOut = Comparison.leftOut(before, after);
        leftOut.forEach((name, why) -> out.printf("%-21s not compared: %s%n", name, PathTable.cut(why)));
        if (lines.isEmpty()) {
            out.println("nothing can be said: of no path both files have a figure");
            out.flush();
            return false;
        }
        out.printf("%-21s %10s %10s  %-24s %s%n", "path", "before, ns", "after, ns", "after / before", "");
        for (final Comparison.Line line : lines) {
            out.printf("%-21s %10.2f %10.2f  %-24s %s%n", line.name(), line.before(), line.after(),
                String.format(Double.isNaN(line.low()) ? "%.3f" : "%.3f [%.3f, %.3f]", line.ratio(), line.low(),
                    line.high()), line.verdict().text());
        }
        final long differences = lines.stream().filter(line -> line.verdict() == Comparison.Verdict.SLOWER
            || line.verdict() == Comparison.Verdict.FASTER).count();
        final boolean isTold = lines.stream().anyMatch(line -> line.verdict() != Comparison.Verdict.TOO_FEW);
        out.println(isTold ? differences + " of " + lines.size() + " differ" : "nothing can be said: each file needs "
            + Comparison.ENOUGH + " rounds of a path");
        out.flush();
        return true;
    }

    private static void printDifference(final PrintWriter out, final String mark, final String fact,
                                        final ResultsFile before, final ResultsFile after) {
        final String first = before.environment().getOrDefault(fact, "unknown");
        final String second = after.environment().getOrDefault(fact, "unknown");
        if (!first.equals(second)) {
            out.printf("%s%s differs: %s, and %s%n", mark, fact, first, second);
        }
    }
}
