// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import dev.sluice.usdt.Tsc;

/** The clock of ways that leave the time to their user: the one that ours takes, so that only the rest differs. */
public final class EventClock {
    private static final boolean IS_TSC = !"nano".equals(System.getProperty("sluice.clock")) && Tsc.isSound();

    private EventClock() {
    }

    /** A reading, in ticks of that clock. */
    public static long now() {
        return IS_TSC ? Tsc.read() : System.nanoTime();
    }
}
