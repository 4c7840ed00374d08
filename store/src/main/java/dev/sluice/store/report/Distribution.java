// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import java.util.Arrays;

/**
 * The numbers that a {@link FieldStatistics} has counted, from the least to the greatest, in buckets that are less than
 * {@link LogHistogram#RELATIVE_ERROR} of their numbers wide. Of each bucket it has the least and the greatest number,
 * as doubles. Immutable.
 */
public final class Distribution {
    private final long[] upTo;
    private final double[] least;
    private final double[] greatest;

    /** Takes buckets in ascending order. For one thread. */
    static final class Builder {
        private long[] upTo = new long[128];
        private double[] least = new double[128];
        private double[] greatest = new double[128];
        private int length;

        void add(final long count, final double from, final double to) {
            if (length == upTo.length) {
                upTo = Arrays.copyOf(upTo, length * 2);
                least = Arrays.copyOf(least, length * 2);
                greatest = Arrays.copyOf(greatest, length * 2);
            }
            upTo[length] = (length == 0 ? 0 : upTo[length - 1]) + count;
            least[length] = from;
            greatest[length++] = to;
        }

        Distribution build() {
            return new Distribution(this);
        }
    }

    private Distribution(final Builder builder) {
        upTo = Arrays.copyOf(builder.upTo, builder.length);
        least = Arrays.copyOf(builder.least, builder.length);
        greatest = Arrays.copyOf(builder.greatest, builder.length);
    }

    /** How many numbers there are. */
    public long count() {
        return upTo.length == 0 ? 0 : upTo[upTo.length - 1];
    }

    /**
     * The bucket of the least number for which at least the given share of all numbers is not greater.
     *
     * @param share from 0 to 1
     * @throws IllegalStateException if there are no numbers
     */
    public int bucketAt(final double share) {
        if (upTo.length == 0) {
            throw new IllegalStateException("nothing was counted");
        }
        final long rank = Math.min(count(), Math.max(1, (long) Math.ceil(share * count())));
        final int found = Arrays.binarySearch(upTo, rank);
        return found >= 0 ? found : -found - 1;
    }

    /** The least number in a bucket. */
    public double least(final int bucket) {
        return least[bucket];
    }

    /** The greatest number in a bucket. */
    public double greatest(final int bucket) {
        return greatest[bucket];
    }
}
