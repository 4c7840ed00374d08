// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.trap;

import dev.sluice.ring.ClockTriple;
import java.util.function.Supplier;

/**
 * The wall time of what the kernel stamps with CLOCK_MONOTONIC, while it happens. A wall clock that is set steps at the
 * moment that this notices, which is at most a period later; else times keep one distance, so they never go back. For
 * one thread.
 */
final class LiveWallClock {
    private static final long PERIOD_NS = 10_000_000L;

    private final Supplier<ClockTriple> glance;
    private final Supplier<ClockTriple> take;
    private ClockTriple known;
    private long lookedNs;
    private long offsetNs;
    private long offsetBeforeNs;

    /** A clock that reads the kernel's. */
    LiveWallClock() {
        this(ClockTriple::glance, ClockTriple::take);
    }

    /**
     * A clock over others.
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

    /** CLOCK_REALTIME of a moment that has just been, ns since 1970. */
    long realtimeNs(final long monotonicNs) {
        final ClockTriple now = glance.get();
        if (now.monotonicNs() - lookedNs >= PERIOD_NS) {
            lookedNs = now.monotonicNs();
            if (now.stepSince(known) != 0) {
                final ClockTriple exact = take.get();
                // A rough reading may have been interrupted.
                if (exact.stepSince(known) != 0) {
                    offsetBeforeNs = offsetNs;
                    adopt(exact);
                }
            }
        }
        return monotonicNs + (monotonicNs < known.monotonicNs() ? offsetBeforeNs : offsetNs);
    }
}
