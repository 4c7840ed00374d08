// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.pace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine.TypeConversionException;

/** When events pass, by a clock that the test moves. */
@Timeout(300)
class PaceTest {
    private static final long NOW = 1_000_000;

    private final AtomicLong now = new AtomicLong(NOW);
    private final AtomicBoolean isToEnd = new AtomicBoolean();
    private final ReplayClock clock = new ReplayClock(now::get);

    private static ReplaySpeed speed(final String text) {
        return new ReplaySpeed.Converter().convert(text);
    }

    private Pace pace(final String speed) {
        return new Pace(speed(speed), clock, isToEnd::get);
    }

    @Test
    void shouldBeDueAsFarFromTheFirstEventAsTheSpeedSays() {
        final Pace original = pace("original");
        assertThat(original.dueNs(5_000)).isEqualTo(NOW);
        now.addAndGet(77);
        assertThat(original.dueNs(6_000)).isEqualTo(NOW + 1_000);
        // Another target's clock may be behind: due together with the event before.
        assertThat(original.dueNs(5_500)).isEqualTo(NOW + 1_000);
        final Pace fast = pace("4");
        assertThat(fast.dueNs(5_000)).isEqualTo(NOW + 77);
        assertThat(fast.dueNs(9_000)).isEqualTo(NOW + 77 + 1_000);
        assertThat(pace("max").dueNs(5_000)).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void shouldLeaveAMomentBeforeTheFirstEventWhenThoseWhoPassItOnHaveToBegin() {
        final Pace pace = Pace.withLead(speed("original"), clock, isToEnd::get);
        final long first = pace.dueNs(5_000);
        assertThat(first).isEqualTo(NOW + TimeUnit.MILLISECONDS.toNanos(50));
        assertThat(pace.dueNs(6_000)).isEqualTo(first + 1_000);
        assertThat(pace.elapsedNs()).isZero();
        now.set(first + 10);
        assertThat(pace.elapsedNs()).isEqualTo(10);
        assertThat(Pace.withLead(speed("max"), clock, isToEnd::get).dueNs(5_000)).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void shouldMeasureHowLateEachEventIsWhenItHasADueTime() {
        final Pace pace = pace("original");
        final long due = pace.dueNs(0);
        for (int i = 0; i < 100; i++) {
            now.set(due + i + (i == 99 ? 1_000_000 : 0));
            assertThat(pace.await(due)).isTrue();
        }
        assertThat(pace.lateness().json()).containsEntry("p50", 49L).containsEntry("p99", 98L)
            .containsEntry("max", 1_000_099L);
        assertThat(pace.lateness().text()).isEqualTo("late by p50 0.0 us, p99 0.1 us, max 1,000.1 us");
        final Pace max = pace("max");
        assertThat(max.await(max.dueNs(0))).isTrue();
        assertThat(max.lateness().isEmpty()).isTrue();
    }

    @Test
    void shouldFlushOnceAndEndWhenAskedToDuringAWait() throws Exception {
        final Pace pace = pace("original");
        pace.dueNs(0);
        final long due = pace.dueNs(TimeUnit.HOURS.toNanos(1));
        final AtomicInteger flushed = new AtomicInteger();
        final AtomicInteger asked = new AtomicInteger();
        assertThat(pace.await(due, flushed::incrementAndGet, () -> asked.incrementAndGet() == 3)).isFalse();
        assertThat(flushed).hasValue(1);
        isToEnd.set(true);
        assertThat(pace.await(due)).isFalse();
        assertThat(pace.lateness().isEmpty()).isTrue();
    }

    @Test
    void shouldStandStillAndPassOneEventAStepWhenPaused() {
        clock.toggle();
        now.addAndGet(500);
        assertThat(clock.nowNs()).isEqualTo(NOW);
        assertThat(clock.isDue(NOW - 1)).isFalse();
        assertThat(clock.isDue(Long.MIN_VALUE)).isFalse();
        clock.step(2);
        assertThat(clock.isDue(NOW + 10_000)).isTrue();
        assertThat(clock.nowNs()).isEqualTo(NOW + 10_000);
        assertThat(clock.isDue(Long.MIN_VALUE)).isTrue();
        assertThat(clock.isDue(Long.MIN_VALUE)).isFalse();
        clock.toggle();
        assertThat(clock.nowNs()).isEqualTo(NOW + 10_000);
        now.addAndGet(1);
        assertThat(clock.isDue(NOW + 10_002)).isFalse();
        assertThat(clock.isDue(NOW + 10_001)).isTrue();
    }

    @Test
    void shouldSayWhatIsFarWhenTimeStandsStillToo() {
        final Pace pace = pace("original");
        final long first = pace.dueNs(0);
        final long later = pace.dueNs(TimeUnit.SECONDS.toNanos(1));
        assertThat(pace.isFar(first)).isFalse();
        assertThat(pace.isFar(later)).isTrue();
        assertThat(pace.isFar(Long.MIN_VALUE)).isFalse();
        clock.toggle();
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(pace.isFar(later)).isTrue();
        clock.toggle();
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(pace.isFar(later)).isFalse();
    }

    @Test
    void shouldRefuseASpeedWhenItIsNone() {
        assertThat(speed("0.5").factor()).isEqualTo(0.5);
        for (final String wrong : new String[] {"", "0", "-1", "fast", "NaN", "1e3", "2000000", "0.0000001"}) {
            assertThatThrownBy(() -> speed(wrong)).as(wrong).isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("is no speed");
        }
    }
}
