// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How large a segment is taken to become. Of segments in a trace: RotationTest. */
class SegmentListTest {
    private static final long PERIOD_MS = 7_500;

    /** 240 KB in the first millisecond were 1.8 GB, and each snapshot was refused until there was a segment. */
    @ParameterizedTest
    @CsvSource({"240000, 0, 1920000", "240000, 1, 1920000", "240000, 937, 1920000", "240000, 3750, 480000",
        "240000, 7500, 240000", "240000, 60000, 240000", "0, 1, 0"})
    void shouldTakeAPeriodToGoOnAsItHasBegunWhenAnEighthOfItIsOver(final long bytes, final long agoMs,
        final long expected) {
        assertThat(SegmentList.extrapolate(bytes, agoMs * 1_000_000, PERIOD_MS * 1_000_000)).isEqualTo(expected);
    }
}
