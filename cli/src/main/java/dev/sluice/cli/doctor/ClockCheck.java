// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.doctor;

import dev.sluice.ring.clock.Clock;
import dev.sluice.target.clock.Clocks;
import dev.sluice.usdt.Tsc;
import java.util.concurrent.TimeUnit;

/** Which clock a program would choose that leaves the choice to Sluice. Stateless: any thread. */
final class ClockCheck {
    private static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private ClockCheck() {
    }

    /** Measures for some milliseconds. */
    static Finding look() {
        final Clocks.Choice choice = Clocks.choose(Clocks.AUTO, PERIOD_NS, 1, Clocks.begin(Clocks.AUTO));
        final String kind = Clock.name(choice.clock().kind());
        final String found = kind + " (kernel: " + Tsc.clockSource() + "): " + choice.why();
        return choice.clock().kind() == Clock.KIND_TSC ? Finding.ok("clock", found)
            : Finding.limited("clock", found, "an event costs some 15 ns more than with the processor's counter",
                "choose a kernel clock source that is the processor's counter, or set -Dsluice.clock=sampled in the"
                    + " program");
    }
}
