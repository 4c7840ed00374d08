// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.ClockTriple;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** From ticks to the common time lines, by triples. */
class TargetClockTest {
    private static final long REALTIME = 1_700_000_000_000_000_000L;
    /** A counter of 2 ticks a nanosecond, then of 4, then of 2 with a wall clock that was set forward by a second. */
    private static final List<ClockTriple> TRIPLES = List.of(
        new ClockTriple(1000, 500, REALTIME), new ClockTriple(3000, 1500, REALTIME + 1000),
        new ClockTriple(7000, 2500, REALTIME + 2000), new ClockTriple(9000, 3500, REALTIME + 1_000_003_000L));

    @Test
    void shouldLieOnTheLineBetweenTheNeighboursWhenThereAreTriples() {
        final TargetClock clock = new TargetClock(TRIPLES, 2_000_000_000L);
        for (final ClockTriple triple : TRIPLES) {
            assertThat(clock.monotonicNs(triple.ticks())).isEqualTo(triple.monotonicNs());
            assertThat(clock.realtimeNs(triple.ticks())).isEqualTo(triple.realtimeNs());
        }
        assertThat(clock.monotonicNs(2000)).isEqualTo(1000);
        assertThat(clock.realtimeNs(2000)).isEqualTo(REALTIME + 500);
        assertThat(clock.monotonicNs(5000)).isEqualTo(2000);
        assertThat(clock.realtimeNs(8000)).isEqualTo(REALTIME + 500_002_500L);
        // Going back is allowed as well: rings are read one after another.
        assertThat(clock.monotonicNs(2000)).isEqualTo(1000);
        // Beyond the ends the first and the last line go on.
        assertThat(clock.monotonicNs(800)).isEqualTo(400);
        assertThat(clock.monotonicNs(10_000)).isEqualTo(4000);
    }

    @Test
    void shouldUseTheStatedFrequencyWhenThereIsOneTriple() {
        final TargetClock clock = new TargetClock(TRIPLES.subList(0, 1), 2_000_000_000L);
        assertThat(clock.monotonicNs(1000 + 2_000_000_000L)).isEqualTo(500 + 1_000_000_000L);
        assertThat(clock.realtimeNs(1000 - 20)).isEqualTo(REALTIME - 10);
        assertThat(clock.isKnown()).isTrue();
        assertThat(new TargetClock(List.of(), 1_000_000_000L).isKnown()).isFalse();
    }

    @Test
    void shouldNeverGoBackWhenTicksDoNot() {
        final long seed = System.nanoTime();
        System.out.println("TargetClockTest seed " + seed);
        final Random random = new Random(seed);
        final ClockTriple[] triples = new ClockTriple[20];
        long ticks = 0;
        long ns = 0;
        for (int i = 0; i < triples.length; i++) {
            ticks += 1 + random.nextInt(5000);
            ns += random.nextInt(3000);
            triples[i] = new ClockTriple(ticks, ns, REALTIME + ns);
        }
        final TargetClock clock = new TargetClock(List.of(triples), 1_000_000_000L);
        long last = Long.MIN_VALUE;
        for (long at = -100; at < ticks + 100; at++) {
            final long now = clock.monotonicNs(at);
            assertThat(now).as("seed %d at %d", seed, at).isGreaterThanOrEqualTo(last);
            last = now;
        }
    }

    @Test
    void shouldRefuseTriplesWhenTheyContradictEachOther() {
        assertThatThrownBy(() -> new TargetClock(
            List.of(new ClockTriple(1, 100, REALTIME), new ClockTriple(2, 99, REALTIME)), 1_000_000_000L))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("goes back");
    }
}
