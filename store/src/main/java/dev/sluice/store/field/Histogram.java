// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.report.Bucket;
import dev.sluice.store.report.FieldStatistics;
import java.util.List;

/**
 * How the values of a field are distributed.
 *
 * @param subject  name of the event, or of the pairs
 * @param target   index of the target, or -1 for all targets
 * @param field    the field; for a text or a byte sequence, its length is counted
 * @param figures  statistics of the same values; the labels of enumerations and bools are counted there
 * @param isLinear true if the bounds are equally far apart, false if they are powers of two
 * @param buckets  buckets from the least values to the greatest; none for enumerations and bools
 * @param by       name of the field whose values are told apart, or null
 * @param byField  that field, or null
 * @param value    the value of that field, or null for all other values together
 */
public record Histogram(String subject, int target, FieldSchema field, FieldStatistics figures, boolean isLinear,
    List<Bucket> buckets, String by, FieldSchema byField, Object value) {
    /** A histogram of all values of a field. */
    public static Histogram of(final String subject, final int target, final FieldStatistics figures,
        final LinearBuckets linear) {
        return new Histogram(subject, target, figures.field(), figures, linear != null, buckets(figures, linear), null,
            null, null);
    }

    /** A histogram of a group of a breakdown. */
    public static Histogram of(final Breakdown breakdown, final ValueGroup group, final int measured) {
        final FieldStatistics figures = group.field(measured);
        final LinearBuckets linear = group.linear(measured);
        return new Histogram(breakdown.subject(), breakdown.target(), figures.field(), figures, linear != null,
            buckets(figures, linear), breakdown.by(), breakdown.field(), group.value());
    }

    private static List<Bucket> buckets(final FieldStatistics figures, final LinearBuckets linear) {
        return linear == null ? figures.log2Buckets() : linear.buckets();
    }
}
