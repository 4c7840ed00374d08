// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.reduce;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What was found of the values of one field. Immutable.
 *
 * @param measure what was asked for
 * @param count   number of values
 * @param sum     their sum, where that was asked for; else zero
 * @param min     the least; null if there are none
 * @param max     the greatest; null if there are none
 * @param counts  of a histogram: number of values in each bucket. By powers of two: bucket 64 is zero, 65 + n from 2^n
 *                up to 2^(n + 1), 63 - n the same below zero. Linear: the first is below the bounds, the last above
 */
public record Reduced(Measure measure, BigInteger count, BigInteger sum, BigInteger min, BigInteger max,
                      List<Long> counts) {
    /** Copies the counts. */
    public Reduced {
        counts = List.copyOf(counts);
    }

    /** Nothing was found. */
    static Reduced none(final Measure measure) {
        return new Reduced(measure, BigInteger.ZERO, BigInteger.ZERO, null, null,
            Collections.nCopies(measure.buckets(), 0L));
    }

    /** What two have found of different events. */
    public Reduced plus(final Reduced other) {
        final List<Long> both = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
            both.add(counts.get(i) + other.counts.get(i));
        }
        return new Reduced(measure, count.add(other.count), sum.add(other.sum),
            min == null || other.min != null && other.min.compareTo(min) < 0 ? other.min : min,
            max == null || other.max != null && other.max.compareTo(max) > 0 ? other.max : max, both);
    }

    /**
     * A bucket that has values. The lower bound belongs to it, the upper does not; by powers of two below zero it is
     * the other way round.
     *
     * @param from  lower bound, or null for none
     * @param to    upper bound, or null for none
     * @param count number of values
     */
    public record Range(BigInteger from, BigInteger to, long count) {
    }

    /** The buckets from the first that has values to the last; by powers of two, those that have values. */
    public List<Range> ranges() {
        final List<Range> ranges = new ArrayList<>();
        int last = counts.size() - 1;
        while (last >= 0 && counts.get(last) == 0) {
            last--;
        }
        boolean hasBegun = false;
        for (int i = 0; i <= last; i++) {
            hasBegun |= counts.get(i) > 0;
            if (counts.get(i) > 0 || hasBegun && measure.kind() == Measure.Kind.LINEAR) {
                ranges.add(measure.kind() == Measure.Kind.LOG2 ? power(i) : linear(i));
            }
        }
        return ranges;
    }

    private Range power(final int bucket) {
        if (bucket == ReduceLayout.ZERO_BUCKET) {
            return new Range(BigInteger.ZERO, BigInteger.ONE, counts.get(bucket));
        }
        final boolean isNegative = bucket < ReduceLayout.ZERO_BUCKET;
        final BigInteger least = BigInteger.ONE.shiftLeft(
            isNegative ? ReduceLayout.ZERO_BUCKET - 1 - bucket : bucket - ReduceLayout.ZERO_BUCKET - 1);
        final BigInteger most = least.shiftLeft(1);
        return isNegative ? new Range(most.negate(), least.negate(), counts.get(bucket))
            : new Range(least, most, counts.get(bucket));
    }

    private Range linear(final int bucket) {
        final BigInteger first = BigInteger.valueOf(measure.from());
        final BigInteger end = BigInteger.valueOf(measure.to());
        if (bucket == 0) {
            return new Range(null, first, counts.get(bucket));
        }
        if (bucket == measure.above()) {
            return new Range(end, null, counts.get(bucket));
        }
        final BigInteger step = BigInteger.valueOf(measure.step());
        final BigInteger from = first.add(step.multiply(BigInteger.valueOf(bucket - 1L)));
        return new Range(from, from.add(step).min(end), counts.get(bucket));
    }
}
