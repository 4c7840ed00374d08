// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import java.util.Arrays;
import java.util.Collection;

/**
 * A median with the interval that contains the true median in 95 of 100 cases. The bounds come from the binomial
 * distribution, so nothing is assumed about the values. Of fewer values than {@link #ENOUGH} the interval is from the
 * least to the greatest, and contains the true median in fewer cases: with two values in 50 of 100, with three in 75,
 * with four in 87, with five in 93.
 *
 * @param value the median
 * @param low   the interval's lower end
 * @param high  the interval's upper end
 * @param count how many values there were
 */
public record Median(double value, double low, double high, int count) {
    /** So many values have an interval that holds the true median in 95 of 100 cases. */
    public static final int ENOUGH = 6;
    private static final double CONFIDENCE = 0.95;

    /** The median of at least one value, in any order. */
    public static Median of(final double... values) {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        final int n = sorted.length;
        final double middle = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        final int left = leftOut(n);
        return new Median(middle, sorted[left], sorted[n - 1 - left], n);
    }

    /** The median of at least one value, in any order. */
    public static Median of(final Collection<Double> values) {
        return of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** What the interval of so many rounds is, as the end of a sentence; of two at least. */
    public static String meaning(final int rounds) {
        return rounds < ENOUGH ? "is from the least to the greatest of " + rounds + " rounds"
            : "holds the median of rounds in 95 of 100 cases";
    }

    /** How many values on each side lie outside the interval, by the tails of the binomial distribution. */
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
