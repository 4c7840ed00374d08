// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.util.ArrayList;
import java.util.Arrays;
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
    private static final double CONFIDENCE = 0.95;

    private final Map<String, List<Double>> scores = new TreeMap<>();
    private final Map<String, List<Double>> allocations = new TreeMap<>();

    /** A median with the interval that holds it in 95 of 100 cases; with all values where there are too few. */
    record Median(double value, double low, double high, int count) {
        static Median of(final double... values) {
            final double[] sorted = values.clone();
            Arrays.sort(sorted);
            final int n = sorted.length;
            final double middle = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
            final int left = leftOut(n);
            return new Median(middle, sorted[left], sorted[n - 1 - left], n);
        }

        /** How many values on each side may be left out: those of the binomial distribution's tails. */
        private static int leftOut(final int n) {
            double tail = 0;
            double share = Math.pow(0.5, n);
            int left = -1;
            for (int k = 0; k < n / 2; k++) {
                tail += share;
                if (2 * tail > 1 - CONFIDENCE) {
                    break;
                }
                left = k;
                share = share * (n - k) / (k + 1);
            }
            return Math.max(0, left);
        }
    }

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

    /** With the parameters, if there are any. */
    private static String name(final RunResult result) {
        final StringBuilder name = new StringBuilder(result.getPrimaryResult().getLabel());
        for (final String parameter : result.getParams().getParamsKeys()) {
            name.append(' ').append(result.getParams().getParam(parameter));
        }
        return name.toString();
    }

    /** What was measured, by name. */
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

    /** ns of one over those of another in the same round. */
    Median over(final String name, final String base) {
        final List<Double> values = scores.get(name);
        final List<Double> bases = scores.get(base);
        return Median.of(IntStream.range(0, Math.min(values.size(), bases.size()))
            .mapToDouble(i -> values.get(i) - bases.get(i)).toArray());
    }

    /** Bytes allocated by one, or NaN where that was not measured. */
    double allocation(final String name) {
        final List<Double> values = allocations.get(name);
        return values == null ? Double.NaN
            : Median.of(values.stream().mapToDouble(Double::doubleValue).toArray()).value();
    }
}
