// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.ring.clock.Clock;
import dev.sluice.target.jvm.JdkAccess;
import dev.sluice.usdt.Tsc;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Counters that are made to misbehave are found out, and those that do not are taken. */
@Timeout(300)
class CounterTrialTest {
    private static final long BEGIN_NS = System.nanoTime();
    /** Ticks in a nanosecond. */
    private static final int RATE = 3;

    private static long ticks() {
        return (System.nanoTime() - BEGIN_NS) * RATE + 1_000_000;
    }

    private static String finding(final LongSupplier counter) {
        return new CounterTrial(counter, counter).finish();
    }

    @Test
    void shouldFindNothingAndTheFrequencyWhenCounterIsALine() {
        final CounterTrial trial = new CounterTrial(CounterTrialTest::ticks, CounterTrialTest::ticks);
        assertThat(trial.finish()).isEmpty();
        assertThat((double) trial.frequency()).isCloseTo(RATE * 1e9, within(RATE * 1e9 / 500));
        assertThat(trial.describe()).contains("off a line");
    }

    @Test
    void shouldFindItWhenCounterStandsStill() {
        assertThat(finding(() -> 5)).contains("stands still");
    }

    @Test
    void shouldFindItWhenCounterIsNoLine() {
        final long beginNs = System.nanoTime();
        // It runs the faster the longer it runs.
        assertThat(finding(() -> (System.nanoTime() - beginNs) * (System.nanoTime() - beginNs)))
            .contains("no straight line");
    }

    @Test
    void shouldFindItWhenProcessorsDiffer() {
        // As on processors of which every other one is late by a little: the thread is carried from one to the other.
        assertThat(finding(() -> ticks() - (ThreadLocalRandom.current().nextInt(2) == 0 ? 0 : 30_000)))
            .contains("differs between processors");
    }

    @Test
    void shouldFindNothingWhenTheCallerWasInterrupted() {
        final CounterTrial trial = new CounterTrial(CounterTrialTest::ticks, CounterTrialTest::ticks);
        Thread.currentThread().interrupt();
        assertThat(trial.finish()).isEmpty();
        assertThat(Thread.interrupted()).as("the application finds its interrupt").isTrue();
    }

    @Test
    void shouldBeTheCounterExactlyWhereItIsSoundWhenTheChoiceIsLeftToUs() {
        assertThat(JdkAccess.open()).isNull();
        final Clocks.Choice choice = Clocks.choose(Clocks.AUTO, 0, 0, Clocks.begin(Clocks.AUTO));
        System.out.println("CounterTrialTest: " + choice.why());
        assertThat(choice.clock().kind()).isEqualTo(Tsc.isSound() ? Clock.KIND_TSC : Clock.KIND_NANO);
        assertThat(choice.why()).startsWith("sluice.clock=auto, and the counter is ")
            .contains(Tsc.isSound() ? "sound: clock source " + Tsc.clockSource() : "refused: " + Tsc.reason());
    }

    @Test
    void shouldBeNanoAndSayWhyWhenNothingElseIsFit() {
        assertThat(Clocks.choose(Clocks.NANO, 0, 0, Clocks.begin(Clocks.NANO)).why()).isEqualTo("sluice.clock=nano");
        final Clocks.Choice refused =
            Clocks.choose(Clocks.TSC, 0, 0, new CounterTrial(() -> 7, () -> 7));
        assertThat(refused.clock().kind()).isEqualTo(Clock.KIND_NANO);
        assertThat(refused.why()).startsWith("sluice.clock=tsc, and the counter is refused: the counter stands still");
    }
}
