// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.where.EventPair;
import dev.sluice.store.query.SelectionException;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * Names a field: {@code price} is a field of every event that has it, and {@code shop:order.price} is a field of that
 * event, which may be a pattern as in {@link dev.sluice.ring.event.Glob#ofEvents}. Immutable.
 */
public final class FieldName {
    /** Returned if an event has no such field. */
    public static final int NONE = EventPair.NONE;
    /** Stands for the thread of an event, if no event has a field of this name. */
    public static final String THREAD = EventPair.THREAD;
    private static final int MOST_NAMES = 40;

    private final String text;

    /** Makes the name of a field. Whether any event has the field is checked later. */
    public FieldName(final String text) {
        this.text = text;
    }

    /** The name as it was written. */
    public String text() {
        return text;
    }

    /** Index of the field in an event, or {@link #NONE}. */
    public int indexIn(final EventSchema schema) {
        return EventPair.field(text, schema.name(), schema.fields());
    }

    /** The error if none of some events has the field. */
    public SelectionException missing(final Collection<EventSchema> schemas) {
        final Set<String> names = new TreeSet<>();
        schemas.forEach(schema -> schema.fields().forEach(field -> names.add(schema.name() + '.' + field.name())));
        final String listed = String.join(", ", names.stream().limit(MOST_NAMES).toList());
        return new SelectionException("no event that is selected has a field '" + text + "'; there are "
            + (names.isEmpty() ? "no fields at all" : listed)
            + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more" : ""));
    }

    @Override
    public String toString() {
        return text;
    }
}
