// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

import java.util.List;

/**
 * A field of an event.
 *
 * @param name        its name, as declared
 * @param type        its encoding
 * @param labels      labels of an enum by index; empty for other types
 * @param unit        unit of its numbers, such as "ns"; empty if none was declared
 * @param description what it means; empty if nothing was declared
 */
public record FieldSchema(String name, FieldType type, List<String> labels, String unit, String description) {
    /** Copies the labels. */
    public FieldSchema {
        labels = List.copyOf(labels);
    }

    /** A field without unit and description. */
    public FieldSchema(final String name, final FieldType type, final List<String> labels) {
        this(name, type, labels, "", "");
    }

    /** A field that is no enum. */
    public FieldSchema(final String name, final FieldType type) {
        this(name, type, List.of());
    }

    /** The same field with other notes. */
    public FieldSchema with(final String newUnit, final String newDescription) {
        return new FieldSchema(name, type, labels, newUnit, newDescription);
    }

    /** The name of an enum's value: its label, or {@code "#7"} where there is no label 7. */
    public String label(final long index) {
        return index >= 0 && index < labels.size() ? labels.get((int) index) : "#" + index;
    }
}
