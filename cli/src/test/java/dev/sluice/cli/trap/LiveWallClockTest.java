// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.trap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import org.junit.jupiter.api.Test;

class LiveWallClockTest {
    private static final long MS = 1_000_000L;
    private static final long REALTIME = 1_700_000_000_000_000_000L;

    private long nowNs = 1000 * MS;
    private long aheadNs;
    private long errorNs;

    private final LiveWallClock clock = new LiveWallClock(() -> triple(errorNs), () -> triple(0));

    private ClockTriple triple(final long error) {
        return new ClockTriple(nowNs, nowNs, REALTIME + nowNs + aheadNs + error);
    }

    @Test
    void shouldStepWhereItNoticesWhenTheWallClockWasSet() {
        assertThat(clock.realtimeNs(nowNs)).isEqualTo(REALTIME + 1000 * MS);
        aheadNs = -3_600_000 * MS;
        nowNs += 5 * MS;
        assertThat(clock.realtimeNs(nowNs)).isEqualTo(REALTIME + 1005 * MS);
        nowNs += 10 * MS;
        // What was before keeps the old time.
        assertThat(clock.realtimeNs(nowNs - 3 * MS)).isEqualTo(REALTIME + 1012 * MS);
        assertThat(clock.realtimeNs(nowNs)).isEqualTo(REALTIME + 1015 * MS + aheadNs);
        aheadNs = 0;
        nowNs += 10 * MS;
        assertThat(clock.realtimeNs(nowNs)).isEqualTo(REALTIME + 1025 * MS);
    }

    @Test
    void shouldNotMoveWhenAReadingIsRoughOrTheClockIsSlewed() {
        for (int i = 1; i <= 100; i++) {
            nowNs += 10 * MS;
            errorNs = i % 2 == 0 ? 30 * MS : -90_000;
            aheadNs += 5_000;
            assertThat(clock.realtimeNs(nowNs)).isEqualTo(REALTIME + nowNs);
        }
    }
}
