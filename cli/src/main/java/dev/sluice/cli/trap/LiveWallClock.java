// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.trap;

import dev.sluice.ring.clock.ClockTriple;
import java.util.function.Supplier;

/**
 * Turns the kernel's CLOCK_MONOTONIC stamps into wall time while events happen. If the wall clock is set, this notices
 * it at most a period later, and the times step at that moment. Otherwise the difference between the two clocks stays
 * the same, so times never go back. For one thread.
 */
final class LiveWallClock {
    private static final long PERIOD_NS = 10_000_000L;

    private final Supplier<ClockTriple> glance;
    private final Supplier<ClockTriple> take;
    private ClockTriple known;
    private long lookedNs;
    private long offsetNs;
    private long offsetBeforeNs;

    /** A wall clock that reads the kernel's clocks. */
    LiveWallClock() {
        this(ClockTriple::glance, ClockTriple::take);
    }

    /**
     * A wall clock that reads other clocks.
     *
     * @param glance reads quickly and roughly
     * @param take   reads as exactly as it can
     */
    LiveWallClock(final Supplier<ClockTriple> glance, final Supplier<ClockTriple> take) {
        this.glance = glance;
        this.take = take;
        adopt(take.get());
        offsetBeforeNs = offsetNs;
    }

    private void adopt(final ClockTriple triple) {
        known = triple;
        lookedNs = triple.monotonicNs();
        offsetNs = triple.realtimeNs() - triple.monotonicNs();
    }

    /** CLOCK_REALTIME of a recent moment, ns since 1970. */
    long realtimeNs(final long monotonicNs) {
        final ClockTriple now = glance.get();
        if (now.monotonicNs() - lookedNs >= PERIOD_NS) {
            lookedNs = now.monotonicNs();
            if (now.stepSince(known) != 0) {
                final ClockTriple exact = take.get();
                // The rough reading may have been interrupted, so an exact reading decides.
                if (exact.stepSince(known) != 0) {
                    offsetBeforeNs = offsetNs;
                    adopt(exact);
                }
            }
        }
        return monotonicNs + (monotonicNs < known.monotonicNs() ? offsetBeforeNs : offsetNs);
    }
}
