// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import dev.sluice.usdt.Tsc;

/** The clock of rivals that leave the time to their user: the one that ours takes, so that only the rest differs. */
final class EventClock {
    private static final boolean IS_TSC = !"nano".equals(System.getProperty("sluice.clock")) && Tsc.isSound();

    private EventClock() {
    }

    static long now() {
        return IS_TSC ? Tsc.read() : System.nanoTime();
    }
}
