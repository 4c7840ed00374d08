// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import dev.sluice.store.report.Distribution;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Finds out between which bounds changes lie, by a bootstrap (1). All intervals together hold with
 * {@link #CONFIDENCE} (2), and they allow for what a histogram does not know (3). For one thread.
 * <pre>
 * (1) A resample of a trace has as many numbers as the trace is worth independent ones ({@link Pieces}), drawn from
 *     what the trace has, with replacement. Nothing needs to be drawn but the one number that is wanted: the share of
 *     the trace's numbers below a resample's percentile p of n numbers has the distribution Beta(pn, (1-p)n), and a
 *     resample's count of n events the distribution Gamma(n). So a resample takes the same time however long a trace
 *     is, and no memory.
 * (2) Each of m intervals leaves out 1 - (1 - CONFIDENCE) / m, so that chance shows a change where there is none in one
 *     of twenty comparisons of traces at most, however many figures they have. Where that would be less than one
 *     resample on each side, an interval is from the least to the greatest.
 * (3) A bucket's least and greatest number are known, and not how those between lie. The lower bound of a change is
 *     from the greatest number of the first bucket to the least of the second one, and the upper bound the other way.
 * </pre>
 */
final class Resampling {
    /** How probable it is that no change is shown where there is none. */
    static final double CONFIDENCE = 0.95;

    /** A percentile needs so many numbers on each side of it. */
    private static final double LEAST_BEYOND = 10;
    /** And they must be worth so many independent ones. */
    private static final double LEAST_INDEPENDENT = 5;

    private final SplittableRandom random;
    private final double[] lows;
    private final double[] highs;
    private final double[] lowRatios;
    private final double[] highRatios;
    private final int left;
    private final boolean isCounting;
    private int intervals;

    private Resampling(final int resamples, final long seed, final int intervals) {
        isCounting = intervals < 0;
        random = new SplittableRandom(seed);
        lows = new double[resamples];
        highs = new double[resamples];
        lowRatios = new double[resamples];
        highRatios = new double[resamples];
        left = (int) (resamples * (1 - CONFIDENCE) / 2 / Math.max(1, intervals));
    }

    /** Counts for how many figures there can be an interval, and makes none. */
    static Resampling counting() {
        return new Resampling(0, 0, -1);
    }

    /** Makes the intervals that this one has counted. */
    Resampling drawing(final DiffOptions options) {
        return new Resampling(options.resamples(), options.seed(), intervals);
    }

    /** How many intervals were wanted. */
    int intervals() {
        return intervals;
    }

    /** Compares how many events of a name there are in a second. */
    Compared rates(final TraceSide a, final EventSeries ofA, final TraceSide b, final EventSeries ofB) {
        final double rateA = a.rate(ofA.count());
        final double rateB = b.rate(ofB.count());
        if (!(rateA > 0) || !(rateB > 0)) {
            return Compared.without(rateA, rateB);
        }
        final double worthA = ofA.independent();
        final double worthB = ofB.independent();
        if (Math.min(worthA, worthB) < LEAST_INDEPENDENT) {
            return Compared.without(rateA, rateB);
        }
        intervals++;
        if (isCounting) {
            return Compared.without(rateA, rateB);
        }
        final SplittableRandom own = random.split();
        for (int i = 0; i < lows.length; i++) {
            final double one = rateA * gamma(own, worthA) / worthA;
            final double other = rateB * gamma(own, worthB) / worthB;
            put(i, one, one, other, other);
        }
        return compared(rateA, rateB);
    }

    /** Compares a percentile of two series; null stands for a series that a trace does not have. */
    Compared percentiles(final Percentile percentile, final NumberSeries a, final NumberSeries b) {
        final Number valueA = a == null ? null : a.statistics().quantile(percentile.share);
        final Number valueB = b == null ? null : b.statistics().quantile(percentile.share);
        if (valueA == null || valueB == null || !isEnough(percentile, a) || !isEnough(percentile, b)) {
            return Compared.without(valueA, valueB);
        }
        intervals++;
        if (isCounting) {
            return Compared.without(valueA, valueB);
        }
        final double worthA = a.independent(percentile);
        final double worthB = b.independent(percentile);
        final Distribution one = a.distribution();
        final Distribution other = b.distribution();
        final SplittableRandom own = random.split();
        for (int i = 0; i < lows.length; i++) {
            final int bucket = one.bucketAt(share(own, percentile, worthA));
            final int otherBucket = other.bucketAt(share(own, percentile, worthB));
            put(i, one.least(bucket), one.greatest(bucket), other.least(otherBucket), other.greatest(otherBucket));
        }
        return compared(valueA, valueB);
    }

    private static boolean isEnough(final Percentile percentile, final NumberSeries series) {
        final double rarer = Math.min(percentile.share, 1 - percentile.share);
        return series.statistics().count() * rarer >= LEAST_BEYOND
            && series.independent(percentile) * rarer >= LEAST_INDEPENDENT;
    }

    private void put(final int i, final double leastA, final double mostA, final double leastB, final double mostB) {
        lows[i] = leastB - mostA;
        highs[i] = mostB - leastA;
        lowRatios[i] = leastA > 0 && leastB > 0 ? leastB / mostA - 1 : Double.NaN;
        highRatios[i] = leastA > 0 && leastB > 0 ? mostB / leastA - 1 : Double.NaN;
    }

    private Compared compared(final Number a, final Number b) {
        return new Compared(a, b, interval(lows, highs), interval(lowRatios, highRatios));
    }

    /** The interval, or null if there is a resample without a number, such as the difference of two infinities. */
    private Compared.Interval interval(final double[] low, final double[] high) {
        Arrays.sort(low);
        Arrays.sort(high);
        final int last = low.length - 1;
        // NaN is sorted behind all numbers.
        return Double.isNaN(low[last]) || Double.isNaN(high[last]) ? null
            : new Compared.Interval(low[left], high[last - left]);
    }

    /** A share with the distribution Beta(pn, (1-p)n). */
    private static double share(final SplittableRandom random, final Percentile percentile, final double worth) {
        final double below = gamma(random, percentile.share * worth);
        return below / (below + gamma(random, (1 - percentile.share) * worth));
    }

    /**
     * A number with the distribution Gamma(shape), by the method of Marsaglia and Tsang, ACM Transactions on
     * Mathematical Software 26 (2000).
     *
     * @param shape 1 or more
     */
    static double gamma(final SplittableRandom random, final double shape) {
        final double d = shape - 1.0 / 3;
        final double c = 1 / Math.sqrt(9 * d);
        while (true) {
            final double normal = random.nextGaussian();
            final double v = 1 + c * normal;
            if (v > 0) {
                final double cube = v * v * v;
                final double uniform = 1 - random.nextDouble();
                if (Math.log(uniform) < normal * normal / 2 + d - d * cube + d * Math.log(cube)) {
                    return d * cube;
                }
            }
        }
    }
}
