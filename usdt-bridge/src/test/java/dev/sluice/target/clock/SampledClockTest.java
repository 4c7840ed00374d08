// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.memory.Memory;
import dev.sluice.target.jvm.JdkAccess;
import dev.sluice.usdt.Tsc;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SampledClockTest {
    private static final long PERIOD_NS = 1_000_000;
    private static final long ALLOWED = 1000;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(TickerState.LENGTH);
    private final long address = BufferUtil.address(memory);
    private final AtomicLong now = new AtomicLong(50_000);

    @BeforeAll
    static void openJdk() {
        assertThat(JdkAccess.open()).isNull();
    }

    /** A source of one tick a microsecond that is set by hand. */
    private final class HandClock implements Clock {
        @Override
        public long ticks() {
            return now.get();
        }

        @Override
        public int kind() {
            return KIND_NANO;
        }

        @Override
        public long frequency() {
            return 1_000_000;
        }
    }

    private SampledClock clock() {
        final SampledClock clock = new SampledClock(new HandClock(), PERIOD_NS, 16);
        assertThat(TickerState.read(address)).as("nothing is there").isNull();
        clock.writeTo(address);
        return clock;
    }

    private void tickAt(final SampledClock clock, final long ticks) {
        now.set(ticks);
        clock.tick();
    }

    @Test
    void shouldReadWhatWouldBeChosenWhenItIsChosen() {
        final Clocks.Choice choice = Clocks.choose("sampled", PERIOD_NS, 5, Clocks.begin("sampled"));
        final SampledClock clock = (SampledClock) choice.clock();
        assertThat(clock.kind()).isEqualTo(Clock.KIND_SAMPLED);
        assertThat(clock.every()).isEqualTo(5);
        if (!Tsc.isSound()) {
            assertThat(clock.source().kind()).isEqualTo(Clock.KIND_NANO);
        }
        assertThat(choice.why()).startsWith("one event in 5 of a thread reads "
            + Clock.name(clock.source().kind()) + ", and the first one after 1 ms; sluice.clock=sampled");
        assertThat(clock.frequency()).isEqualTo(clock.source().frequency());
        final long before = clock.source().ticks();
        assertThat(clock.ticks()).isBetween(before, before + clock.frequency() * 60);
    }

    @Test
    void shouldConfirmTheIntervalsBeforeTheLastTickWhenItTicks() {
        final SampledClock clock = clock();
        assertThat(TickerState.read(address).allowedTicks()).as("a period of ticks").isEqualTo(PERIOD_NS / ALLOWED);
        assertThat(TickerState.read(address).every()).isEqualTo(16);
        assertThat(TickerState.read(address).confirmedTicks()).isEqualTo(50_000);
        final long word = Memory.getLong(clock.wordAddress());
        tickAt(clock, 50_400);
        assertThat(Memory.getLong(clock.wordAddress())).as("another word").isNotEqualTo(word);
        assertThat(TickerState.read(address).confirmedTicks()).isEqualTo(50_400);
        assertThat(TickerState.read(address).lateCount()).isZero();
    }

    @Test
    void shouldWriteDownEveryIntervalThatIsLongerThanThePeriod() {
        final SampledClock clock = clock();
        tickAt(clock, 51_000);
        assertThat(TickerState.read(address).lateCount()).as("exactly a period").isZero();
        tickAt(clock, 52_001);
        assertThat(TickerState.read(address).late()).containsExactly(new TickerState.Late(51_000, 52_001));
        long begin = 52_001;
        for (int i = 0; i < 2 * TickerState.LATE_CAPACITY; i++) {
            begin += 2000;
            tickAt(clock, begin);
        }
        final TickerState state = TickerState.read(address);
        assertThat(state.lateCount()).isEqualTo(2 * TickerState.LATE_CAPACITY + 1);
        assertThat(state.late()).as("the newest").hasSize(TickerState.LATE_CAPACITY)
            .endsWith(new TickerState.Late(begin - 2000, begin));
        assertThat(state.late()).isSortedAccordingTo(Comparator.comparingLong(TickerState.Late::beginTicks));
    }

    @Test
    void shouldHaveBothTimesInALateIntervalWhenTheClockGoesBack() {
        final SampledClock clock = clock();
        tickAt(clock, 50_100);
        tickAt(clock, 40_000);
        assertThat(TickerState.read(address).late()).containsExactly(new TickerState.Late(40_000, 50_100));
        assertThat(TickerState.read(address).confirmedTicks()).isEqualTo(40_000);
    }

    @Test
    void shouldReadNothingWhenTheWriterHasDiedInTheMiddle() {
        final SampledClock clock = clock();
        tickAt(clock, 50_100);
        Memory.putLong(address + TickerState.VERSION_OFFSET, Memory.getLong(address + TickerState.VERSION_OFFSET) + 1);
        assertThat(TickerState.read(address)).isNull();
    }

    /** The second reading is behind the store: the interval holds whoever has found the word as it was. */
    @Test
    void shouldHaveEveryLookAtTheWordInTheIntervalWhenAnotherThreadTicks() throws InterruptedException {
        final SampledClock clock =
            (SampledClock) Clocks.choose("sampled", PERIOD_NS, 16, Clocks.begin("sampled")).clock();
        clock.writeTo(address);
        // Every interval is longer than that, so each is written down.
        Memory.putLong(address + TickerState.ALLOWED_OFFSET, -1);
        final Thread ticker = new Thread(() -> {
            for (int i = 0; i < TickerState.LATE_CAPACITY; i++) {
                clock.tick();
                final long until = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(300);
                while (System.nanoTime() - until < 0) {
                    Thread.onSpinWait();
                }
            }
        });
        final long first = Memory.getLongAcquire(clock.wordAddress());
        final long[] reading = new long[TickerState.LATE_CAPACITY + 2];
        final long[] latest = new long[reading.length];
        ticker.start();
        while (ticker.isAlive()) {
            final long word = Memory.getLongAcquire(clock.wordAddress());
            final int at = (int) (word - first);
            if (reading[at] == 0) {
                reading[at] = clock.ticks();
                continue;
            }
            final long before = clock.ticks();
            if (Memory.getLongAcquire(clock.wordAddress()) == word) {
                latest[at] = before;
            }
        }
        ticker.join(TimeUnit.MINUTES.toMillis(1));
        final TickerState state = TickerState.read(address);
        int seen = 0;
        for (int i = 0; i < state.late().size(); i++) {
            if (latest[i] != 0) {
                assertThat(reading[i]).isGreaterThanOrEqualTo(state.late().get(i).beginTicks());
                assertThat(latest[i]).isLessThanOrEqualTo(state.late().get(i).endTicks());
                seen++;
            }
        }
        assertThat(seen).isPositive();
    }
}
