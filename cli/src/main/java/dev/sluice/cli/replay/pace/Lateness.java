// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.pace;

import dev.sluice.store.report.LogHistogram;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** How late events were against their due times, ns. For one thread at a time. */
public final class Lateness {
    private static final double NS_PER_US = 1e3;

    private final LogHistogram histogram = new LogHistogram(false);
    private long count;
    private long mostNs;

    /** Counts an event. */
    public void record(final long lateNs) {
        final long late = Math.max(0, lateNs);
        histogram.recordUnsigned(late);
        mostNs = Math.max(mostNs, late);
        count++;
    }

    /** Whether no event had a due time. */
    public boolean isEmpty() {
        return count == 0;
    }

    /** For people. */
    public String text() {
        return String.format(Locale.ROOT, "late by p50 %,.1f us, p99 %,.1f us, max %,.1f us",
            histogram.quantile(0.5) / NS_PER_US, histogram.quantile(0.99) / NS_PER_US, mostNs / NS_PER_US);
    }

    /** For programs: ns by percentile. */
    public Map<String, Long> json() {
        final Map<String, Long> json = new LinkedHashMap<>();
        json.put("p50", histogram.quantile(0.5));
        json.put("p99", histogram.quantile(0.99));
        json.put("max", mostNs);
        return json;
    }
}
