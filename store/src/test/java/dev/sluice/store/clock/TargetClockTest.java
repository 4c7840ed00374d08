// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.testsupport.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** From ticks to the common time lines, by triples. */
class TargetClockTest {
    private static final long SECOND = 1_000_000_000L;
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
        // The wall clock was set between two readings: up to the second one it goes on as before.
        assertThat(clock.realtimeNs(8000)).isEqualTo(REALTIME + 2500);
        assertThat(clock.realtimeNs(8999)).isEqualTo(REALTIME + 2999);
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
        final long seed = Seed.draw("TargetClockTest");
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

    /** Readings of a nanoTime clock, one a second, with a wall clock that is so much ahead in each. */
    private static List<ClockTriple> seconds(final long... aheadNs) {
        final List<ClockTriple> triples = new ArrayList<>();
        for (int i = 0; i < aheadNs.length; i++) {
            final long ns = 5 * SECOND + i * SECOND;
            triples.add(new ClockTriple(ns, ns, REALTIME + ns + aheadNs[i]));
        }
        return triples;
    }

    @Test
    void shouldStepAtItsPlaceWhenTheWallClockWasSet() {
        final long hour = 3600 * SECOND;
        final TargetClock clock = new TargetClock(seconds(0, 0, hour, hour, -SECOND, -SECOND, 2 * SECOND), SECOND);
        final List<ClockStep> steps = clock.steps(3);
        assertThat(steps).extracting(ClockStep::sizeNs).containsExactly(hour, -hour - SECOND, 3 * SECOND);
        assertThat(steps).extracting(ClockStep::ticks).containsExactly(7 * SECOND, 9 * SECOND, 11 * SECOND);
        assertThat(steps.get(0)).isEqualTo(new ClockStep(3, 7 * SECOND, 7 * SECOND, REALTIME + 7 * SECOND,
            REALTIME + 7 * SECOND + hour, SECOND));
        for (long at = 0; at < 20 * SECOND; at += SECOND / 7) {
            final long ahead = at < 7 * SECOND ? 0 : at < 9 * SECOND ? hour : at < 11 * SECOND ? -SECOND : 2 * SECOND;
            assertThat(clock.realtimeNs(at)).as("at %d", at).isEqualTo(REALTIME + at + ahead);
            assertThat(clock.monotonicNs(at)).isEqualTo(at);
        }
        assertThat(clock.frequencyHz()).isCloseTo(1e9, within(1e-3));
        assertThat(clock.residualNs()).isLessThan(1);
    }

    @Test
    void shouldStepWhenTheMachineSlept() {
        // CLOCK_MONOTONIC stands still meanwhile, and so does a nanoTime clock.
        final List<ClockTriple> triples = List.of(new ClockTriple(100, 100, REALTIME),
            new ClockTriple(SECOND, SECOND, REALTIME + SECOND - 100),
            new ClockTriple(SECOND + 40, SECOND + 40, REALTIME + SECOND - 60 + 8 * 3600 * SECOND));
        final TargetClock clock = new TargetClock(triples, SECOND);
        assertThat(clock.steps(0)).singleElement()
            .satisfies(step -> assertThat(step.sizeNs()).isEqualTo(8 * 3600 * SECOND));
        assertThat(clock.monotonicNs(SECOND + 41) - clock.monotonicNs(SECOND)).isEqualTo(41);
        assertThat(clock.realtimeNs(2 * SECOND)).isEqualTo(REALTIME + 2 * SECOND - 100 + 8 * 3600 * SECOND);
    }

    @Test
    void shouldNotStepWhenTheWallClockIsSlewedOrReadingsAreRough() {
        final long[] ahead = new long[3600];
        for (int i = 1; i < ahead.length; i++) {
            ahead[i] = ahead[i - 1] + (i < 1800 ? 500_000 : -500_000) + (i % 2 == 0 ? 40_000 : -40_000);
        }
        final TargetClock clock = new TargetClock(seconds(ahead), SECOND);
        assertThat(clock.steps(0)).isEmpty();
        for (int i = 0; i < ahead.length; i++) {
            assertThat(clock.realtimeNs(5 * SECOND + i * SECOND)).isEqualTo(REALTIME + 5 * SECOND + i * SECOND
                + ahead[i]);
        }
        // Two readings 10 ns apart, the wall clock of the second 300 ns earlier: time stands still only in between.
        final TargetClock close = new TargetClock(List.of(new ClockTriple(1000, 1000, REALTIME),
            new ClockTriple(1010, 1010, REALTIME - 300)), SECOND);
        assertThat(close.steps(0)).isEmpty();
        assertThat(close.realtimeNs(1000)).isEqualTo(REALTIME);
        assertThat(close.realtimeNs(1010)).isEqualTo(REALTIME);
        assertThat(close.realtimeNs(1010 + SECOND)).isEqualTo(REALTIME + SECOND);
    }

    @Test
    void shouldNeverGoBackButAtStepsWhenReadingsAreRandom() {
        final long seed = Seed.draw("TargetClockTest");
        final Random random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            final List<ClockTriple> triples = new ArrayList<>();
            long ticks = random.nextInt(1_000_000);
            long ns = random.nextInt(1_000_000);
            long ahead = 0;
            final int count = 1 + random.nextInt(12);
            for (int i = 0; i < count; i++) {
                triples.add(new ClockTriple(ticks, ns, REALTIME + ns + ahead + random.nextInt(200)));
                final long elapsed = 1 + random.nextInt(1 << random.nextInt(31));
                ticks += 1 + (long) (elapsed * (1 + random.nextDouble()));
                ns += elapsed;
                ahead += random.nextInt(3) == 0 ? random.nextInt() * 10L : 0;
            }
            final TargetClock clock = new TargetClock(triples, 1_500_000_000L);
            final List<ClockStep> steps = clock.steps(0);
            long lastWall = Long.MIN_VALUE;
            int step = 0;
            final long begin = triples.get(0).ticks() - 1000;
            final long span = ticks + 1000 - begin;
            for (int i = 0; i < 3000; i++) {
                final long at = begin + span / 3000 * i;
                while (step < steps.size() && at >= steps.get(step).ticks()) {
                    step++;
                    lastWall = Long.MIN_VALUE;
                }
                final long wall = clock.realtimeNs(at);
                assertThat(wall).as("seed %d run %d at %d", seed, run, at).isGreaterThanOrEqualTo(lastWall);
                lastWall = wall;
            }
        }
    }

    /** What a counter of three ticks a nanosecond shows that gets a fault, and when it was read, in time order. */
    private static final class Faulty {
        private static final long FAULT_NS = 10 * SECOND + 123_456;
        private final long sizeNs;
        private final double slower;
        private final long stopNs;

        Faulty(final long sizeNs, final double slower, final long stopNs) {
            this.sizeNs = sizeNs;
            this.slower = slower;
            this.stopNs = stopNs;
        }

        long ticks(final long ns) {
            final long after = Math.max(0, ns - FAULT_NS);
            final long error = after == 0 ? 0 : sizeNs - (long) (after * slower) - Math.min(after, stopNs);
            return (1L << 45) + (ns + error) * 3;
        }

        ClockTriple read(final long ns) {
            return new ClockTriple(ticks(ns), ns, REALTIME + ns, 60);
        }

        /** One a second, and around the fault what a target adds that looks every 5 ms. */
        List<ClockTriple> readings() {
            final List<ClockTriple> readings = new ArrayList<>();
            for (long ns = 5 * SECOND; ns <= 15 * SECOND; ns += SECOND) {
                readings.add(read(ns));
                if (ns == 10 * SECOND) {
                    readings.add(read(ns + 120_000));
                    readings.add(read(ns + 5_120_000));
                }
            }
            return readings;
        }

        /** Checks every millisecond; a ring holds its events at the last ticks it had (R11). */
        ClockBreak check(final long fromNs, final long untilNs) {
            final TargetClock clock = new TargetClock(readings(), 3 * SECOND);
            final double error = clock.errorNs();
            assertThat(clock.breaks(2)).hasSize(1);
            final ClockBreak found = clock.breaks(2).get(0);
            assertThat(found.target()).isEqualTo(2);
            long held = 0;
            long last = 0;
            for (long ns = 5 * SECOND; ns < 16 * SECOND; ns += 1_000_003) {
                held = Math.max(held, ticks(ns));
                final long mapped = clock.monotonicNs(held);
                final boolean isNear = fromNs <= ns && ns <= untilNs;
                assertThat((double) Math.abs(mapped - ns)).as("at %d of %s", ns, found)
                    .isLessThanOrEqualTo(isNear ? error : 1000);
                assertThat(mapped).isGreaterThanOrEqualTo(last);
                assertThat(clock.realtimeNs(held) - REALTIME - mapped).isBetween(-1000L, 1000L);
                last = mapped;
            }
            return found;
        }
    }

    @Test
    void shouldGoOnPiecewiseWhenTheCounterJumps() {
        final long cycleNs = 5_120_000;
        for (final long size : new long[] {-2 * SECOND, -SECOND / 50, -2_000_000, -100_000, 100_000, 2_000_000,
            SECOND / 50, 3600 * SECOND}) {
            final ClockBreak found = new Faulty(size, 0, 0)
                .check(Faulty.FAULT_NS - cycleNs, Faulty.FAULT_NS + cycleNs + Math.max(0, -size) + 1_000_003);
            assertThat(found.kind()).isEqualTo(ClockBreak.Kind.JUMP);
            assertThat(found.sizeNs()).isCloseTo(size, within(2000L));
            assertThat(found.withinNs()).isEqualTo(5_000_000);
            assertThat(found.ambiguityNs()).isLessThanOrEqualTo(size > 0 ? 2_500_001 : -size + 2000);
        }
    }

    @Test
    void shouldFollowTheRateWhenTheCounterChangesIt() {
        for (final double slower : new double[] {-0.01, 0.01, -0.5, 0.3}) {
            final ClockBreak found =
                new Faulty(0, slower, 0).check(Faulty.FAULT_NS - 6_000_000, Faulty.FAULT_NS + 6_000_000);
            assertThat(found.kind()).isEqualTo(ClockBreak.Kind.RATE);
            assertThat(found.rateChange()).isCloseTo(-slower, within(1e-4));
        }
    }

    @Test
    void shouldGoOnWhenTheCounterStoodStill() {
        final long stopNs = 3 * SECOND + SECOND / 2;
        final ClockBreak found = new Faulty(0, 0, stopNs).check(Faulty.FAULT_NS, Faulty.FAULT_NS + stopNs + SECOND);
        assertThat(found.kind()).isEqualTo(ClockBreak.Kind.STOP);
        assertThat(found.sizeNs()).isBetween(stopNs, stopNs + SECOND);
    }

    @Test
    void shouldFindNoBreakWhenOnlyTheFirstReadingsAreRoughOrTheStatedFrequencyIsWrong() {
        final List<ClockTriple> readings = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            readings.add(new ClockTriple(3 * i * SECOND, i * SECOND + i % 3 * 4000, REALTIME + i * SECOND, 9000));
        }
        assertThat(new TargetClock(readings, 3 * SECOND).breaks(0)).isEmpty();
        assertThat(new TargetClock(readings, 2 * SECOND).breaks(0)).isEmpty();
        assertThat(new TargetClock(readings, 3 * SECOND).errorNs()).isBetween(4500.0, 15_000.0);
    }
}
