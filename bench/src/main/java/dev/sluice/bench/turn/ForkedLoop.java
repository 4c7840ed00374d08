// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.turn;

import dev.sluice.bench.fire.Account;
import dev.sluice.bench.fire.FireLoop;
import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.MeasuredPath;
import dev.sluice.bench.fire.ThreadsLoop;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs the loop around one way in Java, by JMH, in a JVM of its own. Immutable. */
public final class ForkedLoop implements Contestant.Runner {
    private static final String ALLOCATION = "gc.alloc.rate.norm";
    /** An iteration, with opening and with counting on the other side. */
    private static final int PATIENCE_S = 240;
    private static final int LINES_TOLD = 6;

    private final Class<?> loop;
    private final int threads;
    private final Class<? extends FirePath> path;
    private final String argument;
    private final List<String> flags;

    /**
     * For turns.
     *
     * @param path     the way
     * @param argument of its constructor; empty for none
     * @param flags    of its JVM, after those of this one
     */
    public ForkedLoop(final Class<? extends FirePath> path, final String argument, final List<String> flags) {
        this(FireLoop.class, 1, path, argument, flags);
    }

    private ForkedLoop(final Class<?> loop, final int threads, final Class<? extends FirePath> path,
                       final String argument, final List<String> flags) {
        this.loop = loop;
        this.threads = threads;
        this.path = path;
        this.argument = argument;
        this.flags = List.copyOf(flags);
    }

    /** The same for threads that fire at once, one or more: the ns are those that a thread takes for an event. */
    public static ForkedLoop ofThreads(final int threads, final Class<? extends FirePath> path, final String argument,
                                       final List<String> flags) {
        return new ForkedLoop(ThreadsLoop.class, threads, path, argument, flags);
    }

    @Override
    public Turn run(final Path directory, final Effort effort) throws IOException {
        // The lock is one for the whole machine: it would fail whoever measures something else.
        System.setProperty("jmh.ignoreLock", "true");
        final Path account = directory.resolve("account");
        final Path files = Files.createDirectory(directory.resolve("files"));
        final List<String> properties = new ArrayList<>(flags);
        properties.addAll(MeasuredPath.properties(path, argument, account, files));
        final ChainedOptionsBuilder options = new OptionsBuilder()
            .include(loop.getName().replace(".", "\\.") + "\\.event$").forks(1).threads(threads)
            .jvmArgsAppend(properties.toArray(String[]::new)).addProfiler(GCProfiler.class)
            .warmupIterations(effort.warmUps()).warmupTime(TimeValue.milliseconds(effort.warmUpMs()))
            .measurementIterations(effort.iterations())
            .measurementTime(TimeValue.milliseconds(effort.iterationMs()))
            .timeout(TimeValue.seconds(PATIENCE_S)).shouldFailOnError(true);
        final ByteArrayOutputStream log = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(log, true, StandardCharsets.UTF_8)) {
            return turn(new Runner(options.build(),
                OutputFormatFactory.createFormatInstance(out, VerboseMode.NORMAL)).run(), Account.read(account));
        } catch (final RunnerException e) {
            final Account told = Account.read(account);
            return Turn.failed(Files.exists(account) ? told.failure() : lastLines(log) + e.getMessage());
        }
    }

    private Turn turn(final Collection<RunResult> results, final Account account) {
        if (!account.failure().isEmpty() || results.isEmpty()) {
            return Turn.failed(account.failure());
        }
        final RunResult result = results.iterator().next();
        final List<Double> ns = new ArrayList<>();
        result.getBenchmarkResults().forEach(fork -> {
            for (final IterationResult iteration : fork.getIterationResults()) {
                ns.add(ns(iteration.getPrimaryResult().getScore()));
            }
        });
        final double[] bytes = {Double.NaN};
        result.getSecondaryResults().forEach((name, other) -> {
            if (name.endsWith(ALLOCATION)) {
                bytes[0] = other.getScore();
            }
        });
        return new Turn(ns, bytes[0], account.fired(), account.stored(), account.spent(), "");
    }

    /** Of {@link ThreadsLoop} it is the rate of all threads, of {@link FireLoop} the time. */
    private double ns(final double score) {
        return loop.equals(ThreadsLoop.class) ? threads / score : score;
    }

    private static String lastLines(final ByteArrayOutputStream log) {
        final List<String> lines = log.toString(StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank())
            .map(String::strip).toList();
        return String.join(" ", lines.subList(Math.max(0, lines.size() - LINES_TOLD), lines.size())) + " ";
    }
}
