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

    /** What two programs have said of a field, together. */
    static String added(final String one, final String other) {
        return parsed(one).plus(parsed(other)).toString();
    }

    private static Truth parsed(final String text) {
        final String[] words = text.split("[ {},]+");
        final Truth truth = new Truth();
        truth.count = Long.parseLong(words[0]);
        truth.sum = new BigInteger(words[1]);
        truth.min = new BigInteger(words[2]);
        truth.max = new BigInteger(words[3]);
        for (int i = 4; i < words.length; i++) {
            truth.addTo(new BigInteger(words[i].split("=")[0]), Long.parseLong(words[i].split("=")[1]));
        }
        return truth;
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
