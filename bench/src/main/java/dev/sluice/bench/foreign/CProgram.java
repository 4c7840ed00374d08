// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.foreign;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.Tool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private static final int COMPILE_S = 120;
    private static final int PATIENCE_S = 120;
    private static final String READY = "ready ";
    private static final String FIRED = "fired ";

    /**
     * What came of it.
     *
     * @param ns     of an event, in each iteration
     * @param fired  events in all, those of the warm-up included
     * @param stored what the other side found
     */
    public record Outcome(double[] ns, long fired, Stored stored) {
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
            try (BufferedReader lines = process.inputReader()) {
                side.attach(process.pid(), program, number(lines, READY));
                process.getOutputStream().write('\n');
                process.getOutputStream().flush();
                final double[] ns = new double[iterations];
                for (int i = 0; i < iterations; i++) {
                    ns[i] = Double.parseDouble(line(lines));
                }
                final long fired = number(lines, FIRED);
                return new Outcome(ns, fired, side.finish(fired));
            } finally {
                watch.cancel(false);
                process.destroyForcibly().onExit().join();
            }
        }
    }

    private Path compile(final Path directory) throws IOException, InterruptedException {
        final List<String> files = new ArrayList<>(RESOURCES);
        files.add(source);
        for (final String file : files) {
            try (InputStream in = CProgram.class.getResourceAsStream(file)) {
                Files.write(directory.resolve(file), in.readAllBytes());
            }
        }
        final Path program = directory.resolve(source.substring(0, source.lastIndexOf('.')));
        final List<String> command = new ArrayList<>(List.of("gcc", "-O2", "-Wall", "-I", directory.toString(), "-o",
            program.toString(), directory.resolve(source).toString()));
        command.addAll(flags);
        Tool.run(COMPILE_S, command);
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
