// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.store.text.Counted;
import dev.sluice.store.window.TraceWindow;
import java.util.Locale;

/** What is said of a snapshot. Stateless. */
final class SnapshotText {
    private SnapshotText() {
    }

    /** "12,345 events of 60.000 s, 3 lost". */
    static String of(final TraceWindow.Taken taken, final boolean isComplete) {
        final StringBuilder text = new StringBuilder(Counted.of(taken.events(), "event"));
        if (taken.fromNs() != Long.MIN_VALUE && taken.toNs() != Long.MAX_VALUE) {
            text.append(String.format(Locale.ROOT, " of %.3f s", (taken.toNs() - taken.fromNs() + 1) / 1e9));
        }
        if (taken.lost() > 0) {
            text.append(", ").append(String.format(Locale.ROOT, "%,d", taken.lost())).append(" lost");
        }
        if (!taken.isWhole()) {
            text.append("; not all that was asked for: older segments are gone, or the trace is damaged");
        }
        if (!isComplete) {
            text.append("; a process did not answer in time, so its newest events may be missing");
        }
        return text.toString();
    }
}
