// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.Clock;
import dev.sluice.ring.ClockTriple;

/**
 * Keeps the newest clock triple of a region: one a second, and one at once when the wall clock was set, so that readers
 * know where. For the control thread.
 */
final class ClockWatch {
    private static final long PERIOD_NS = 1_000_000_000L;

    private final Clock clock;
    private final long address;
    private ClockTriple last;

    ClockWatch(final Clock clock, final long address) {
        this.clock = clock;
        this.address = address;
    }

    /** Writes a triple if one is due. Costs two reads of a clock otherwise. */
    void update() {
        final ClockTriple now = ClockTriple.glance();
        if (last == null || now.monotonicNs() - last.monotonicNs() >= PERIOD_NS || now.stepSince(last) != 0) {
            last = Clocks.triple(clock);
            last.write(address);
        }
    }
}
