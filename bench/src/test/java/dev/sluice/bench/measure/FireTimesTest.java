// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.BufferUnderflowException;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** Of times that are made up. */
class FireTimesTest {
    private static Histogram histogram(final long... ns) {
        final Histogram histogram = new Histogram(10_000_000_000L, 3);
        for (final long one : ns) {
            histogram.recordValue(one);
        }
        return histogram;
    }

    @Test
    void shouldReadBackWhatItHasWrittenWhenTimesAreFarApart() {
        final FireTimes times = FireTimes.of(histogram(25, 25, 9_000_000_000L), histogram(5_000));
        final FireTimes read = FireTimes.parse(times.text());
        assertThat(read).isEqualTo(times);
        assertThat(read.plainTimes()).isEqualTo(histogram(25, 25, 9_000_000_000L));
        assertThat(read.drainingTimes()).isEqualTo(histogram(5_000));
        assertThat(read.allTimes().getTotalCount()).isEqualTo(4);
    }

    @Test
    void shouldAddUpRoundsWhenSomeHaveNotLooked() {
        final FireTimes sum = FireTimes.sum(List.of(FireTimes.NONE, FireTimes.of(histogram(25), histogram()),
            FireTimes.of(histogram(30, 40), histogram(9_000_000_000L))));
        assertThat(sum.plainTimes().getTotalCount()).isEqualTo(3);
        assertThat(sum.plainTimes().getValueAtPercentile(50)).isEqualTo(30);
        assertThat(sum.drainingTimes().getMaxValue()).isGreaterThanOrEqualTo(9_000_000_000L);
        assertThat(FireTimes.sum(List.of(FireTimes.NONE)).isNone()).isTrue();
    }

    @Test
    void shouldRefuseATextWhenItIsNoHistogram() {
        assertThatThrownBy(() -> new FireTimes("AAAA", "AAAA").plainTimes())
            .isInstanceOfAny(IllegalArgumentException.class, BufferUnderflowException.class);
    }
}
