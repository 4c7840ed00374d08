// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

/**
 * Counts numbers in buckets that are exact up to 127 and less than 1 % wide beyond, over all of int64, uint64 or
 * double. Pages of 128 buckets, one for each power of two, are made when first needed. For one thread.
 */
final class LogHistogram {
    private static final int SUB_BITS = 7;
    private static final int SUB_COUNT = 1 << SUB_BITS;
    private static final int DOUBLE_SHIFT = 52 - SUB_BITS;
    private static final int DOUBLE_PAGES = 1 << 11;

    private final boolean floating;
    private final long[][] positive;
    private final long[][] negative;
    private long count;

    LogHistogram(final boolean floating) {
        this.floating = floating;
        positive = new long[floating ? DOUBLE_PAGES : Long.SIZE][];
        negative = new long[positive.length][];
    }

    /** Counts a signed integer. */
    void recordSigned(final long value) {
        if (value >= 0) {
            recordInteger(positive, value);
        } else {
            // The least int64 has no positive counterpart; it shares the bucket of the one above it.
            recordInteger(negative, value == Long.MIN_VALUE ? Long.MAX_VALUE : -value);
        }
    }

    /** Counts an unsigned integer. */
    void recordUnsigned(final long value) {
        recordInteger(positive, value);
    }

    private void recordInteger(final long[][] pages, final long magnitude) {
        final int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(magnitude);
        if (exponent < SUB_BITS) {
            add(pages, 0, (int) magnitude);
        } else {
            add(pages, exponent - SUB_BITS + 1, (int) (magnitude >>> exponent - SUB_BITS) & SUB_COUNT - 1);
        }
    }

    /** Counts a number that is not NaN. */
    void recordDouble(final double value) {
        final long bits = Double.doubleToRawLongBits(Math.abs(value));
        add(value < 0 ? negative : positive, (int) (bits >>> 52), (int) (bits >>> DOUBLE_SHIFT) & SUB_COUNT - 1);
    }

    private void add(final long[][] pages, final int page, final int sub) {
        if (pages[page] == null) {
            pages[page] = new long[SUB_COUNT];
        }
        pages[page][sub]++;
        count++;
    }

    /**
     * The least bucket that has at least a fraction of all numbers at or below it.
     *
     * @param quantile over 0, up to 1
     * @return bits of a double, or an integer: the bucket's bound that is farther from zero; 0 if nothing was counted
     */
    long quantile(final double quantile) {
        long left = Math.max(1, (long) Math.ceil(quantile * count));
        for (int page = negative.length - 1; page >= 0; page--) {
            for (int sub = SUB_COUNT - 1; sub >= 0 && negative[page] != null; sub--) {
                left -= negative[page][sub];
                if (left <= 0) {
                    return floating ? bound(page, sub) | Long.MIN_VALUE : -bound(page, sub);
                }
            }
        }
        for (int page = 0; page < positive.length; page++) {
            for (int sub = 0; sub < SUB_COUNT && positive[page] != null; sub++) {
                left -= positive[page][sub];
                if (left <= 0) {
                    return bound(page, sub);
                }
            }
        }
        return 0;
    }

    private long bound(final int page, final int sub) {
        if (floating) {
            return (long) page << 52 | (long) sub << DOUBLE_SHIFT | (1L << DOUBLE_SHIFT) - 1;
        }
        return page == 0 ? sub : ((long) (SUB_COUNT + sub + 1) << page - 1) - 1;
    }
}
