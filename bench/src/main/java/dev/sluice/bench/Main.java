// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.bench.Goals.Goal;
import dev.sluice.bench.measure.Leftovers;
import dev.sluice.bench.measure.Median;
import dev.sluice.bench.rivals.BesideJfr;
import dev.sluice.bench.table.CompareCommand;
import dev.sluice.bench.table.Environment;
import dev.sluice.bench.table.PathBench;
import dev.sluice.bench.table.TableCommand;
import dev.sluice.os.Ffm;
import dev.sluice.usdt.Tsc;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine;

/**
 * {@code sluice bench}: measures every way to report an event in rounds, or what an option asks for instead.
 */
@Command(name = "sluice bench", mixinStandardHelpOptions = true,
    subcommands = {CompareCommand.class, TableCommand.class},
    description = "Measures what an event costs the thread that reports it: by Sluice, by a trap into the kernel, by"
        + " other tracers, logs and queues. In each round every path runs once, in a process of its own, in random"
        + " order; what each has stored is counted on the other side. docs/benchmarking.md says what each includes.")
public final class Main implements Callable<Integer> {
    private static final String EMPTY = "empty";
    private static final String TSC = "tsc";
    private static final String BY_BPF = "twoByBpf";
    private static final int WRONG_USAGE = 2;
    private static final String COARSE = "coarse";
    private static final String SAMPLED = "sampled";

    @Spec
    private CommandSpec spec;

    @Option(names = {"-o", "--output"}, paramLabel = "DIR",
        description = "writes DIR/results.json and the same as a page for a browser, DIR/report.html; with --jmh or"
            + " --trap JMH's own DIR/jmh-ROUND.json in place of the page. Rounds that have ended are kept in"
            + " DIR/rounds.jsonl until all have: after an interruption, Ctrl-C too, the same command goes on behind"
            + " them")
    private Path directory;

    @Option(names = "--clock", paramLabel = "nano|tsc|coarse|sampled", defaultValue = "nano",
        description = "clock of the events (default: the one that programs take; with --jmh, --pairs and"
            + " --trap: nano); of a sampled one the whole cost of an event is measured,"
            + " and not what it costs beyond a bare reading")
    private String clock;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "10", description = "rounds (default: 10)")
    private int rounds;

    @Option(names = "--quick", description = "one round of short iterations: to see that it works, not to quote")
    private boolean isQuick;

    @Option(names = "--paths", paramLabel = "PATTERNS",
        description = "paths of Sluice and the kernel to measure, with commas between and * as in a shell; none for"
            + " none (default: all, but none with --sweep)")
    private String paths;

    @Option(names = "--rivals", paramLabel = "PATTERNS",
        description = "the same for other tracers, logs and queues")
    private String rivals;

    @Option(names = "--sweep", paramLabel = "NAMES",
        description = "what to vary, with commas between: batch (events per trap, 1 to 4,096, with the model fitted),"
            + " payload (0 to 8 longs, texts), threads (1, 2, 4, 8 that fire at once), chunk (4 to 64 KiB) and ring"
            + " (256 KiB to 32 MiB: traps, what is not stored), clock (tsc, nano, sampled, coarse), rate (1,000 a"
            + " second to full, what is lost under each policy), latency (single fires when they are due, p50 to the"
            + " longest), workload (queries to a database that report events), all, or none (default: all, but none"
            + " with --quick, --paths or --rivals)")
    private String sweeps;

    @Option(names = "--seed", paramLabel = "N", description = "for the order of a run that is repeated")
    private Long seed;

    @Option(names = "--jmh", description = "measures pairs for the goals and then variants of our own event, by JMH in"
        + " rounds, instead: fields, strategies, interfaces, what they allocate")
    private boolean isJmh;

    @Option(names = "--include", paramLabel = "REGEX", defaultValue = "",
        description = "with --jmh or --trap, benchmarks whose name matches (default: all); the bases are always there")
    private String include;

    @Option(names = "--trap", description = "measures one trap an event instead: semaphore down and up, bytes at the"
        + " site, file and memfd, FFM and JNA; needs root")
    private boolean isTrap;

    @Option(names = "--pairs", description = "takes bare clock and events in turns of 50 us, a JVM for each event:"
        + " what the goals are judged by, in those turns around which the bare clock read at its best, so that no"
        + " neighbour on the same core had a part in it; alone, without JMH's table")
    private boolean isPairs;

    @Option(names = "--sustained", description = "records a program that fires as fast as it can, by one thread and by"
        + " two, and prints events a second, beside a plain copy of as many bytes to a new mapped file; then what the"
        + " policy discard refuses of one second of that. A minute a round; needs 4 GB in DIR, or in the directory for"
        + " temporary files")
    private boolean isSustained;

    @Option(names = "--jfr", description = "measures an event of JFR beside ours instead, in turns in one program, both"
        + " recorded and stored and then read back; JFR's with its stack trace as well. Half a minute a round")
    private boolean isBesideJfr;

    @Option(names = "--reading", description = "measures reading a trace back instead: in time order, with a condition,"
        + " printing, exporting to Parquet and CSV, a query; beside babeltrace2, 'jfr print' and DuckDB reading CSV on"
        + " as many events of the same kind. A minute, and half a minute a round")
    private boolean isReading;

    @Option(names = "--large", paramLabel = "GB", arity = "0..1", fallbackValue = "10", defaultValue = "0",
        description = "makes a trace of GB (10) gigabytes instead, in DIR or in the directory for temporary files, and"
            + " measures opening it, and reading one second in its middle, with a heap of 512 MiB")
    private int largeGigabytes;

    /** Of this machine before anything was measured, where results are written. */
    private Environment environment;

    Main() {
    }

    /** Entry of the launcher. */
    public static void main(final String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws RunnerException, IOException {
        if (!List.of("nano", TSC, COARSE, SAMPLED).contains(clock) || rounds < 1 || isPairs && COARSE.equals(clock)) {
            throw new ParameterException(spec.commandLine(), "--clock is nano, tsc, sampled or, without --pairs,"
                + " coarse, and --rounds at least 1: clock=" + clock + " rounds=" + rounds);
        }
        if (TSC.equals(clock) && !Tsc.isSound()) {
            spec.commandLine().getErr().println("sluice bench: --clock tsc is refused: " + Tsc.reason());
            return WRONG_USAGE;
        }
        final String problem = problem();
        if (!problem.isEmpty()) {
            throw new ParameterException(spec.commandLine(), problem);
        }
        if (directory == null) {
            return measure();
        }
        final OutputDirectory output;
        try {
            output = OutputDirectory.make(directory);
        } catch (final IllegalStateException e) {
            spec.commandLine().getErr().println("sluice bench: " + e.getMessage());
            return WRONG_USAGE;
        }
        try {
            directory = output.path();
            return measure();
        } finally {
            output.removeIfEmpty();
        }
    }

    private int measure() throws RunnerException, IOException {
        if (directory != null) {
            environment = Environment.now(Path.of(System.getProperty("sluice.root")), clockOfEvents(), command());
        }
        if (isReading) {
            return reading();
        }
        if (largeGigabytes > 0) {
            return large();
        }
        if (isSustained) {
            return sustained();
        }
        if (isBesideJfr) {
            return besideJfr();
        }
        if (isPairs) {
            return pairs();
        }
        return isJmh || isTrap || !include.isEmpty() ? rounds() : allPaths();
    }

    /** What is wrong with the options besides the clock and the number of rounds; empty if nothing is. */
    private String problem() {
        if (directory != null && directory.toString().isEmpty()) {
            return "-o names a directory; for the one in which you are it is '.'";
        }
        if (isGiven("--large") && largeGigabytes < 1) {
            return "--large is at least 1 GB: large=" + largeGigabytes;
        }
        return OptionRules.problem(option -> isGiven(option) && !(rounds == 1 && "--rounds".equals(option)));
    }

    private boolean isGiven(final String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    private int allPaths() throws IOException {
        final String others = sweeps != null && !"none".equals(sweeps) ? "none" : "*";
        final PathBench bench;
        try {
            bench = new PathBench(spec.commandLine().getOut(), spec.commandLine().getErr(),
                isClockAskedFor() ? clock : "auto", chosen(paths, others), chosen(rivals, others),
                chosen(sweeps, isQuick || paths != null || rivals != null ? "none" : "all"));
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        try {
            return bench.run(isQuick ? 1 : rounds, isQuick, seed, Path.of(System.getProperty("sluice.root")), directory,
                command()) ? 0 : 1;
        } catch (final IllegalStateException e) {
            spec.commandLine().getErr().println("sluice bench: " + e.getMessage());
            return 1;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private static String chosen(final String option, final String otherwise) {
        return option != null ? option : otherwise;
    }

    private int rounds() throws RunnerException, IOException {
        final List<Goal> goals = new ArrayList<>();
        if (!isTrap && include.isEmpty() && !COARSE.equals(clock)) {
            goals.addAll(measurePairs());
        }
        final Rounds results = new Rounds();
        for (int round = 1; round <= (isQuick ? 1 : rounds); round++) {
            spec.commandLine().getErr().printf("round %d of %d%n", round, isQuick ? 1 : rounds);
            results.add(new Runner(options(round).build()).run());
        }
        print(results);
        goals.addAll(Goals.of(results));
        print(goals);
        if (directory != null) {
            write(results, goals);
        }
        return 0;
    }

    private int sustained() throws IOException {
        final Path traces = directory != null ? directory : Leftovers.directory();
        final Sustained sustained = new Sustained(Path.of(System.getProperty("sluice.root")), traces, clockFlags(),
            spec.commandLine().getOut());
        try {
            final List<Sustained.Floor> floors = sustained.measure(isQuick ? 1 : rounds, isRoot());
            if (directory == null) {
                Leftovers.remove(traces);
            } else {
                final ObjectNode root = new ObjectMapper().createObjectNode();
                head(root);
                sustained.write(root.putObject("sustained"));
                final ArrayNode targets = root.putArray("targets");
                floors.forEach(floor -> add(targets, new Goal(floor.name(), floor.limit(), floor.measured(), true)));
                write(root);
            }
            return 0;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    /** A traced program takes the clock that programs take, unless a clock was asked for. */
    private List<String> clockFlags() {
        return isClockAskedFor() ? List.of("-Dsluice.clock=" + clock) : List.of();
    }

    /** For the results: what a program takes by default is one or the other. */
    private String clockOfEvents() {
        return isClockAskedFor() || !isSustained && !isBesideJfr ? clock : Tsc.isSound() ? TSC : "nano";
    }

    private String command() {
        return "sluice bench " + String.join(" ", spec.commandLine().getParseResult().originalArgs());
    }

    private boolean isClockAskedFor() {
        return isGiven("--clock");
    }

    private int besideJfr() throws IOException {
        final Path files = directory != null ? directory : Leftovers.directory();
        try {
            final Map<String, Median> medians = new BesideJfr(Path.of(System.getProperty("sluice.root")), files,
                clockFlags()).measure(isQuick ? 1 : rounds, isQuick, isRoot() ? "bpf" : "shared");
            medians.forEach((name, median) -> spec.commandLine().getOut().printf("%s: %.2f [%.2f, %.2f]%s%n", name,
                median.value(), median.low(), median.high(), name.startsWith(BesideJfr.RATIO) ? " times"
                    : name.equals(BesideJfr.LOST) ? "" : " ns"));
            final List<Goal> goals =
                isClockAskedFor() && !TSC.equals(clock) ? List.of() : Goals.besideJfr(medians);
            print(goals);
            if (directory == null) {
                Leftovers.remove(files);
            } else {
                write(new Rounds(), goals);
            }
            return 0;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private int reading() throws IOException {
        final List<Goal> goals =
            Goals.ofReading(Reading.measure(spec.commandLine().getOut(), isQuick ? 1 : rounds));
        print(goals);
        if (directory != null) {
            write(new Rounds(), goals);
        }
        return 0;
    }

    private int large() throws IOException {
        final Path parent = directory != null ? directory : Leftovers.directory();
        try {
            final Map<String, Median> seconds =
                LargeReading.measure(spec.commandLine().getOut(), parent, largeGigabytes, isQuick ? 1 : rounds);
            final List<Goal> goals = seconds.isEmpty() ? List.of() : Goals.ofLarge(seconds);
            print(goals);
            if (directory != null) {
                write(new Rounds(), goals);
            }
            return goals.isEmpty() ? 1 : 0;
        } finally {
            if (directory == null) {
                Leftovers.remove(parent);
            }
        }
    }

    private int pairs() throws IOException {
        final List<Goal> goals = measurePairs();
        print(goals);
        if (directory != null) {
            write(new Rounds(), goals);
        }
        return goals.isEmpty() ? 1 : 0;
    }

    private List<Goal> measurePairs() throws IOException {
        spec.commandLine().getErr().println("pairs of the bare clock and an event");
        final Map<String, Median> medians = Pairs.measure(clock, isQuick ? 1 : rounds, isRoot());
        final PrintWriter out = spec.commandLine().getOut();
        medians.forEach((name, median) -> {
            if (name.equals(PairsProgram.CLOCK)) {
                out.printf("clock %s: %.2f ns [%.2f, %.2f]%n", clock, median.value(), median.low(), median.high());
            } else if (name.equals(PairsProgram.SHARE)) {
                out.printf("undisturbed: %.0f %% of turns [%.0f, %.0f]%n", 100 * median.value(), 100 * median.low(),
                    100 * median.high());
            } else if (!Goals.isJudged(name)) {
                out.printf("%s: %+.2f ns [%+.2f, %+.2f]%n", name, median.value(), median.low(), median.high());
            }
        });
        return Goals.of(medians, clock);
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private void print(final List<Goal> goals) {
        for (final Goal goal : goals) {
            spec.commandLine().getOut().printf("%s %s: %s %.2f, measured %.2f [%.2f, %.2f]%n",
                goal.isMet() ? "met   " : "MISSED", goal.name(), goal.isAtLeast() ? "at least" : "at most",
                goal.limit(), goal.measured().value(),
                goal.measured().low(), goal.measured().high());
        }
        spec.commandLine().getOut().flush();
    }

    private ChainedOptionsBuilder options(final int round) {
        final String benchmarks = (isTrap ? TrapBenchmark.class : FireBenchmark.class).getSimpleName() + "\\.";
        final ChainedOptionsBuilder options = new OptionsBuilder()
            .jvmArgsAppend("-Dsluice.clock=" + clock).addProfiler(GCProfiler.class).forks(1)
            .warmupIterations(3).measurementIterations(3).verbosity(VerboseMode.SILENT)
            .warmupTime(TimeValue.milliseconds(isQuick ? 100 : 300))
            .measurementTime(TimeValue.milliseconds(isQuick ? 100 : 300));
        if (include.isEmpty()) {
            options.include(benchmarks);
        } else {
            options.include(benchmarks + ".*(" + include + ")").include(benchmarks + "(empty|nanoTime|tsc)$");
        }
        if (!Tsc.isSound()) {
            options.exclude(benchmarks + "tsc$");
        }
        if (!isRoot()) {
            options.exclude(benchmarks + BY_BPF + ".*");
        }
        if (isTrap && !Ffm.isPresent()) {
            options.param("calls", "jni", "jna");
        }
        if (directory != null) {
            options.resultFormat(ResultFormatType.JSON).result(directory.resolve("jmh-" + round + ".json").toString());
        }
        return options;
    }

    /** The clock whose bare read is the base. A coarse one is read like any word: nothing is taken off. */
    private String base() {
        return switch (clock) {
            case TSC -> TSC;
            case "nano" -> "nanoTime";
            default -> EMPTY;
        };
    }

    private void print(final Rounds results) {
        final PrintWriter out = spec.commandLine().getOut();
        out.printf("%n%-28s %8s %8s   %-24s %-24s%n", "", "ns", "B/op", "over empty", "over " + base());
        for (final String name : results.names()) {
            out.printf("%-28s %8.2f %8.3f   %-24s %-24s%n", name, results.score(name).value(),
                results.allocation(name), over(results, name, EMPTY), over(results, name, base()));
        }
        out.println();
    }

    private static String over(final Rounds results, final String name, final String base) {
        if (!results.has(base) || name.equals(base)) {
            return "";
        }
        final Median median = results.over(name, base);
        return String.format("%+.2f [%+.2f, %+.2f]", median.value(), median.low(), median.high());
    }

    private void write(final Rounds results, final List<Goal> goals) throws IOException {
        final ObjectNode root = new ObjectMapper().createObjectNode();
        head(root);
        final ArrayNode paths = root.putArray("paths");
        for (final String name : results.names()) {
            final Median score = results.score(name);
            final ObjectNode path = paths.addObject().put("name", name).put("ns_per_event", score.value())
                .put("low", score.low()).put("high", score.high()).put("samples", score.count())
                .put("bytes_per_event", results.allocation(name));
            if (results.has(base())) {
                final Median over = results.over(name, base());
                path.putObject("over_clock").put("ns", over.value()).put("low", over.low()).put("high", over.high());
            }
        }
        final ArrayNode targets = root.putArray("targets");
        goals.forEach(goal -> add(targets, goal));
        write(root);
    }

    /** Adds a target as the results of all paths have theirs. */
    static void add(final ArrayNode targets, final Goal goal) {
        targets.addObject().put("name", goal.name()).put("target", goal.limit()).put("at_least", goal.isAtLeast())
            .put("measured", goal.measured().value()).put("low", goal.measured().low())
            .put("high", goal.measured().high()).put("rounds", goal.measured().count()).put("pass", goal.isMet());
    }

    private void head(final ObjectNode root) {
        environment.writeTo(root);
        root.put("clock", (isSustained || isBesideJfr) && !isClockAskedFor() ? "auto" : clock)
            .put("java", Runtime.version().toString()).put("quick", isQuick).put("rounds", isQuick ? 1 : rounds)
            .put("kernel", System.getProperty("os.version"));
    }

    private void write(final ObjectNode root) throws IOException {
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT)
            .writeValue(directory.resolve("results.json").toFile(), root);
    }
}
