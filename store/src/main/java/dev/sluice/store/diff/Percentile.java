// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

/** The percentiles that are compared. */
enum Percentile {
    P50("p50", "p50", 0.5),
    P90("p90", "p90", 0.9),
    P99("p99", "p99", 0.99),
    P999("p99.9", "p999", 0.999);

    /** For people. */
    final String label;
    /** In JSON. */
    final String key;
    final double share;

    Percentile(final String label, final String key, final double share) {
        this.label = label;
        this.key = key;
        this.share = share;
    }
}
