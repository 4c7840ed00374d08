// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bench.measure.MeasuringJvm;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Latency of single events by drain strategy, each in a JVM of its own: {@link LatencyProgram} measures. */
final class LatencyByStrategy {
    private static final List<String> STRATEGIES = List.of("owner", "drain_thread");

    private LatencyByStrategy() {
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
        final List<String> flags = new ArrayList<>(List.of("-Dsluice.clock=" + clock));
        if (STRATEGIES.contains(kind)) {
            flags.add("-Dsluice.strategy=" + kind);
        }
        return MeasuringJvm.run(flags, LatencyProgram.class, seconds, kind, Integer.toString(seconds));
    }
}
