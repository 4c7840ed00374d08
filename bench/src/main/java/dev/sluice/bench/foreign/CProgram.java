// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.foreign;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.HardwareCounters;
import dev.sluice.bench.measure.HardwareCounts;
import dev.sluice.bench.measure.ProcessorTime;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * A program in C, one of those beside this class, which runs the loop of {@code loop.h}. It is compiled each time it
 * runs. Immutable.
 *
 * @param source      the file
 * @param flags       of the compiler, after the usual ones
 * @param environment variables of the program
 */
public record CProgram(String source, List<String> flags, Map<String, String> environment) {
    private static final List<String> RESOURCES = List.of("loop.h", "lttng_events.h");
    private static final int PATIENCE_S = 120;
    private static final String READY = "ready ";
    private static final String WARM = "warm ";
    private static final String FIRED = "fired ";

    /**
     * What came of it.
     *
     * @param ns     of an event, in each iteration
     * @param fired  events in all, those of the warm-up included
     * @param stored what the other side found
     * @param spent  processor time from the end of the warm-up on
     */
    public record Outcome(double[] ns, long fired, Stored stored, ProcessorTime.PerEvent spent) {
    }

    /**
     * Compiles and runs it.
     *
     * @param directory  for files
     * @param side       who listens
     * @param warmUpMs   not measured
     * @param iterations that are measured
     * @param lengthMs   of each
     */
    public Outcome run(final Path directory, final OtherSide side, final int warmUpMs, final int iterations,
                       final int lengthMs) throws IOException, InterruptedException {
        final Path program = compile(directory);
        try (side) {
            side.open(directory);
            final ProcessBuilder builder = new ProcessBuilder(program.toString(), Integer.toString(warmUpMs),
                Integer.toString(iterations), Integer.toString(lengthMs))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().putAll(environment);
            final Process process = builder.start();
            // A program that hangs is ended, upon which no line comes any more.
            final Executor later = CompletableFuture.delayedExecutor(PATIENCE_S
                + TimeUnit.MILLISECONDS.toSeconds(warmUpMs + (long) iterations * lengthMs), TimeUnit.SECONDS);
            final CompletableFuture<Void> watch = CompletableFuture.runAsync(process::destroyForcibly, later);
            try (BufferedReader lines = process.inputReader();
                HardwareCounters counters = HardwareCounters.of(process.pid())) {
                side.attach(process.pid(), program, number(lines, READY));
                process.getOutputStream().write('\n');
                process.getOutputStream().flush();
                final long warm = number(lines, WARM);
                final ProcessorTime before = ProcessorTime.of(process.pid());
                final HardwareCounts countsBefore = counters.now();
                final double[] ns = new double[iterations];
                for (int i = 0; i < iterations; i++) {
                    ns[i] = Double.parseDouble(line(lines));
                }
                final long fired = number(lines, FIRED);
                final ProcessorTime.PerEvent spent = ProcessorTime.of(process.pid()).since(before, fired - warm)
                    .with(counters.now().since(countsBefore, fired - warm), Double.NaN);
                return new Outcome(ns, fired, side.finish(fired).requireAtMost(fired), spent);
            } finally {
                watch.cancel(false);
                process.destroyForcibly().onExit().join();
            }
        }
    }

    private Path compile(final Path directory) throws IOException, InterruptedException {
        for (final String file : RESOURCES) {
            SourceFile.write(file, directory);
        }
        final Path program = directory.resolve(source.substring(0, source.lastIndexOf('.')));
        SourceFile.compileC(SourceFile.write(source, directory), program, flags);
        return program;
    }

    private static long number(final BufferedReader lines, final String what) throws IOException {
        final String line = line(lines);
        if (!line.startsWith(what)) {
            throw new IllegalStateException("the program has said: " + line);
        }
        return Long.parseLong(line.substring(what.length()));
    }

    private static String line(final BufferedReader lines) throws IOException {
        final String line = lines.readLine();
        if (line == null) {
            throw new IllegalStateException("the program has ended early");
        }
        return line;
    }
}
