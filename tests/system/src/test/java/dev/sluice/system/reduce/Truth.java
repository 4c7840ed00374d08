// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.reduce;

import java.math.BigInteger;
import java.util.Map;
import java.util.TreeMap;

/**
 * Count, sum, least, greatest and a histogram of values, made in the simplest way. A bucket is named by its bound that
 * is nearer to zero. For one thread.
 */
final class Truth {
    private long count;
    private BigInteger sum = BigInteger.ZERO;
    private BigInteger min;
    private BigInteger max;
    private final Map<BigInteger, Long> buckets = new TreeMap<>();

    void add(final BigInteger value) {
        count++;
        sum = sum.add(value);
        min = min == null ? value : min.min(value);
        max = max == null ? value : max.max(value);
        addTo(value.signum() == 0 ? value
            : BigInteger.ONE.shiftLeft(value.abs().bitLength() - 1).multiply(BigInteger.valueOf(value.signum())), 1);
    }

    void addTo(final BigInteger bucket, final long values) {
        buckets.merge(bucket, values, Long::sum);
    }

    Truth plus(final Truth other) {
        count += other.count;
        sum = sum.add(other.sum);
        min = min.min(other.min);
        max = max.max(other.max);
        other.buckets.forEach(this::addTo);
        return this;
    }

    /** What it is of a sum: count, sum, min and max. */
    static String sum(final Object count, final Object sum, final Object min, final Object max) {
        return count + " " + sum + " " + min + " " + max;
    }

    @Override
    public String toString() {
        return sum(count, sum, min, max) + ' ' + buckets.toString().replace(" ", "");
    }
}
