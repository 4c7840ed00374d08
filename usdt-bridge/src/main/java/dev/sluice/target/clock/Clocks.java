// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.usdt.Tsc;

/**
 * The clocks that can stamp events: says which clock is fit on this machine, and reads a clock together with the
 * kernel's clocks.
 */
public final class Clocks {
    public static final String AUTO = "auto";
    public static final String TSC = "tsc";
    public static final String NANO = "nano";
    public static final String COARSE = "coarse";
    public static final String SAMPLED = "sampled";

    private static final String PROPERTY = "sluice.clock";
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** For tests: the clock of the next target, whatever the settings say. */
    private static volatile Clock substitute;

    private Clocks() {
    }

    /** Makes a clock the clock of the next target. For tests. */
    public static void substitute(final Clock clock) {
        substitute = clock;
    }

    /**
     * The clock of a target.
     *
     * @param clock the clock that stamps events
     * @param why   the reason for this clock, for readers of reports
     */
    public record Choice(Clock clock, String why) {
    }

    /**
     * Begins to measure the counter, if a clock of that name needs the counter and nothing is known against it; returns
     * null otherwise.
     */
    public static CounterTrial begin(final String name) {
        return (AUTO.equals(name) || TSC.equals(name) || SAMPLED.equals(name)) && Tsc.isSound()
            ? new CounterTrial(Tsc::read, Tsc::readInOrder) : null;
    }

    /**
     * The clock of a name, or the clock that takes its place. If the application asked for a clock that it cannot have,
     * one warning says so; if it left the choice to the library, there is no warning.
     *
     * @param periodNs of a ticker
     * @param every    one event in so many takes a reading of a clock that is sampled
     * @param trial    what {@link #begin} returned for the name
     */
    public static Choice choose(final String name, final long periodNs, final int every, final CounterTrial trial) {
        final Choice choice = source(name, periodNs, trial);
        if (!SAMPLED.equals(name)) {
            return choice;
        }
        return new Choice(new SampledClock(choice.clock(), periodNs, every), "one event in " + every + " of a thread"
            + " reads " + Clock.name(choice.clock().kind()) + ", and the first one after " + periodNs / 1_000_000
            + " ms; " + choice.why());
    }

    private static Choice source(final String name, final long periodNs, final CounterTrial trial) {
        final Clock given = substitute;
        if (given != null) {
            return new Choice(given, "a substitute");
        }
        if (COARSE.equals(name)) {
            return new Choice(new CoarseClock(periodNs), PROPERTY + "=coarse: late by up to " + periodNs / 1_000_000
                + " ms and what its thread waits for a processor");
        }
        if (NANO.equals(name)) {
            return new Choice(new NanoClock(), PROPERTY + "=nano");
        }
        final String against = trial == null ? Tsc.reason() : trial.finish();
        if (against.isEmpty()) {
            return new Choice(new TscClock(trial.frequency()), PROPERTY + '=' + name
                + ", and the counter is sound: clock source " + Tsc.clockSource() + "; " + trial.describe());
        }
        if (TSC.equals(name)) {
            Warnings.once(PROPERTY + "=tsc is refused, and nano is used: " + against);
        }
        return new Choice(new NanoClock(), PROPERTY + '=' + name + ", and the counter is refused: " + against);
    }

    /**
     * Reads all three clocks. Of the coarse clock this takes what the clock would say if it were not late, so that the
     * times of events are as late as their ticks and not later.
     */
    public static ClockTriple triple(final Clock clock) {
        return clock.kind() == Clock.KIND_COARSE ? ClockTriple.take() : ClockTriple.take(clock.source()::ticks);
    }

    private static final class NanoClock implements Clock {
        @Override
        public long ticks() {
            return System.nanoTime();
        }

        @Override
        public int kind() {
            return KIND_NANO;
        }

        @Override
        public long frequency() {
            return NANOS_PER_SECOND;
        }
    }

    private static final class TscClock implements Clock {
        private final long frequency;

        TscClock(final long frequency) {
            this.frequency = frequency;
        }

        @Override
        public long ticks() {
            return Tsc.read();
        }

        @Override
        public int kind() {
            return KIND_TSC;
        }

        @Override
        public long frequency() {
            return frequency;
        }
    }
}
