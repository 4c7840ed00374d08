// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.clock.TickerState.Late;
import dev.sluice.store.format.TickerInfo;
import dev.sluice.testsupport.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class TickerIntervalsTest {
    private static final long ALLOWED = 100;

    private final TickerIntervals intervals = new TickerIntervals();

    private void add(final long confirmed, final long until, final long lateCount, final Late... late) {
        intervals.add(new TickerInfo(new TickerState(16, ALLOWED, confirmed, lateCount, List.of(late)), until));
    }

    private long latest(final long ticks) {
        return intervals.latestNs(ticks, LongUnaryOperator.identity());
    }

    @Test
    void shouldKnowNothingWhenTheTickerHasSaidNothing() {
        assertThat(latest(5)).isEqualTo(TickerIntervals.UNKNOWN);
        assertThat(intervals.isKnown()).isFalse();
    }

    @Test
    void shouldBeOnePeriodLaterWhenTheTickerWasInTime() {
        add(1000, 2000, 0);
        assertThat(latest(5)).isEqualTo(105);
        assertThat(latest(999)).isEqualTo(1099);
        assertThat(latest(1000)).as("its interval has not ended").isEqualTo(2000);
        intervals.addPacket();
        assertThat(latest(999)).isEqualTo(1099);
        assertThat(latest(1000)).as("it may be from after what was said last").isEqualTo(TickerIntervals.UNKNOWN);
    }

    @Test
    void shouldReachToTheEndOfEveryLateIntervalThatHoldsIt() {
        add(1000, 2000, 2, new Late(200, 450), new Late(440, 700));
        assertThat(latest(199)).isEqualTo(299);
        assertThat(latest(200)).isEqualTo(450);
        assertThat(latest(439)).as("in time after all").isEqualTo(539);
        assertThat(latest(440)).isEqualTo(700);
        assertThat(latest(700)).isEqualTo(800);
        assertThat(latest(701)).isEqualTo(801);
        assertThat(intervals.lateCount()).isEqualTo(2);
        assertThat(intervals.longestTicks()).isEqualTo(260);
    }

    @Test
    void shouldTakeMissingIntervalsForOneFromTheLastToTheNext() {
        add(1000, 0, 1, new Late(200, 450));
        add(9000, 0, 7, new Late(8000, 8200));
        assertThat(latest(199)).isEqualTo(299);
        assertThat(latest(5000)).isEqualTo(8200);
        assertThat(latest(8201)).isEqualTo(8301);
        add(20_000, 0, 9);
        assertThat(latest(10_000)).as("two of which nothing is known").isEqualTo(20_100);
    }

    @Test
    void shouldTakeMissingIntervalsBeforeTheFirstForOneThatBeginsWithTheTrace() {
        add(9000, 0, 7, new Late(8000, 8200));
        assertThat(latest(-5000)).isEqualTo(8200);
    }

    @Test
    void shouldIgnoreWhatItKnowsAlreadyAndRefuseWhatContradictsItself() {
        add(1000, 0, 1, new Late(200, 450));
        add(2000, 0, 1, new Late(200, 450));
        assertThat(intervals.lateCount()).isEqualTo(1);
        assertThatIllegalArgumentException().isThrownBy(() -> add(3000, 0, 0, new Late(2000, 2200)));
        assertThatIllegalArgumentException().isThrownBy(() -> add(3000, 0, 2, new Late(2200, 2000)));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> add(3000, 0, 2, new Late(Long.MIN_VALUE, Long.MAX_VALUE)));
    }

    /** Against a search through all of them; beyond the capacity never earlier, and not much later. */
    @Test
    void shouldFindWhatASearchThroughAllFindsAndProveNoMoreWhenThereAreTooMany() {
        final long seed = Seed.draw("TickerIntervalsTest");
        final Random random = new Random(seed);
        final List<Late> all = new ArrayList<>();
        long at = 0;
        for (int i = 0; i < 3 * TickerIntervals.CAPACITY; i++) {
            at += random.nextInt(5000);
            all.add(new Late(at, at + ALLOWED + 1 + random.nextInt(3000)));
            add(at + 10_000, 0, i + 1, all.get(i));
            if (i == 1000 || i == TickerIntervals.CAPACITY - 1 || i == 3 * TickerIntervals.CAPACITY - 1) {
                compare(all, random, i < TickerIntervals.CAPACITY);
            }
        }
    }

    private void compare(final List<Late> all, final Random random, final boolean isExact) {
        final long[] begins = all.stream().mapToLong(Late::beginTicks).toArray();
        for (int i = 0; i < 2000; i++) {
            final long ticks = random.nextInt((int) begins[begins.length - 1] + 1000);
            final int found = Arrays.binarySearch(begins, ticks);
            long expected = ticks + ALLOWED;
            for (int j = Math.max(0, (found < 0 ? -found : found) - 2000); j < all.size() && begins[j] <= ticks; j++) {
                expected = all.get(j).endTicks() >= ticks ? Math.max(expected, all.get(j).endTicks()) : expected;
            }
            if (isExact) {
                assertThat(latest(ticks)).isEqualTo(expected);
            } else {
                assertThat(latest(ticks)).isBetween(expected, expected + 100_000);
            }
        }
    }
}
