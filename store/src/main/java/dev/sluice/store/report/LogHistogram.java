// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts numbers in buckets, over all of int64, uint64 or double. Buckets up to 127 hold one number each; wider buckets
 * are less than {@link #RELATIVE_ERROR} of their numbers wide. A bucket knows the least and the greatest number in it.
 * So a bucket that holds a single value returns it exactly, and a bucket that holds all values does not return its end
 * for every quantile. Pages of 128 buckets, one page for each power of two, are allocated when they are first needed.
 * For one thread.
 */
public final class LogHistogram {
    // A number is stored as its sign and its magnitude. The magnitude is an unsigned integer, or the bits of a double,
    // which are in the same order as the doubles. The bits of a subnormal double are its value in units of the least
    // subnormal, so subnormals share their buckets with integers. From 2^52 on, the exponent and the leading bits of
    // the mantissa name the bucket.

    /** Greatest distance of a quantile from the exact quantile, divided by the exact one. */
    public static final double RELATIVE_ERROR = 0.01;

    private static final int SUB_BITS = 7;
    private static final int SUB_COUNT = 1 << SUB_BITS;
    private static final int MANTISSA_BITS = 52;
    private static final int INTEGER_PAGES = Long.SIZE - SUB_BITS + 1;
    private static final int SUBNORMAL_PAGES = MANTISSA_BITS - SUB_BITS + 1;
    /** A page for each of the exponents 1 to 2046, and one for infinity. */
    private static final int DOUBLE_PAGES = SUBNORMAL_PAGES + (1 << 11) - 1;
    /** Words of a bucket: count, least magnitude, greatest magnitude. */
    private static final int WORDS = 3;

    private final boolean floating;
    private long[][] positive = {};
    private long[][] negative = {};
    private long count;

    /**
     * Makes one without numbers.
     *
     * @param floating whether it counts doubles, or else integers
     */
    public LogHistogram(final boolean floating) {
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
    public void recordUnsigned(final long value) {
        positive = add(positive, integerPage(value), integerSub(value), value);
    }

    /** Counts a number that is not NaN. */
    void recordDouble(final double value) {
        final long bits = Double.doubleToRawLongBits(value) & Long.MAX_VALUE;
        final int exponent = (int) (bits >>> MANTISSA_BITS);
        final int page = exponent == 0 ? integerPage(bits) : SUBNORMAL_PAGES + exponent - 1;
        final int sub = exponent == 0 ? integerSub(bits) : (int) (bits >>> MANTISSA_BITS - SUB_BITS) & SUB_COUNT - 1;
        // A negative zero stays one.
        if (Double.doubleToRawLongBits(value) < 0) {
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
     * Returns about the least number for which at least the given fraction of all numbers is not greater. The result is
     * in the same bucket as that number, and as far into the bucket as the number's rank in it.
     *
     * @param quantile greater than 0, up to 1
     * @return bits of a double, or an integer; 0 if nothing was counted
     */
    public long quantile(final double quantile) {
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

    /**
     * The number at a share of a bucket, if the bucket's numbers are spread evenly: 0 is its least number, 1 its
     * greatest.
     */
    private long magnitude(final long[] buckets, final int sub, final double share) {
        final long least = buckets[sub * WORDS + 1];
        final long greatest = buckets[sub * WORDS + 2];
        // Numbers in one bucket differ by less than 2^56, so the difference is positive, also for unsigned numbers.
        return least == greatest ? least : least + Math.min(greatest - least, (long) ((greatest - least) * share));
    }

    /** All buckets that have numbers, from the least to the greatest. */
    Distribution distribution() {
        final Distribution.Builder buckets = new Distribution.Builder();
        for (int page = negative.length - 1; page >= 0; page--) {
            for (int sub = SUB_COUNT - 1; sub >= 0 && negative[page] != null; sub--) {
                final int bucket = sub * WORDS;
                if (negative[page][bucket] > 0) {
                    buckets.add(negative[page][bucket], -number(negative[page][bucket + 2]),
                        -number(negative[page][bucket + 1]));
                }
            }
        }
        for (int page = 0; page < positive.length; page++) {
            for (int sub = 0; sub < SUB_COUNT && positive[page] != null; sub++) {
                final int bucket = sub * WORDS;
                if (positive[page][bucket] > 0) {
                    buckets.add(positive[page][bucket], number(positive[page][bucket + 1]),
                        number(positive[page][bucket + 2]));
                }
            }
        }
        return buckets.build();
    }

    /** A magnitude as a double, rounded if it has more than 53 bits. */
    private double number(final long magnitude) {
        if (floating) {
            return Double.longBitsToDouble(magnitude);
        }
        // The lowest bit that is shifted out still counts where the number lies between two doubles.
        return magnitude >= 0 ? magnitude : (magnitude >>> 1 | magnitude & 1) * 2.0;
    }

    /** How many numbers lie between two powers of two, from the least to the greatest. */
    List<Bucket> log2Buckets() {
        final List<Bucket> buckets = new ArrayList<>();
        for (int page = negative.length - 1; page >= 0; page--) {
            for (int sub = SUB_COUNT - 1; sub >= 0 && negative[page] != null; sub--) {
                addBucket(buckets, negative[page], sub, true);
            }
        }
        for (int page = 0; page < positive.length; page++) {
            for (int sub = 0; sub < SUB_COUNT && positive[page] != null; sub++) {
                addBucket(buckets, positive[page], sub, false);
            }
        }
        return buckets;
    }

    /** All numbers of a bucket here lie between the same two powers of two. */
    private void addBucket(final List<Bucket> buckets, final long[] page, final int sub, final boolean isNegative) {
        final long here = page[sub * WORDS];
        if (here > 0) {
            final long magnitude = page[sub * WORDS + 1];
            // Both zeros are one number here, and have one bucket.
            final Bucket next = floating
                ? Bucket.ofPower(Double.longBitsToDouble(magnitude), isNegative && magnitude != 0, here)
                : Bucket.ofPower(magnitude, isNegative, here);
            final int last = buckets.size() - 1;
            if (last >= 0 && buckets.get(last).hasBoundsOf(next)) {
                buckets.set(last, buckets.get(last).plus(here));
            } else {
                buckets.add(next);
            }
        }
    }
}
