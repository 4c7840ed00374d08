// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bench.measure.ProcessorTime;
import org.junit.jupiter.api.Test;

/** What no turn may say of itself, whatever its way has checked. */
class AccountTest {
    private static Account of(final long fired, final long stored) {
        return new Account(fired, new Stored(stored, "hits"), ProcessorTime.PerEvent.UNKNOWN, "");
    }

    @Test
    void shouldEndTheTurnWhenMoreHasArrivedThanWasReported() {
        assertThat(of(3, 3).stored().events()).isEqualTo(3);
        assertThat(of(3, Stored.NOTHING).failure()).isEmpty();
        assertThatThrownBy(() -> of(3, 4)).isInstanceOf(IllegalStateException.class)
            .hasMessage("what arrived is not what was reported: reported=3 arrived=4 (hits)");
        assertThatThrownBy(() -> of(3, -2)).hasMessageContaining("arrived=-2");
    }
}
