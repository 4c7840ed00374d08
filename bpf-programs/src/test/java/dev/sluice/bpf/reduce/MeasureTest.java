// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What asks for a sum or a histogram. */
class MeasureTest {
    @Test
    void shouldFindTheTracepointWhenNamesHaveDotsOfTheirOwn() {
        assertThat(Measure.sum("com.acme:order.v2.price").tracepoint()).isEqualTo("com.acme:order.v2");
        assertThat(Measure.histogram("shop:order.price")).isEqualTo(Measure.log2("shop:order.price"));
        assertThat(Measure.histogram("shop:order.price:linear=-10, 90,7"))
            .isEqualTo(Measure.linear("shop:order.price", -10, 90, 7));
        // 15 buckets, and those below and above.
        assertThat(Measure.linear("shop:order.price", -10, 90, 7).buckets()).isEqualTo(17);
        assertThat(Measure.linear("a:b.c", Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE).buckets()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "price                          | names no field: it is PROVIDER:TRACEPOINT.FIELD",
        "shop:order                     | names no field",
        "shop:.price                    | names no field",
        "shop:order.                    | names no field",
        "shop:*.price                   | is a pattern",
        "shop:order.price:linear=1,2    | has no bounds",
        "shop:order.price:linear=0,x,1  | has no bounds",
        "shop:order.price:linear=5,5,1  | has no bounds",
        "shop:order.price:linear=0,9,0  | has no bounds",
        "shop:order.price:linear=0,1001,1 | with 1 to 1000 buckets",
        "shop:order.price:linear=-9223372036854775808,9223372036854775807,1 | with 1 to 1000 buckets"})
    void shouldSayWhatItShouldBeWhenTheTextIsWrong(final String text, final String message) {
        assertThatThrownBy(() -> Measure.histogram(text)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(message);
    }
}
