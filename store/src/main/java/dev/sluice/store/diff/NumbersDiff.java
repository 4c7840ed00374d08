// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import dev.sluice.ring.event.FieldSchema;
import java.util.List;

/**
 * Percentiles of a field, or of the latencies of pairs, in both traces. Immutable.
 *
 * @param name        of the field; "BEGIN -> END" of pairs
 * @param field       the field, as one of the traces declares it
 * @param countA      how many numbers the first trace has
 * @param countB      how many numbers the second trace has
 * @param percentiles the 50th, 90th, 99th and 99.9th
 */
public record NumbersDiff(String name, FieldSchema field, long countA, long countB, List<Compared> percentiles) {
    /** Copies the percentiles. */
    public NumbersDiff {
        percentiles = List.copyOf(percentiles);
    }
}
