// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bench.measure.MeasuringJvm;
import dev.sluice.bench.measure.Median;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Differences from the bare clock and the empty loop, as {@link PairsProgram} measures them, one JVM for each round.
 */
final class Pairs {
    private static final int SECONDS = 20;
    /** Arguments of the program. */
    private static final String[][] KINDS =
        {{"off", "two"}, {PairsProgram.REFUSED, "two"}, {PairsProgram.HELD, "two"}, {"head", "two"}, {"bpf", "two"},
            {PairsProgram.DISCARDING, "two"}, {PairsProgram.OVERWRITING, "two"}, {"head", "none"}, {"head", "six"},
            {"head", "text"}, {"head", "mixed"}, {"head", PairsProgram.VIRTUAL}};
    private static final List<String> BY_BPF =
        List.of("bpf", PairsProgram.DISCARDING, PairsProgram.OVERWRITING);
    private static final int FIRST_WITH_VIRTUAL_THREADS = 21;
    private static final String OVERWRITING = ", " + PairsProgram.OVERWRITING + PairsProgram.BY_BPF;
    private static final String DISCARDING = ", " + PairsProgram.DISCARDING + PairsProgram.BY_BPF;

    /** Ends the name of what overwriting costs over discarding. */
    static final String OVER = ", over discarding";

    private Pairs() {
    }

    /**
     * Measures.
     *
     * @return the medians of all rounds by name; empty if a round failed
     */
    static Map<String, Median> measure(final String clock, final int rounds, final boolean canDrain)
        throws IOException {
        final Map<String, List<Double>> values = new LinkedHashMap<>();
        for (int i = 0; i < rounds; i++) {
            for (final String[] kind : KINDS) {
                if (BY_BPF.contains(kind[0]) && !canDrain || kind[1].equals(PairsProgram.VIRTUAL)
                    && Runtime.version().feature() < FIRST_WITH_VIRTUAL_THREADS) {
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
            for (final String event : List.of("two", "two, typed")) {
                noteDifference(values, event + OVERWRITING, event + DISCARDING, i + 1);
            }
        }
        final Map<String, Median> medians = new LinkedHashMap<>();
        values.forEach((name, list) ->
            medians.put(name, Median.of(list.stream().mapToDouble(Double::doubleValue).toArray())));
        return medians;
    }

    /** Of a round in which both have a figure: what the one costs over the other. */
    private static void noteDifference(final Map<String, List<Double>> values, final String name, final String base,
                                       final int rounds) {
        final List<Double> ones = values.getOrDefault(name, List.of());
        final List<Double> others = values.getOrDefault(base, List.of());
        if (ones.size() == rounds && others.size() == rounds) {
            values.computeIfAbsent(name + OVER, key -> new ArrayList<>())
                .add(ones.get(rounds - 1) - others.get(rounds - 1));
        }
    }
}
