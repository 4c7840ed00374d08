// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.store.format.LossCause;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LossPoolTest {
    private final LossPool pool = new LossPool();

    private Map<LossCause, String> claim(final long batches, final long events) {
        final Map<LossCause, String> losses = new EnumMap<>(LossCause.class);
        pool.claim(batches, events, (cause, lost, of) -> losses.put(cause, lost + "/" + of));
        return losses;
    }

    @Test
    void shouldCallTrapMissedWhenNobodyCountedAnything() {
        assertThat(claim(2, 100)).containsOnly(Map.entry(LossCause.TRAP_MISSED, "2/100"));
    }

    @Test
    void shouldClaimEachCountOnceWhenSeveralGapsFollow() {
        pool.counted(LossCause.BUFFER_FULL, 3);
        assertThat(claim(2, 10)).containsOnly(Map.entry(LossCause.BUFFER_FULL, "2/10"));
        assertThat(claim(2, 10)).containsOnly(
            Map.entry(LossCause.BUFFER_FULL, "1/5"), Map.entry(LossCause.TRAP_MISSED, "1/5"));
    }

    @Test
    void shouldKeepTotalExactWhenCausesMix() {
        pool.counted(LossCause.COPY_FAULT, 1);
        pool.counted(LossCause.MALFORMED, 1);
        assertThat(claim(3, 10)).containsOnly(Map.entry(LossCause.COPY_FAULT, "1/3"),
            Map.entry(LossCause.MALFORMED, "1/3"), Map.entry(LossCause.TRAP_MISSED, "1/4"));
    }
}
