// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bench.fire.Values;
import org.junit.jupiter.api.Test;

/** What is made of the sums that the kernel has in the end. */
class UserRingPathTest {
    private static final long FIRED = 2 * Values.COUNT + 3;

    private static long sumOfFirst(final long fired) {
        long sum = 0;
        for (long i = 0; i < fired; i++) {
            sum += Values.first(i);
        }
        return sum;
    }

    @Test
    void shouldCountWhatWasFoundWhenTheSumsAreThoseOfTheValues() {
        assertThat(UserRingPath.stored(FIRED, FIRED, sumOfFirst(FIRED), FIRED * (FIRED - 1) / 2, 0).events())
            .isEqualTo(FIRED);
        assertThat(UserRingPath.stored(5, 3, 0, 0, 0).events()).isEqualTo(3);
    }

    @Test
    void shouldRefuseTheTurnWhenOtherValuesWereFound() {
        assertThatThrownBy(() -> UserRingPath.stored(5, 5, sumOfFirst(5), 11, 0)).hasMessageContaining("other events");
        assertThatThrownBy(() -> UserRingPath.stored(5, 5, 0, 10, 0)).hasMessageContaining("other events");
        assertThatThrownBy(() -> UserRingPath.stored(5, 6, 0, 0, 0)).hasMessageContaining("found=6");
        assertThatThrownBy(() -> UserRingPath.stored(5, 4, 0, 0, 1)).hasMessageContaining("damaged=1");
    }
}
