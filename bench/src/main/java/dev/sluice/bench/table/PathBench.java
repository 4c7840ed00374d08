// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.usdt.Tsc;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Measures every way that was chosen, prints the table, and writes the file of results. For one thread. */
public final class PathBench {
    private static final String NONE = "none";
    private static final int QUICK_TURN_S = 6;
    private static final int FULL_TURN_S = 9;

    private final PrintWriter out;
    private final PrintWriter progress;
    private final List<String> clockFlags;
    private final boolean isTsc;
    private final List<Contestant> contestants;

    /**
     * For one run.
     *
     * @param out      where the table goes
     * @param progress where it says what is being measured
     * @param clock    of the events: a name, or {@code auto}
     * @param paths    patterns of those of Sluice and the kernel, with commas between; {@code none} for none
     * @param rivals   the same of the others
     * @throws IllegalArgumentException if a pattern matches nobody; the message says what there is
     */
    public PathBench(final PrintWriter out, final PrintWriter progress, final String clock, final String paths,
                     final String rivals) {
        this.out = out;
        this.progress = progress;
        clockFlags = "auto".equals(clock) ? List.of() : List.of("-Dsluice.clock=" + clock);
        isTsc = ("auto".equals(clock) || "tsc".equals(clock)) && Tsc.isSound();
        final List<Contestant> all = Catalogue.of(clockFlags);
        contestants = Stream.concat(choose("--paths", paths, all.stream().filter(one -> !one.isRival()).toList()),
            choose("--rivals", rivals, all.stream().filter(Contestant::isRival).toList())).toList();
    }

    private static Stream<Contestant> choose(final String option, final String patterns,
                                             final List<Contestant> among) {
        if (patterns.equals(NONE)) {
            return Stream.empty();
        }
        final List<String> wanted = Arrays.stream(patterns.split(",")).map(PathBench::expression).toList();
        for (int i = 0; i < wanted.size(); i++) {
            final String expression = wanted.get(i);
            if (among.stream().noneMatch(one -> one.name().matches(expression))) {
                throw new IllegalArgumentException(option + ": nobody is called '" + patterns.split(",")[i]
                    + "'; there are " + String.join(", ", among.stream().map(Contestant::name).toList()));
            }
        }
        return among.stream().filter(one -> wanted.stream().anyMatch(one.name()::matches));
    }

    /** A regular expression for a pattern with * and ?. */
    private static String expression(final String pattern) {
        return pattern.strip().replaceAll("[^A-Za-z0-9*?-]", "_").replace("*", ".*").replace("?", ".");
    }

    /**
     * Measures.
     *
     * @param rounds    how many
     * @param isQuick   whether turns are short
     * @param seed      of the order
     * @param root      of the checkout
     * @param directory where results.json goes; null for nowhere
     * @param command   that measures, for the results
     * @return whether everyone who could take part was measured
     */
    public boolean run(final int rounds, final boolean isQuick, final long seed, final Path root, final Path directory,
                       final String command) throws IOException, InterruptedException {
        return run(rounds, isQuick ? Effort.QUICK : Effort.FULL, seed,
            Environment.now(root, clockFlags.isEmpty() ? isTsc ? "tsc" : "nano" : clockFlags.get(0)
                .substring(clockFlags.get(0).indexOf('=') + 1), command), directory);
    }

    boolean run(final int rounds, final Effort effort, final long seed, final Environment environment,
                final Path directory) throws IOException, InterruptedException {
        final long turns = rounds * contestants.stream().filter(one -> !one.isMissing()).count();
        final long seconds = turns * (effort == Effort.FULL ? FULL_TURN_S : QUICK_TURN_S);
        progress.printf("%d turns, about %d minutes on an idle machine; order by seed %d%n", turns,
            Math.max(1, seconds / 60), seed);
        out.println(environment.text());
        final PathResults results = new PathRounds(contestants, effort, progress).run(rounds, seed);
        final List<PathTargets.Target> targets = PathTargets.of(results, isTsc);
        new PathTable(out).print(results, targets, environment);
        if (directory != null) {
            ResultsFile.write(directory.resolve("results.json"), results, targets, environment);
        }
        return results.rows().stream().allMatch(row -> !row.missing().isEmpty() || row.isMeasured());
    }
}
