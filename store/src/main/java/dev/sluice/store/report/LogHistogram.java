// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

/**
 * Counts numbers in buckets that are exact up to 127 and less than {@link #RELATIVE_ERROR} wide beyond, over all of
 * int64, uint64 or double. A bucket knows the least and the greatest number in it, so that one which holds a single
 * value gives it back exactly, and one which holds the whole field does not give its end for every quantile. Pages of
 * 128 buckets, one for each power of two, are made when first needed. For one thread.
 */
final class LogHistogram {
    // A number is its sign and its magnitude: an unsigned integer, or the bits of a double, whose order is that of the
    // doubles. The bits of a subnormal double are its value in units of the least one, so they share buckets with
    // integers; from 2^52 on exponent and leading bits of the mantissa name the bucket.

    /** Greatest distance of a quantile from the exact one, relative to that. */
    static final double RELATIVE_ERROR = 0.01;

    private static final int SUB_BITS = 7;
    private static final int SUB_COUNT = 1 << SUB_BITS;
    private static final int MANTISSA_BITS = 52;
    private static final int INTEGER_PAGES = Long.SIZE - SUB_BITS + 1;
    private static final int SUBNORMAL_PAGES = MANTISSA_BITS - SUB_BITS + 1;
    /** Exponents 1 to 2046, and infinity. */
    private static final int DOUBLE_PAGES = SUBNORMAL_PAGES + (1 << 11) - 1;
    /** Of each bucket: count, least magnitude, greatest magnitude. */
    private static final int WORDS = 3;

    private final boolean floating;
    private long[][] positive = {};
    private long[][] negative = {};
    private long count;

    LogHistogram(final boolean floating) {
        this.floating = floating;
    }

    /** Counts a signed integer. */
    void recordSigned(final long value) {
        if (value >= 0) {
            recordUnsigned(value);
        } else {
            negative = add(negative, integerPage(-value), integerSub(-value), -value);
        }
    }

    /** Counts an unsigned integer. */
    void recordUnsigned(final long value) {
        positive = add(positive, integerPage(value), integerSub(value), value);
    }

    /** Counts a number that is not NaN. */
    void recordDouble(final double value) {
        final long bits = Double.doubleToRawLongBits(value) & Long.MAX_VALUE;
        final int exponent = (int) (bits >>> MANTISSA_BITS);
        final int page = exponent == 0 ? integerPage(bits) : SUBNORMAL_PAGES + exponent - 1;
        final int sub = exponent == 0 ? integerSub(bits) : (int) (bits >>> MANTISSA_BITS - SUB_BITS) & SUB_COUNT - 1;
        if (value < 0) {
            negative = add(negative, page, sub, bits);
        } else {
            positive = add(positive, page, sub, bits);
        }
    }

    private static int integerPage(final long magnitude) {
        return Math.max(0, Long.SIZE - SUB_BITS - Long.numberOfLeadingZeros(magnitude));
    }

    private static int integerSub(final long magnitude) {
        return (int) (magnitude >>> Math.max(0, integerPage(magnitude) - 1)) & SUB_COUNT - 1;
    }

    private long[][] add(final long[][] sign, final int page, final int sub, final long magnitude) {
        final long[][] pages = sign.length == 0 ? new long[floating ? DOUBLE_PAGES : INTEGER_PAGES][] : sign;
        long[] buckets = pages[page];
        if (buckets == null) {
            buckets = new long[SUB_COUNT * WORDS];
            pages[page] = buckets;
        }
        final int bucket = sub * WORDS;
        if (buckets[bucket]++ == 0) {
            buckets[bucket + 1] = magnitude;
            buckets[bucket + 2] = magnitude;
        } else if (Long.compareUnsigned(magnitude, buckets[bucket + 1]) < 0) {
            buckets[bucket + 1] = magnitude;
        } else if (Long.compareUnsigned(magnitude, buckets[bucket + 2]) > 0) {
            buckets[bucket + 2] = magnitude;
        }
        count++;
        return pages;
    }

    /**
     * A number near the least one that has at least a fraction of all at or below it: of the same bucket, as far into
     * it as its rank says.
     *
     * @param quantile over 0, up to 1
     * @return bits of a double, or an integer; 0 if nothing was counted
     */
    long quantile(final double quantile) {
        long left = Math.max(1, (long) Math.ceil(quantile * count));
        for (int page = negative.length - 1; page >= 0; page--) {
            for (int sub = SUB_COUNT - 1; sub >= 0 && negative[page] != null; sub--) {
                final long here = negative[page][sub * WORDS];
                if (left <= here) {
                    final long magnitude = magnitude(negative[page], sub, (here - left) / (here - 1.0));
                    return floating ? magnitude | Long.MIN_VALUE : -magnitude;
                }
                left -= here;
            }
        }
        for (int page = 0; page < positive.length; page++) {
            for (int sub = 0; sub < SUB_COUNT && positive[page] != null; sub++) {
                final long here = positive[page][sub * WORDS];
                if (left <= here) {
                    return magnitude(positive[page], sub, (left - 1) / (here - 1.0));
                }
                left -= here;
            }
        }
        return 0;
    }

    /** The number that a share of a bucket's others is below, if they are spread evenly. */
    private long magnitude(final long[] buckets, final int sub, final double share) {
        final long least = buckets[sub * WORDS + 1];
        final long greatest = buckets[sub * WORDS + 2];
        // Neighbours in a bucket differ by less than 2^56: the difference is positive also of unsigned numbers.
        return least == greatest ? least : least + Math.min(greatest - least, (long) ((greatest - least) * share));
    }
}
