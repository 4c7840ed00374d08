// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.report.FieldStatistics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Figures of all events or pairs that have the same value of a field, or of all other values together. For one thread.
 */
public final class ValueGroup {
    private final Object value;
    private final List<FieldStatistics> fields = new ArrayList<>();
    private final List<LinearBuckets> linear;
    private long count;

    ValueGroup(final Object value, final List<FieldSchema> measured, final List<LinearBuckets> linear) {
        this.value = value;
        this.linear = linear;
        measured.forEach(field -> fields.add(new FieldStatistics(field)));
    }

    void count() {
        count++;
    }

    /** The value; null for the group of all other values. */
    public Object value() {
        return value;
    }

    /** The histogram of a measured field; null if it is not wanted. */
    public LinearBuckets linear(final int field) {
        return linear.get(field);
    }

    public FieldStatistics field(final int field) {
        return fields.get(field);
    }

    /** Number of events or pairs in the group. */
    public long events() {
        return count;
    }

    /** Statistics of each measured field. */
    public List<FieldStatistics> fields() {
        return Collections.unmodifiableList(fields);
    }
}
