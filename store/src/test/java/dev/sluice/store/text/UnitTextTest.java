// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class UnitTextTest {
    private static Stream<Arguments> numbers() {
        return Stream.of(
            Arguments.of("ns", 0L, "0 ns"),
            Arguments.of("ns", 999L, "999 ns"),
            Arguments.of("ns", -1_500L, "-1.500 us"),
            Arguments.of("ns", 0.25, "0.2500 ns"),
            Arguments.of("us", 5L, "5 us"),
            Arguments.of("\u00B5s", 2_500L, "2.500 ms"),
            Arguments.of("ms", 17.5, "17.50 ms"),
            Arguments.of("ms", 61_001L, "61.001 s"),
            Arguments.of("s", 7_200L, "7,200.000 s"),
            Arguments.of("ns", new BigInteger("18446744073709551615"), "18,446,744,073.710 s"),
            Arguments.of("B", 1_023L, "1,023 B"),
            Arguments.of("B", 1_536L, "1.500 KiB"),
            Arguments.of("B", 3L << 30, "3 GiB"),
            Arguments.of("EUR", 50_765L, "50,765 EUR"),
            Arguments.of("%", 12.5, "12.5000 %"),
            Arguments.of("NS", 5L, "5 NS"));
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void shouldSayWhatAPersonReadsWhenItHasAUnit(final String unit, final Number value, final String expected) {
        assertThat(UnitText.of(unit, value)).isEqualTo(expected);
    }
}
