// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountedTest {
    @Test
    void shouldAgreeInNumberWhenThingsAreCounted() {
        assertThat(Counted.of(0, "probe")).isEqualTo("0 probes");
        assertThat(Counted.of(1, "probe")).isEqualTo("1 probe");
        assertThat(Counted.of(1_000_000, "event")).isEqualTo("1,000,000 events");
        assertThat(Counted.of(1, "batch")).isEqualTo("1 batch");
        assertThat(Counted.of(2, "batch")).isEqualTo("2 batches");
        assertThat(Counted.was(1, "hit")).isEqualTo("1 hit was");
        assertThat(Counted.was(12, "hit")).isEqualTo("12 hits were");
    }
}
