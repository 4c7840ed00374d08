// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Differences from the bare clock and the empty loop by {@link PairsProgram}, one JVM a round. */
final class Pairs {
    private static final int SECONDS = 20;
    /** Arguments of the program. */
    private static final String[][] KINDS =
        {{"off", "two"}, {"head", "two"}, {"bpf", "two"}, {"head", "none"}, {"head", "six"}, {"head", "text"}};

    private Pairs() {
    }

    /**
     * Measures.
     *
     * @return the medians of all rounds by name; empty if one failed
     */
    static Map<String, Rounds.Median> measure(final String clock, final int rounds, final boolean canDrain)
        throws IOException {
        final Map<String, List<Double>> values = new LinkedHashMap<>();
        for (int i = 0; i < rounds; i++) {
            for (final String[] kind : KINDS) {
                if (kind[0].equals("bpf") && !canDrain) {
                    continue;
                }
                final String output =
                    MeasuringJvm.run(List.of("-Dsluice.clock=" + clock), PairsProgram.class, SECONDS, kind);
                if (output.isEmpty()) {
                    return Map.of();
                }
                output.lines().map(line -> line.split("=")).forEach(pair ->
                    values.computeIfAbsent(pair[0], key -> new ArrayList<>()).add(Double.valueOf(pair[1])));
            }
        }
        final Map<String, Rounds.Median> medians = new LinkedHashMap<>();
        values.forEach((name, list) ->
            medians.put(name, Rounds.Median.of(list.stream().mapToDouble(Double::doubleValue).toArray())));
        return medians;
    }
}
