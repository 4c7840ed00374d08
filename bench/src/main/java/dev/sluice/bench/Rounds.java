// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bench.measure.Median;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.openjdk.jmh.results.RunResult;

/**
 * Results of rounds, in each of which every benchmark ran once: figures are compared within a round, where the machine
 * was nearly the same for both, and summed up by medians. For one thread.
 */
final class Rounds {
    private static final String ALLOCATION = "gc.alloc.rate.norm";

    private final Map<String, List<Double>> scores = new TreeMap<>();
    private final Map<String, List<Double>> allocations = new TreeMap<>();

    /** Adds one round. */
    void add(final Iterable<RunResult> results) {
        for (final RunResult result : results) {
            final String name = name(result);
            scores.computeIfAbsent(name, key -> new ArrayList<>()).add(result.getPrimaryResult().getScore());
            result.getSecondaryResults().forEach((label, other) -> {
                if (label.endsWith(ALLOCATION)) {
                    allocations.computeIfAbsent(name, key -> new ArrayList<>()).add(other.getScore());
                }
            });
        }
    }

    /** The benchmark's name with its parameters, if it has any. */
    private static String name(final RunResult result) {
        final StringBuilder name = new StringBuilder(result.getPrimaryResult().getLabel());
        for (final String parameter : result.getParams().getParamsKeys()) {
            name.append(' ').append(result.getParams().getParam(parameter));
        }
        return name.toString();
    }

    /** The names of everything that was measured. */
    Iterable<String> names() {
        return scores.keySet();
    }

    boolean has(final String name) {
        return scores.containsKey(name);
    }

    /** ns of one. */
    Median score(final String name) {
        return Median.of(scores.get(name).stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** By how many ns one benchmark is slower than another in the same round. */
    Median over(final String name, final String base) {
        final List<Double> values = scores.get(name);
        final List<Double> bases = scores.get(base);
        return Median.of(IntStream.range(0, Math.min(values.size(), bases.size()))
            .mapToDouble(i -> values.get(i) - bases.get(i)).toArray());
    }

    /** Bytes that one operation of a benchmark allocates, or NaN if that was not measured. */
    double allocation(final String name) {
        final List<Double> values = allocations.get(name);
        return values == null ? Double.NaN
            : Median.of(values.stream().mapToDouble(Double::doubleValue).toArray()).value();
    }
}
