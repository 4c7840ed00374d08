// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import dev.sluice.ring.Clock;
import dev.sluice.ring.ClockTriple;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.usdt.Tsc;

/** The clocks that events can be stamped with, which of them is fit here, and readings of them beside the kernel's. */
public final class Clocks {
    public static final String AUTO = "auto";
    public static final String TSC = "tsc";
    public static final String NANO = "nano";
    public static final String COARSE = "coarse";

    private static final String PROPERTY = "sluice.clock";
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** For tests: the clock of a target that is yet to be started, whatever the settings say. */
    private static volatile Clock substitute;

    private Clocks() {
    }

    /** Makes a clock that of the next target. For tests. */
    public static void substitute(final Clock clock) {
        substitute = clock;
    }

    /**
     * The clock of a target.
     *
     * @param clock what stamps events
     * @param why   why it is that one, for readers of reports
     */
    public record Choice(Clock clock, String why) {
    }

    /** Begins to measure the counter if a clock of that name needs it and nothing is known against it; null if not. */
    public static CounterTrial begin(final String name) {
        return (AUTO.equals(name) || TSC.equals(name)) && Tsc.isSound()
            ? new CounterTrial(Tsc::read, Tsc::readInOrder) : null;
    }

    /**
     * The clock of a name, or what there is in its stead: the application is not told where it left the choice to us,
     * and once where it asked for a clock that it cannot have.
     *
     * @param periodNs of the coarse clock's ticker
     * @param trial    what {@link #begin} returned for the name
     */
    public static Choice choose(final String name, final long periodNs, final CounterTrial trial) {
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
     * Reads all three clocks. Of the coarse clock, what it would say if it were not late: so that its times are as late
     * as its ticks, and no more.
     */
    public static ClockTriple triple(final Clock clock) {
        return clock.kind() == Clock.KIND_COARSE ? ClockTriple.take() : ClockTriple.take(clock::ticks);
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
