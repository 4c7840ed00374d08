// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import dev.sluice.store.format.FirstCosts;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.UnitText;

/** Says what first events have cost. Stateless. */
public final class FirstCostText {
    private FirstCostText() {
    }

    /** For example "a ring cost a thread at most 1.61 ms of processor time, at its first event (12 threads)". */
    public static String of(final FirstCosts costs) {
        return "a ring cost a thread at most " + UnitText.duration(costs.mostNs())
            + " of processor time, at its first event (" + Counted.of(costs.threads(), "thread") + ")";
    }
}
