// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts values in bounded memory, to find the most frequent ones, or adds up a number for each, to find those with the
 * greatest sums. While there are few different values, the counts are
 * exact. When there are too many, the median of all counts is subtracted from each count, and values whose count gets
 * to 0 are forgotten. So a count is too low by at most the sum of what was subtracted, and no forgotten value has
 * occurred more often than that (Misra and Gries, 1982). For one thread.
 */
final class FrequentValues {
    /** The most values that are remembered. */
    static final int CAPACITY = 1 << 16;
    /** The most bytes of texts that are remembered. */
    private static final long MOST_WEIGHT = 16L << 20;

    /** How often a value was counted, minus what was subtracted. */
    private static final class Count {
        private double value;
    }

    private final int capacity;
    private final Map<Object, Count> counts = new LinkedHashMap<>();
    private long weight;
    private double taken;
    private boolean hasForgotten;
    private long total;

    FrequentValues() {
        this(CAPACITY);
    }

    FrequentValues(final int capacity) {
        this.capacity = capacity;
    }

    /**
     * Counts a value.
     *
     * @param number what is added up: 1 to count; less than 0 and NaN count as 0
     */
    void add(final Object value, final double number) {
        total++;
        Count count = counts.get(value);
        if (count == null) {
            weight += FieldValue.weight(value);
            while (counts.size() >= capacity || weight > MOST_WEIGHT && counts.size() > 1) {
                shrink();
            }
            count = new Count();
            counts.put(value, count);
        }
        count.value += number > 0 ? number : 0;
    }

    private void shrink() {
        final double[] sorted = counts.values().stream().mapToDouble(count -> count.value).sorted().toArray();
        final double median = sorted[sorted.length / 2];
        taken += median;
        counts.entrySet().removeIf(entry -> {
            entry.getValue().value -= median;
            final boolean isForgotten = entry.getValue().value <= 0;
            hasForgotten |= isForgotten;
            weight -= isForgotten ? FieldValue.weight(entry.getKey()) : 0;
            return isForgotten;
        });
    }

    /**
     * The most frequent values, as far as they are known. Of values that are equally frequent, the one that came first
     * is first.
     */
    List<Object> top(final int limit) {
        final List<Map.Entry<Object, Count>> entries = new ArrayList<>(counts.entrySet());
        entries.sort(Comparator.comparingDouble((Map.Entry<Object, Count> entry) -> entry.getValue().value).reversed());
        return entries.stream().limit(limit).<Object>map(Map.Entry::getKey).toList();
    }

    /** Number of different values, if it is known. */
    int distinct() {
        return counts.size();
    }

    /** Whether all values are remembered. */
    boolean isComplete() {
        return !hasForgotten;
    }

    /** How often a value that is not remembered may have occurred, or what its sum may be at most. */
    double mostForgotten() {
        return taken;
    }

    /** Number of values counted. */
    long total() {
        return total;
    }
}
