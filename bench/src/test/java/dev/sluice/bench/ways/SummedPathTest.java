// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is made of the line that the recorder prints. */
class SummedPathTest {
    @Test
    void shouldCountWhatWasSummedUpWhenTheSumIsThatOfTheNumbers() {
        assertThat(SummedPath.stored(5, List.of("5 10")).events()).isEqualTo(5);
        // More than a long holds.
        assertThat(SummedPath.stored(8_000_000_000L, List.of("8000000000 31999999996000000000")).events())
            .isEqualTo(8_000_000_000L);
    }

    @Test
    void shouldSayHowManyAreMissingWhenFewerWereSummedUp() {
        assertThat(SummedPath.stored(5, List.of("3 3")).events()).isEqualTo(3);
    }

    @Test
    void shouldRefuseTheTurnWhenOtherValuesWereSummedUp() {
        assertThatThrownBy(() -> SummedPath.stored(5, List.of("5 11"))).hasMessageContaining("other values");
        assertThatThrownBy(() -> SummedPath.stored(5, List.of("6 15"))).hasMessageContaining("other values");
        assertThatThrownBy(() -> SummedPath.stored(5, List.of())).hasMessageContaining("has printed");
    }
}
