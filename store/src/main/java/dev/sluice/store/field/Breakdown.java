// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import dev.sluice.ring.event.FieldSchema;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Figures for each of the most frequent values of a field, and for all other values together. The figures are of one
 * kind of event, or of one kind of pairs. The trace is read twice: first the values are counted, in bounded memory;
 * then the most frequent values are measured. For one thread.
 */
public final class Breakdown {
    private final String subject;
    private final int target;
    private final String by;
    private final FieldSchema field;
    private final List<FieldSchema> measured;
    private final FrequentValues values = new FrequentValues();
    private final Map<Object, ValueGroup> byValue = new HashMap<>();
    private final int order;
    private List<ValueGroup> groups = List.of();
    private ValueGroup others;

    /**
     * Makes a breakdown that has counted nothing.
     *
     * @param subject  name of what is broken down: an event or pairs
     * @param target   index of its target, or -1 for all targets
     * @param by       name of the field whose values are told apart
     * @param field    that field
     * @param measured the fields of which figures are wanted
     * @param order    index of the measured field whose sum says which values come first, or -1 for the most frequent
     */
    public Breakdown(final String subject, final int target, final String by, final FieldSchema field,
        final List<FieldSchema> measured, final int order) {
        this.subject = subject;
        this.target = target;
        this.by = by;
        this.field = field;
        this.measured = measured;
        this.order = order;
    }

    /**
     * Counts a value in the first reading.
     *
     * @param number the field whose sum says which values come first; 1 if the most frequent ones do
     */
    public void count(final Object value, final double number) {
        values.add(value, number);
    }

    /**
     * Chooses the values that come first, between the two readings.
     *
     * @param top    how many values are wanted
     * @param linear for each measured field, the bounds of its histograms, or null
     */
    public void choose(final int top, final List<LinearBuckets> linear) {
        groups = new ArrayList<>();
        for (final Object value : values.top(top)) {
            final ValueGroup group = new ValueGroup(value, measured, copies(linear));
            byValue.put(value, group);
            groups.add(group);
        }
        others = new ValueGroup(null, measured, copies(linear));
    }

    private static List<LinearBuckets> copies(final List<LinearBuckets> linear) {
        final List<LinearBuckets> copies = new ArrayList<>();
        linear.forEach(buckets -> copies.add(buckets == null ? null : buckets.copy()));
        return copies;
    }

    /** Returns the group in which the second reading counts an event or a pair with this value. */
    public ValueGroup group(final Object value) {
        final ValueGroup group = byValue.getOrDefault(value, others);
        group.count();
        return group;
    }

    /**
     * Ends the second reading. The counts are exact now, so values that were about equally frequent may change their
     * order.
     */
    public void finish() {
        groups.sort((one, other) -> order < 0 ? Long.compare(other.events(), one.events())
            : Double.compare(sum(other), sum(one)));
    }

    private double sum(final ValueGroup group) {
        return group.field(order).sum().doubleValue();
    }

    /** Name of the field whose sum says which values come first; null if the most frequent ones do. */
    public String order() {
        return order < 0 ? null : measured.get(order).name();
    }

    /** Name of what is broken down: an event or pairs. */
    public String subject() {
        return subject;
    }

    /** Index of the target, or -1 for all targets. */
    public int target() {
        return target;
    }

    /** Name of the field whose values are told apart. */
    public String by() {
        return by;
    }

    public FieldSchema field() {
        return field;
    }

    public List<FieldSchema> measured() {
        return measured;
    }

    /** Whether nothing was counted. */
    public boolean isEmpty() {
        return values.total() == 0;
    }

    /** Number of all values that were counted. */
    public long total() {
        return values.total();
    }

    /** The groups of the most frequent values, the most frequent first. */
    public List<ValueGroup> groups() {
        return Collections.unmodifiableList(groups);
    }

    /** The group of all other values together; it may be empty. */
    public ValueGroup others() {
        return others;
    }

    /** Number of different values among the others, or -1 if there were too many to remember them. */
    public long otherValues() {
        return !values.isComplete() ? -1 : values.distinct() - groups.size();
    }

    /**
     * A value among the others may be so frequent that it belongs to the groups, if there was not enough memory to
     * count all values. This is how often it has occurred at most, or what the sum
     * that gives the order is at most; 0 if there is no such value.
     */
    public double mostForgotten() {
        return values.mostForgotten();
    }
}
