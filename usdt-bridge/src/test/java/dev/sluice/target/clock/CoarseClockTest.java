// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.target.LocalSession;
import dev.sluice.target.jvm.JdkAccess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CoarseClockTest {
    private static final long PERIOD_NS = 1_000_000;
    private static final int TICKS = 20_000;

    @BeforeAll
    static void openJdk() {
        assertThat(JdkAccess.open()).isNull();
    }

    @Test
    void shouldBeThatOfTheNameWhenItIsChosen() {
        final Clock clock = Clocks.choose("coarse", PERIOD_NS, 0, Clocks.begin("coarse")).clock();
        assertThat(clock).isInstanceOf(CoarseClock.class);
        assertThat(clock.kind()).isEqualTo(Clock.KIND_COARSE);
        assertThat(clock.frequency()).isEqualTo(1_000_000_000L);
    }

    @Test
    void shouldBeNoMoreThanOneTickLateAndNeverAheadWhenItTicks() {
        final CoarseClock clock = new CoarseClock(PERIOD_NS);
        long last = clock.ticks();
        for (int i = 0; i < TICKS; i++) {
            final long before = System.nanoTime();
            clock.tick();
            final long ticks = clock.ticks();
            assertThat(ticks).isBetween(before, System.nanoTime()).isGreaterThanOrEqualTo(last);
            assertThat(clock.ticks()).as("between ticks it stands still").isEqualTo(ticks);
            last = ticks;
        }
    }

    @Test
    void shouldNeverGoBackWhenSeveralThreadsTick() throws InterruptedException {
        final CoarseClock clock = new CoarseClock(PERIOD_NS);
        final List<String> wrong = new ArrayList<>();
        final AtomicBoolean isOver = new AtomicBoolean();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            threads.add(new Thread(() -> {
                for (int j = 0; j < TICKS; j++) {
                    clock.wake();
                }
            }));
        }
        final Thread reader = new Thread(() -> {
            long last = Long.MIN_VALUE;
            while (!isOver.get()) {
                final long ticks = clock.ticks();
                if (ticks < last || ticks > System.nanoTime()) {
                    wrong.add(ticks + " after " + last);
                }
                last = ticks;
            }
        });
        reader.start();
        threads.forEach(Thread::start);
        for (final Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(60));
        }
        isOver.set(true);
        reader.join(TimeUnit.SECONDS.toMillis(60));
        assertThat(wrong).isEmpty();
    }

    @Test
    void shouldGoOnTickingWhenItIsRead() {
        final CoarseClock clock = new CoarseClock(PERIOD_NS);
        final AtomicBoolean isRead = new AtomicBoolean();
        clock.start(isRead::get);
        isRead.set(true);
        clock.wake();
        for (int i = 0; i < 10; i++) {
            final long ticks = clock.ticks();
            LocalSession.await(() -> clock.ticks() > ticks);
        }
    }

    /** Issue 9, 4: the thread went round as fast as it could. */
    @Test
    void shouldWaitBetweenItsTicksWhenTheyKeepThrowing() {
        final CoarseClock clock = new CoarseClock(PERIOD_NS);
        final AtomicInteger looks = new AtomicInteger();
        final AtomicBoolean isBroken = new AtomicBoolean(true);
        clock.start(() -> {
            looks.incrementAndGet();
            if (isBroken.get()) {
                throw new IllegalStateException("a tick that throws");
            }
            return true;
        });
        LocalSession.await(() -> looks.get() > 0);
        final int before = looks.get();
        final long begin = System.nanoTime();
        LocalSession.await(() -> System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(300));
        final int more = looks.get() - before;
        // A busy machine may wake this thread much later. Between two looks are 20 ms.
        final long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        assertThat(more).as("looks in %d ms", tookMs).isLessThan((int) (tookMs / 5));
        isBroken.set(false);
        final long ticks = clock.ticks();
        LocalSession.await(() -> clock.ticks() > ticks);
    }

    @Test
    void shouldPutItsTicksOnTheTimeLineAsTheyAreWhenTriplesAreRead() {
        final CoarseClock clock = new CoarseClock(PERIOD_NS);
        final long begin = System.nanoTime();
        final ClockTriple triple = Clocks.triple(clock);
        // However late the clock is, a tick means the very nanosecond of CLOCK_MONOTONIC that it names.
        assertThat(triple.ticks()).isEqualTo(triple.monotonicNs()).isBetween(begin, System.nanoTime());
    }
}
