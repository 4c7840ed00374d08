// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import dev.sluice.ring.event.FieldType;
import java.util.Set;

/**
 * A field that has other types in one trace than in the other. A trace may have several versions of an event.
 * Immutable.
 *
 * @param field  "shop:order.price"
 * @param typesA its types in the first trace
 * @param typesB its types in the second trace
 */
public record TypeChange(String field, Set<FieldType> typesA, Set<FieldType> typesB) {
    /** Copies the types. */
    public TypeChange {
        typesA = Set.copyOf(typesA);
        typesB = Set.copyOf(typesB);
    }
}
