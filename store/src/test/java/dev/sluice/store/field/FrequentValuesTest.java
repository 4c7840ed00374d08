// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

@OneJdk
class FrequentValuesTest {
    @Test
    void shouldFindTheMostFrequentValuesWhenThereAreFarMoreThanAreRemembered() {
        final long seed = Seed.draw("FrequentValuesTest");
        final Random random = new Random(seed);
        final int capacity = 50;
        final FrequentValues values = new FrequentValues(capacity);
        final Map<Object, Long> exact = new HashMap<>();
        for (int i = 0; i < 100_000; i++) {
            final Object value = random.nextInt(10) < 6 ? (long) random.nextInt(4) : (Object) random.nextLong();
            values.add(value, 1);
            exact.merge(value, 1L, Long::sum);
        }
        assertThat(values.top(4)).containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
        assertThat(values.distinct()).isLessThanOrEqualTo(capacity);
        assertThat(values.total()).isEqualTo(100_000);
        final List<Object> remembered = values.top(capacity);
        assertThat(values.mostForgotten()).isPositive().isLessThanOrEqualTo(2 * 100_000 / capacity);
        exact.forEach((value, count) -> assertThat(remembered.contains(value) || count <= values.mostForgotten())
            .as("%s occurred %d times", value, count).isTrue());
    }

    @Test
    void shouldRememberLittleWhenTextsAreLong() {
        final FrequentValues values = new FrequentValues();
        for (int i = 0; i < 20_000; i++) {
            values.add(i % 2 == 0 ? "often" : i + "x".repeat(4_000), 1);
        }
        assertThat(values.top(1)).containsExactly("often");
        // 16 MiB hold some two thousand texts of eight thousand bytes.
        assertThat(values.distinct()).isLessThan(2_200);
    }

    @Test
    void shouldFindTheGreatestSumsWhenNumbersAreAddedUp() {
        final FrequentValues values = new FrequentValues(50);
        for (int i = 0; i < 10_000; i++) {
            values.add((long) i, i == 7_000 ? 1e9 : i % 2);
            values.add("steady", 100);
            values.add("nothing", i % 2 == 0 ? -1e12 : Double.NaN);
        }
        assertThat(values.top(2)).containsExactly(7_000L, "steady");
        assertThat(values.isComplete()).isFalse();
    }
}
