// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.clock.ClockTriple;

/**
 * Keeps the newest clock triple of a region. It writes a triple each second. It also writes a triple at once when the
 * wall clock was set, or when the processor's counter has left the line that it followed (it jumped, changed its rate
 * or stopped), so that readers know where that happened; then it also stores the last reading before the change. For
 * the control thread.
 */
public final class ClockWatch {
    // The counter is compared with its line through two readings: the reading of the previous cycle, which shows a
    // jump, and the reading written last, which shows a small change of the rate. After a break the line is unknown
    // until the next reading. A counter that stands still is on a line too, so it causes one triple and not a triple in
    // each cycle.

    private static final long PERIOD_NS = 1_000_000_000L;
    /** Two readings that are closer together than this give too inexact a line. */
    private static final long LEAST_BASE_NS = 2_000_000;
    /** Attempts of the reading that is made in every cycle. */
    private static final int ATTEMPTS = 4;
    private static final double NANOS_PER_SECOND = 1e9;

    private final Clock clock;
    private final long address;
    private final long beforeAddress;
    private final boolean isCounter;
    /** Nominal ticks in a nanosecond. */
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
     * @param address       address of the newest triple
     * @param beforeAddress address of the last triple before a break or step
     */
    public ClockWatch(final Clock clock, final long address, final long beforeAddress) {
        this.clock = clock;
        this.address = address;
        this.beforeAddress = beforeAddress;
        isCounter = clock.source().kind() == Clock.KIND_TSC;
        nominal = clock.frequency() / NANOS_PER_SECOND;
        ticksPerNs = nominal;
    }

    /** Writes a triple if a triple is due. Otherwise it only reads the clocks a few times. */
    public void update() {
        ClockTriple now = isCounter ? ClockTriple.take(clock.source()::ticks, ATTEMPTS) : ClockTriple.glance();
        if (last == null) {
            begin = Clocks.triple(clock);
            publish(begin);
            return;
        }
        if (isBreak(now)) {
            // The thread may have been interrupted in each attempt; then the next reading is on the line.
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

    /** Makes the line continue through the newest reading. */
    private void follow() {
        final long elapsedNs = previous.monotonicNs() - begin.monotonicNs();
        if (isCounter && elapsedNs >= LEAST_BASE_NS) {
            ticksPerNs = (double) (previous.ticks() - begin.ticks()) / elapsedNs;
            isLineKnown = true;
        }
    }
}
