// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.usdt.Tsc;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice bench}: runs the JMH benchmarks and prints every figure beside the clock read of the same run. */
@Command(name = "sluice bench", mixinStandardHelpOptions = true,
    description = "Measures what an event costs the thread that fires it.")
public final class Main implements Callable<Integer> {
    private static final String EMPTY = "empty";
    private static final double CONFIDENCE = 0.999;
    private static final int FIRST_WITH_FFM = 22;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-o", "--output"}, paramLabel = "DIR",
        description = "writes DIR/results.json and JMH's own DIR/jmh.json")
    private Path directory;

    @Option(names = "--clock", paramLabel = "nano|tsc", defaultValue = "nano",
        description = "clock of the events (default: nano); tsc needs Java 22")
    private String clock;

    @Option(names = "--quick", description = "one fork and short iterations: to see that it works, not to quote")
    private boolean isQuick;

    @Option(names = "--include", paramLabel = "REGEX", defaultValue = "",
        description = "benchmarks whose name matches (default: all)")
    private String include;

    @Option(names = "--trap", description = "measures one trap an event instead: semaphore down and up, bytes at the"
        + " site, file and memfd, FFM and JNA; needs root")
    private boolean isTrap;

    private Main() {
    }

    /** Entry of the launcher. */
    public static void main(final String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws RunnerException, IOException {
        final Class<?> benchmarks = isTrap ? TrapBenchmark.class : FireBenchmark.class;
        final ChainedOptionsBuilder options = new OptionsBuilder()
            .include(benchmarks.getSimpleName() + ".*" + include)
            .jvmArgsAppend("-Dsluice.clock=" + clock);
        if (!Tsc.isSound()) {
            if ("tsc".equals(clock)) {
                spec.commandLine().getErr().println("sluice bench: --clock tsc is refused: " + Tsc.reason());
                return 1;
            }
            options.exclude(FireBenchmark.class.getSimpleName() + ".tsc");
        }
        if (isTrap && Runtime.version().feature() < FIRST_WITH_FFM) {
            options.param("calls", "jna");
        }
        if (isQuick) {
            options.forks(1).warmupIterations(2).measurementIterations(2)
                .warmupTime(TimeValue.milliseconds(100)).measurementTime(TimeValue.milliseconds(100));
        }
        if (directory != null) {
            Files.createDirectories(directory);
            options.resultFormat(ResultFormatType.JSON).result(directory.resolve("jmh.json").toString());
        }
        final Collection<RunResult> results = new Runner(options.build()).run();
        final TreeMap<String, RunResult> byName = new TreeMap<>();
        results.forEach(r -> byName.put(nameOf(r), r));
        print(byName);
        if (directory != null) {
            write(byName);
        }
        return 0;
    }

    /** With the parameters, if there are any. */
    private static String nameOf(final RunResult result) {
        final StringBuilder name = new StringBuilder(result.getPrimaryResult().getLabel());
        for (final String parameter : result.getParams().getParamsKeys()) {
            name.append(' ').append(result.getParams().getParam(parameter));
        }
        return name.toString();
    }

    private void print(final TreeMap<String, RunResult> results) {
        final PrintWriter out = spec.commandLine().getOut();
        final String clockName = "tsc".equals(clock) ? "tsc" : "nanoTime";
        out.printf("%n%-28s %10s %18s %16s %16s%n", "", "ns", "99.9 % interval", "over empty", "over " + clockName);
        results.forEach((name, result) -> out.printf("%-28s %10.2f %8.2f to %6.2f %16s %16s%n", name,
            result.getPrimaryResult().getScore(), low(result), high(result), over(results, result, EMPTY),
            over(results, result, clockName)));
        out.flush();
    }

    private static double low(final RunResult result) {
        return bound(result, 0, result.getPrimaryResult().getStatistics().getMin());
    }

    private static double high(final RunResult result) {
        return bound(result, 1, result.getPrimaryResult().getStatistics().getMax());
    }

    /** A bound of the interval, or the extreme where there are too few samples for one. */
    private static double bound(final RunResult result, final int side, final double extreme) {
        final double bound = result.getPrimaryResult().getStatistics().getConfidenceIntervalAt(CONFIDENCE)[side];
        return Double.isNaN(bound) ? extreme : bound;
    }

    private static String over(final TreeMap<String, RunResult> results, final RunResult result, final String base) {
        final RunResult other = results.get(base);
        return other == null ? "-" : String.format("%+.2f",
            result.getPrimaryResult().getScore() - other.getPrimaryResult().getScore());
    }

    private void write(final TreeMap<String, RunResult> results) throws IOException {
        final ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        final ObjectNode root = mapper.createObjectNode();
        root.put("clock", clock).put("java", Runtime.version().toString()).put("quick", isQuick)
            .put("kernel", System.getProperty("os.version"));
        final ArrayNode paths = root.putArray("paths");
        results.forEach((name, result) -> paths.addObject().put("name", name)
            .put("ns_per_event", result.getPrimaryResult().getScore()).put("low", low(result)).put("high", high(result))
            .put("samples", result.getPrimaryResult().getStatistics().getN()));
        final List<RunResult> pair = List.of(results.getOrDefault("disabledTwo", results.firstEntry().getValue()),
            results.getOrDefault(EMPTY, results.firstEntry().getValue()));
        final double disabled = pair.get(0).getPrimaryResult().getScore() - pair.get(1).getPrimaryResult().getScore();
        final ArrayNode targets = root.putArray("targets");
        if (results.containsKey("disabledTwo") && results.containsKey(EMPTY)) {
            targets.addObject().put("name", "disabled over empty loop, ns").put("target", 0.5).put("measured", disabled)
                .put("pass", disabled <= 0.5);
        }
        mapper.writeValue(directory.resolve("results.json").toFile(), root);
    }
}
