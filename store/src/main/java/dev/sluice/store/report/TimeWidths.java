// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import dev.sluice.store.read.EventView;

/**
 * With a sampled clock, the true time of an event lies in an interval. This counts how long the intervals of a target's
 * events are. For one thread.
 */
final class TimeWidths {
    private final LogHistogram histogram = new LogHistogram(false);
    private long count;
    private long exact;
    private long unknown;
    private long most;

    void add(final EventView event) {
        final long width = event.widthNs();
        count++;
        if (width == EventView.UNKNOWN_WIDTH) {
            unknown++;
        } else {
            exact += width == 0 ? 1 : 0;
            most = Math.max(most, width);
            histogram.recordUnsigned(width);
        }
    }

    /** Number of events. */
    long count() {
        return count;
    }

    /** Number of events for which the clock was read. Their interval has the length 0. */
    long exact() {
        return exact;
    }

    /** Number of events whose interval has no end that the trace knows. */
    long unknown() {
        return unknown;
    }

    /** The longest interval that has an end, ns. */
    long most() {
        return most;
    }

    /** A quantile of the lengths of intervals that have an end, ns; 0 if there is none. */
    long quantile(final double quantile) {
        return count == unknown ? 0 : histogram.quantile(quantile);
    }
}
