// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.jfr;

import java.util.List;

/**
 * An annotation of a type or field. Immutable.
 *
 * @param type   its type, which has at most one field
 * @param values value of that field; several if the field is an array
 */
public record JfrAnnotation(JfrType type, List<String> values) {
    /** Copies the list. */
    public JfrAnnotation {
        values = List.copyOf(values);
    }

    /** An annotation with these values. */
    public static JfrAnnotation of(final JfrType type, final String... values) {
        return new JfrAnnotation(type, List.of(values));
    }
}
