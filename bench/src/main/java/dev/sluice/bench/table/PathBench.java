// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.entry.Catalogue;
import dev.sluice.bench.entry.RateSweep;
import dev.sluice.bench.entry.SingleFireSweep;
import dev.sluice.bench.entry.Sweep;
import dev.sluice.bench.entry.Sweeps;
import dev.sluice.bench.entry.WorkloadSweep;
import dev.sluice.bench.page.ResultsPage;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.turn.Effort;
import dev.sluice.bench.turn.KeptRounds;
import dev.sluice.usdt.Tsc;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
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
    private final List<Sweep> sweeps;

    /**
     * For one run.
     *
     * @param out      where the table goes
     * @param progress where it says what is being measured
     * @param clock    of the events: a name, or {@code auto}
     * @param paths    patterns of those of Sluice and the kernel, with commas between; {@code none} for none
     * @param rivals   the same of the others
     * @param sweeps   names of sweeps, with commas between; {@code all} or {@code none}
     * @throws IllegalArgumentException if a pattern matches nobody, or all together name nothing; the message says so
     */
    public PathBench(final PrintWriter out, final PrintWriter progress, final String clock, final String paths,
                     final String rivals, final String sweeps) {
        this.out = out;
        this.progress = progress;
        clockFlags = "auto".equals(clock) ? List.of() : List.of("-Dsluice.clock=" + clock);
        isTsc = ("auto".equals(clock) || "tsc".equals(clock)) && Tsc.isSound();
        final List<Contestant> all = Catalogue.of(clockFlags);
        contestants = new ArrayList<>();
        choose("--paths", paths, all.stream().filter(one -> !one.isRival()).toList()).forEach(contestants::add);
        choose("--rivals", rivals, all.stream().filter(Contestant::isRival).toList()).forEach(contestants::add);
        this.sweeps = Sweeps.of(sweeps, clockFlags);
        if (contestants.isEmpty() && this.sweeps.isEmpty()) {
            throw new IllegalArgumentException("nothing is to be measured: name a path, a rival or a sweep (--paths="
                + paths + " --rivals=" + rivals + " --sweep=" + sweeps + ")");
        }
        if (!this.sweeps.isEmpty() && contestants.stream().noneMatch(one -> one.name().equals(Catalogue.NOTHING))) {
            // What the bare loop costs is taken off each point.
            choose("", Catalogue.NOTHING, all).forEach(contestants::add);
        }
        this.sweeps.forEach(sweep -> sweep.points().forEach(point -> contestants.add(point.contestant())));
    }

    /** For one run of contestants that are given. */
    PathBench(final PrintWriter out, final PrintWriter progress, final List<Contestant> contestants) {
        this.out = out;
        this.progress = progress;
        clockFlags = List.of();
        isTsc = Tsc.isSound();
        this.contestants = List.copyOf(contestants);
        sweeps = List.of();
    }

    private static Stream<Contestant> choose(final String option, final String patterns,
                                             final List<Contestant> among) {
        if (patterns.equals(NONE)) {
            return Stream.empty();
        }
        final List<String> wanted = Arrays.stream(patterns.split(",")).map(PathBench::expression).toList();
        if (wanted.isEmpty()) {
            throw new IllegalArgumentException(option + ": '" + patterns + "' names nobody; 'none' leaves all out");
        }
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
     * Measures. With a directory, rounds that end are kept there until all have: a run that was interrupted goes on
     * when it is started again.
     *
     * @param rounds    how many
     * @param isQuick   whether turns are short
     * @param seed      of the order; null for any, or that of the run that goes on
     * @param root      of the checkout
     * @param directory where results.json and report.html go; null for nowhere
     * @param command   that measures, for the results
     * @return whether everyone who could take part was measured in every round
     * @throws IllegalStateException if the directory has rounds of another run; the message says what differs
     */
    public boolean run(final int rounds, final boolean isQuick, final Long seed, final Path root, final Path directory,
                       final String command) throws IOException, InterruptedException {
        return run(rounds, isQuick ? Effort.QUICK : Effort.FULL, seed,
            Environment.now(root, clockFlags.isEmpty() ? isTsc ? "tsc" : "nano" : clockFlags.get(0)
                .substring(clockFlags.get(0).indexOf('=') + 1), command), directory);
    }

    boolean run(final int rounds, final Effort effort, final Long seed, final Environment environment,
                final Path directory) throws IOException, InterruptedException {
        try (KeptRounds kept = directory == null
            ? KeptRounds.nowhere(seed == null ? System.nanoTime() : seed)
            : KeptRounds.in(directory, plan(rounds, effort, environment), seed)) {
            announce(rounds, effort, kept);
            out.println(environment.text());
            final PathResults results = run(rounds, effort, kept, directory);
            final List<PathTargets.Target> targets = PathTargets.of(results, isTsc);
            new PathTable(out).print(results.without(sweptNames()), targets, environment);
            final List<SweepResult> swept = sweeps.stream().map(sweep -> new SweepResult(sweep, results)).toList();
            swept.forEach(this::print);
            if (directory != null) {
                final Path file = directory.resolve("results.json");
                ResultsFile.write(file, results.without(sweptNames()), targets, swept, environment);
                ResultsPage.write(file, directory.resolve("report.html"));
            }
            kept.done();
            return results.rows().stream().noneMatch(PathResult::hasFailed);
        }
    }

    private void print(final SweepResult result) {
        switch (result.sweep().name()) {
            case RateSweep.NAME -> new RateTable(out).print(result);
            case SingleFireSweep.NAME -> new FireTable(out).print(result);
            case WorkloadSweep.NAME -> new WorkloadTable(out).print(result);
            default -> new SweepTable(out).print(result);
        }
    }

    private void announce(final int rounds, final Effort effort, final KeptRounds kept) {
        final int before = kept.rounds().size();
        if (before > 0) {
            progress.printf("%d of %d rounds had ended before, and are kept; this goes on behind them%n", before,
                rounds);
        }
        final long turns = Math.max(0, rounds - before) * contestants.stream().filter(one -> !one.isMissing()).count();
        final long seconds = turns * (effort == Effort.FULL ? FULL_TURN_S : QUICK_TURN_S);
        progress.printf("%d turns, about %d minutes on an idle machine; order by seed %d%n", turns,
            Math.max(1, seconds / 60), kept.seed());
    }

    private PathResults run(final int rounds, final Effort effort, final KeptRounds kept, final Path directory)
        throws IOException, InterruptedException {
        final Thread end = new Thread(() -> {
            final int finished = kept.end();
            if (directory != null) {
                progress.printf("%ninterrupted: %d of %d rounds have ended and are kept in %s; the same command goes on"
                    + " behind them%n", finished, rounds, directory.resolve(KeptRounds.FILE));
                progress.flush();
            }
        }, "bench-end");
        Runtime.getRuntime().addShutdownHook(end);
        final PathResults results = new PathRounds(contestants, effort, progress).run(rounds, kept);
        try {
            Runtime.getRuntime().removeShutdownHook(end);
        } catch (final IllegalStateException e) {
            throw (InterruptedException) new InterruptedException("the run is being ended").initCause(e);
        }
        return results;
    }

    private Set<String> sweptNames() {
        return sweeps.stream().flatMap(sweep -> sweep.points().stream()).map(point -> point.contestant().name())
            .collect(Collectors.toSet());
    }

    /** What must be the same for rounds to be put together. */
    private Map<String, String> plan(final int rounds, final Effort effort, final Environment environment) {
        final Map<String, String> plan = new LinkedHashMap<>();
        plan.put(KeptRounds.PATHS, String.join(",", contestants.stream().filter(one -> !one.isMissing())
            .map(Contestant::name).toList()));
        plan.put(KeptRounds.ROUNDS, Integer.toString(rounds));
        plan.put("turn", effort.toString());
        plan.putAll(environment.lasting());
        return plan;
    }
}
