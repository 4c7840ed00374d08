// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import java.util.List;

/**
 * Events of a name, in both traces. Immutable.
 *
 * @param name   of the events, "shop:order"
 * @param countA how many the first trace has
 * @param countB how many the second trace has
 * @param rate   how many there are in a second
 * @param fields the numeric fields that both traces have, by name
 */
public record EventDiff(String name, long countA, long countB, Compared rate, List<NumbersDiff> fields) {
    /** Copies the fields. */
    public EventDiff {
        fields = List.copyOf(fields);
    }
}
