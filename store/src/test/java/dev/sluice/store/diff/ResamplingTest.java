// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.report.Distribution;
import dev.sluice.store.report.FieldStatistics;
import dev.sluice.testsupport.OneJdk;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

@OneJdk
class ResamplingTest {
    private static final long SEED = Long.getLong("sluice.seed", 7);
    private static final int DRAWS = 100_000;

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void shouldHaveTheMeanAndTheVarianceOfTheDistributionWhenDrawn() {
        System.out.println("ResamplingTest seed " + SEED);
        for (final double shape : new double[] {1, 5, 100, 1e6}) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < DRAWS; i++) {
                final double drawn = Resampling.gamma(random, shape);
                sum += drawn;
                squares += (drawn - shape) * (drawn - shape);
            }
            // Four standard errors of the mean; of the variance of Gamma(1) it is 0.009, and less of the others.
            assertThat(sum / DRAWS).isBetween(shape - 4 * Math.sqrt(shape / DRAWS),
                shape + 4 * Math.sqrt(shape / DRAWS));
            assertThat(squares / DRAWS / shape).isBetween(0.95, 1.05);
        }
    }

    /** What is drawn by a formula is what a bootstrap that draws every number finds. */
    @Test
    void shouldAgreeWithABootstrapThatDrawsEveryNumber() {
        final int length = 400;
        final FieldStatistics statistics = new FieldStatistics(new FieldSchema("a", FieldType.INT64));
        final long[] numbers = random.longs(length, 0, 100_000).toArray();
        Arrays.stream(numbers).forEach(statistics::record);
        final Distribution distribution = statistics.distribution();
        final int draws = 5_000;
        final double[] plain = new double[draws];
        final double[] byFormula = new double[draws];
        for (int i = 0; i < draws; i++) {
            final long[] resample = random.ints(length, 0, length).mapToLong(index -> numbers[index]).sorted()
                .toArray();
            plain[i] = resample[(int) Math.ceil(0.9 * length) - 1];
            final double below = Resampling.gamma(random, 0.9 * length);
            byFormula[i] = distribution.least(
                distribution.bucketAt(below / (below + Resampling.gamma(random, 0.1 * length))));
        }
        Arrays.sort(plain);
        Arrays.sort(byFormula);
        for (final double share : new double[] {0.025, 0.25, 0.5, 0.75, 0.975}) {
            final int at = (int) (share * draws);
            assertThat(byFormula[at]).as("share %s", share).isBetween(plain[at] * 0.98, plain[at] * 1.02);
        }
    }

    @Test
    void shouldCountPiecesAsOneWhenTheirEventsAreAlike() {
        final long[] counts = new long[64];
        final long[] hits = new long[64];
        Arrays.fill(counts, 100);
        for (int i = 0; i < 64; i += 2) {
            hits[i] = 100;
        }
        assertThat(Pieces.independent(hits, counts, 6_400)).isBetween(62.0, 64.0);
        for (int i = 0; i < 64; i++) {
            hits[i] = 0;
            for (int event = 0; event < 100; event++) {
                hits[i] += random.nextBoolean() ? 1 : 0;
            }
        }
        assertThat(Pieces.independent(hits, counts, 6_400)).isBetween(3_000.0, 6_400.0);
        Arrays.fill(hits, 100);
        assertThat(Pieces.independent(hits, counts, 6_400)).isEqualTo(6_400);
        assertThat(Pieces.independent(new long[0], new long[0], 10)).isEqualTo(10);
        assertThat(Pieces.independent(counts, 6_400)).isEqualTo(6_400);
        assertThat(Pieces.of(127)).isZero();
        assertThat(Pieces.of(128)).isEqualTo(16);
        assertThat(Pieces.of(Long.MAX_VALUE)).isEqualTo(64);
    }

    @Test
    void shouldFindTheBucketOfEachRankWhenNumbersHaveSigns() {
        final FieldStatistics statistics = new FieldStatistics(new FieldSchema("a", FieldType.INT64));
        for (long number = -50; number < 50; number++) {
            statistics.record(number);
        }
        final Distribution distribution = statistics.distribution();
        assertThat(distribution.count()).isEqualTo(100);
        assertThat(distribution.least(distribution.bucketAt(0))).isEqualTo(-50);
        assertThat(distribution.greatest(distribution.bucketAt(0.25))).isEqualTo(-26);
        assertThat(distribution.least(distribution.bucketAt(1))).isEqualTo(49);
    }
}
