// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.jfr;

import java.util.List;

/**
 * A type of values, events or annotations, as each chunk describes it. Immutable.
 *
 * @param id          its number, the same in all chunks of a file
 * @param name        its name, for example "int" or "shop.order"
 * @param superType   name of the type above it; empty if there is none
 * @param fields      its fields, in the order of their values
 * @param annotations what else is said of it
 */
public record JfrType(long id, String name, String superType, List<JfrField> fields,
    List<JfrAnnotation> annotations) {
    private static final String EVENT = "jdk.jfr.Event";

    /** Copies the lists. */
    public JfrType {
        fields = List.copyOf(fields);
        annotations = List.copyOf(annotations);
    }

    /** A type of events, whose fields begin with {@link JfrTypes#EVENT_FIELDS}. */
    public static JfrType event(final long id, final String name, final List<JfrField> fields,
        final List<JfrAnnotation> annotations) {
        return new JfrType(id, name, EVENT, fields, annotations);
    }

    boolean isEvent() {
        return superType.equals(EVENT);
    }
}
