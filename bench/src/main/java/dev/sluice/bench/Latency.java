// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Latency of single events by drain strategy, each in a JVM of its own: {@link LatencyProgram} measures. */
final class Latency {
    private static final List<String> STRATEGIES = List.of("owner", "drain_thread");
    /** Beyond the time that is measured. */
    private static final long PATIENCE_S = 60;

    private Latency() {
    }

    /**
     * Measures and prints.
     *
     * @return exit code of the command
     */
    static int print(final PrintWriter out, final String clock, final int seconds) throws IOException {
        out.printf("%-14s %10s %10s %10s %10s %10s %10s   ns, two longs, clock %s%n", "", "p50", "p90", "p99", "p99.9",
            "p99.99", "longest", clock);
        out.flush();
        final List<String> kinds = new ArrayList<>(List.of("empty"));
        kinds.addAll(STRATEGIES);
        for (final String kind : kinds) {
            final String line = run(kind, clock, seconds);
            if (line.isEmpty()) {
                return 1;
            }
            out.println(line);
            out.flush();
        }
        return 0;
    }

    private static String run(final String kind, final String clock, final int seconds) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-Dsluice.clock=" + clock);
        if (STRATEGIES.contains(kind)) {
            command.add("-Dsluice.strategy=" + kind);
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), LatencyProgram.class.getName(), kind,
            Integer.toString(seconds)));
        final Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            process.getOutputStream().close();
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            final boolean hasEnded = process.waitFor(seconds + PATIENCE_S, TimeUnit.SECONDS);
            return hasEnded && process.exitValue() == 0 ? output.stripTrailing() : "";
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        } finally {
            process.destroyForcibly();
        }
    }
}
