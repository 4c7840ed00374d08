// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BufferSizeTest {
    @Test
    void shouldBeThePowerOfTwoThatHoldsWhatIsAskedFor() {
        assertThat(BufferSize.holding(128 << 10)).isEqualTo(128 << 10);
        assertThat(BufferSize.holding((128 << 10) + 1)).isEqualTo(256 << 10);
        assertThat(BufferSize.holding(100 << 20)).isEqualTo(128 << 20);
        assertThat(BufferSize.holding(1 << 30)).isEqualTo(1 << 30);
        assertThatThrownBy(() -> BufferSize.holding((128 << 10) - 1)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("bytes=131071");
        assertThatThrownBy(() -> BufferSize.holding((1L << 30) + 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldBeASmallPartOfTheMachineWithinItsBounds() {
        assertThat(BufferSize.ofMemory(0)).isEqualTo(16 << 20);
        assertThat(BufferSize.ofMemory(1L << 30)).isEqualTo(16 << 20);
        assertThat(BufferSize.ofMemory(4L << 30)).isEqualTo(32 << 20);
        assertThat(BufferSize.ofMemory(24L << 30)).isEqualTo(64 << 20);
        assertThat(BufferSize.ofMemory(1L << 40)).isEqualTo(64 << 20);
        assertThat(BufferSize.ofMachine()).isBetween(16 << 20, 64 << 20);
    }
}
