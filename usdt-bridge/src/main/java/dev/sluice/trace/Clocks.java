// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.Clock;
import dev.sluice.ring.ClockTriple;
import dev.sluice.usdt.Tsc;

/** The clocks that events can be stamped with, and readings of them beside the kernel's. */
final class Clocks {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private Clocks() {
    }

    /**
     * The clock of a name.
     *
     * @param periodNs of the coarse clock's ticker
     * @throws IllegalStateException if it is not sound here, with the reason
     */
    static Clock named(final String name, final long periodNs) {
        if ("coarse".equals(name)) {
            return new CoarseClock(periodNs);
        }
        if ("tsc".equals(name)) {
            if (!Tsc.isSound()) {
                throw new IllegalStateException("sluice.clock=tsc is refused: " + Tsc.reason()
                    + ": use sluice.clock=nano");
            }
            return new TscClock();
        }
        return new NanoClock();
    }

    /**
     * Reads all three clocks. Of the coarse clock, what it would say if it were not late: so that its times are as late
     * as its ticks, and no more.
     */
    static ClockTriple triple(final Clock clock) {
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
        private static final long CALIBRATION_NS = 20_000_000L;
        private final long frequency = calibrate();

        private static long calibrate() {
            final long beginNs = System.nanoTime();
            final long begin = Tsc.read();
            long elapsedNs;
            do {
                Thread.onSpinWait();
                elapsedNs = System.nanoTime() - beginNs;
            } while (elapsedNs < CALIBRATION_NS);
            return Math.round((Tsc.read() - begin) * (double) NANOS_PER_SECOND / elapsedNs);
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
