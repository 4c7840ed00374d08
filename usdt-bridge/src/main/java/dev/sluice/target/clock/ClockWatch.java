// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import dev.sluice.ring.Clock;
import dev.sluice.ring.ClockTriple;

/**
 * Keeps the newest clock triple of a region: one a second, and one at once when the wall clock was set, or when the
 * processor's counter has left the line that it has followed (it jumped, changed its rate or stopped), so that readers
 * know where. Then it also keeps the last reading before. For the control thread.
 */
public final class ClockWatch {
    // The counter is compared with its line through two readings: the one of the cycle before, which shows a jump, and
    // the one written last, which shows a rate that changed by little. After a break the line is not known: the next
    // reading says what it is. A counter that stands still is a line as well, so it makes one triple, not one a cycle.

    private static final long PERIOD_NS = 1_000_000_000L;
    /** Readings closer together than this make too rough a line. */
    private static final long LEAST_BASE_NS = 2_000_000;
    /** Of a reading in every cycle. */
    private static final int ATTEMPTS = 4;
    private static final double NANOS_PER_SECOND = 1e9;

    private final Clock clock;
    private final long address;
    private final long beforeAddress;
    private final boolean isCounter;
    /** Ticks in a nanosecond as they should be. */
    private final double nominal;
    private double ticksPerNs;
    private boolean isLineKnown = true;
    /** Where the line begins. */
    private ClockTriple begin;
    private ClockTriple previous;
    private ClockTriple last;

    /**
     * A watch over a clock.
     *
     * @param clock         the clock
     * @param address       of the newest triple
     * @param beforeAddress of the last one before a break or step
     */
    public ClockWatch(final Clock clock, final long address, final long beforeAddress) {
        this.clock = clock;
        this.address = address;
        this.beforeAddress = beforeAddress;
        isCounter = clock.kind() == Clock.KIND_TSC;
        nominal = clock.frequency() / NANOS_PER_SECOND;
        ticksPerNs = nominal;
    }

    /** Writes a triple if one is due. Costs some reads of the clocks otherwise. */
    public void update() {
        ClockTriple now = isCounter ? ClockTriple.take(clock::ticks, ATTEMPTS) : ClockTriple.glance();
        if (last == null) {
            begin = Clocks.triple(clock);
            publish(begin);
            return;
        }
        if (isBreak(now)) {
            // The thread may have been interrupted each time; then the next reading is on the line.
            now = Clocks.triple(clock);
            if (isBreak(now)) {
                previous.write(beforeAddress);
                begin = now;
                isLineKnown = false;
                publish(now);
                return;
            }
        }
        final boolean isStep = now.stepSince(last) != 0;
        if (isStep && isCounter) {
            previous.write(beforeAddress);
        }
        if (isStep || now.monotonicNs() - last.monotonicNs() >= PERIOD_NS) {
            begin = last;
            publish(Clocks.triple(clock));
        } else {
            previous = now;
        }
        follow();
    }

    private boolean isBreak(final ClockTriple now) {
        return isCounter && isLineKnown
            && (now.isBreakSince(previous, ticksPerNs, nominal) || now.isBreakSince(last, ticksPerNs, nominal));
    }

    private void publish(final ClockTriple now) {
        now.write(address);
        last = now;
        previous = now;
    }

    /** The line goes on through the newest reading. */
    private void follow() {
        final long elapsedNs = previous.monotonicNs() - begin.monotonicNs();
        if (isCounter && elapsedNs >= LEAST_BASE_NS) {
            ticksPerNs = (double) (previous.ticks() - begin.ticks()) / elapsedNs;
            isLineKnown = true;
        }
    }
}
