// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.jfr;

import java.util.List;

/**
 * A field of a type. Immutable.
 *
 * @param name        its name
 * @param type        type of its values
 * @param kind        how values are written
 * @param annotations what else is said of it
 */
public record JfrField(String name, JfrType type, Kind kind, List<JfrAnnotation> annotations) {
    /** How values of a field are written. */
    public enum Kind {
        /** Each where it is used. */
        VALUE,
        /** By the key of a constant. */
        CONSTANT,
        /** Several, behind their number. */
        ARRAY
    }

    /** Copies the list. */
    public JfrField {
        annotations = List.copyOf(annotations);
    }

    /** A field whose values are written where they are used. */
    public static JfrField of(final String name, final JfrType type, final JfrAnnotation... annotations) {
        return new JfrField(name, type, Kind.VALUE, List.of(annotations));
    }

    /** A field whose values are constants. */
    public static JfrField constant(final String name, final JfrType type) {
        return new JfrField(name, type, Kind.CONSTANT, List.of());
    }
}
