// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.reduce;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import java.util.List;

/**
 * What is to be made of the values of one field of integers. Immutable.
 *
 * @param field the field, as "provider:tracepoint.field"
 * @param kind  what is made of it
 * @param from  of a linear histogram: least value that has a bucket
 * @param to    least value beyond them
 * @param step  width of a bucket
 */
public record Measure(String field, Kind kind, long from, long to, long step) {
    /** Most measures of one recording. */
    public static final int MOST = ReduceLayout.RESULTS / 2;
    /** Most buckets of a linear histogram. */
    public static final int MOST_BUCKETS = 1000;

    private static final String LINEAR_SUFFIX = ":linear=";

    /** What is made of the values. The order is that of enum sluice_reduce_kind. */
    public enum Kind {
        /** Their number and their sum. */
        SUM,
        /** A histogram by powers of two. */
        LOG2,
        /** A histogram of buckets that are equally wide. */
        LINEAR
    }

    /** Checks the bounds and the name. */
    public Measure {
        final int colon = field.indexOf(':');
        final int dot = field.lastIndexOf('.');
        if (colon <= 0 || dot <= colon + 1 || dot == field.length() - 1) {
            throw new IllegalArgumentException("'" + field + "' names no field: it is PROVIDER:TRACEPOINT.FIELD, such"
                + " as shop:order.price");
        }
        if (field.indexOf('*') >= 0 || field.indexOf('?') >= 0) {
            throw new IllegalArgumentException("'" + field + "' is a pattern: name one field, and repeat the option for"
                + " others");
        }
        if (kind == Kind.LINEAR && (from >= to || step <= 0
            || Long.compareUnsigned(Long.divideUnsigned(to - from - 1, step), MOST_BUCKETS) >= 0)) {
            throw new IllegalArgumentException("linear=" + from + ',' + to + ',' + step + " has no bounds: they are"
                + " FROM up to TO, with 1 to " + MOST_BUCKETS + " buckets that are STEP wide");
        }
    }

    /** Number and sum of a field's values. */
    public static Measure sum(final String field) {
        return new Measure(field, Kind.SUM, 0, 0, 0);
    }

    /** A histogram by powers of two. */
    public static Measure log2(final String field) {
        return new Measure(field, Kind.LOG2, 0, 0, 0);
    }

    /** A histogram of buckets that are step wide, from from up to to. */
    public static Measure linear(final String field, final long from, final long to, final long step) {
        return new Measure(field, Kind.LINEAR, from, to, step);
    }

    /**
     * Reads what asks for a histogram: "provider:tracepoint.field", or that and ":linear=FROM,TO,STEP".
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static Measure histogram(final String text) {
        final int linear = text.lastIndexOf(LINEAR_SUFFIX);
        if (linear < 0) {
            return log2(text);
        }
        final String[] bounds = text.substring(linear + LINEAR_SUFFIX.length()).split(",", -1);
        try {
            if (bounds.length == 3) {
                return linear(text.substring(0, linear), Long.parseLong(bounds[0].strip()),
                    Long.parseLong(bounds[1].strip()), Long.parseLong(bounds[2].strip()));
            }
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException(noBounds(text), e);
        }
        throw new IllegalArgumentException(noBounds(text));
    }

    private static String noBounds(final String text) {
        return "'" + text + "' has no bounds: it is PROVIDER:TRACEPOINT.FIELD:linear=FROM,TO,STEP with three integers";
    }

    /** The tracepoint, "provider:tracepoint". */
    public String tracepoint() {
        return field.substring(0, field.lastIndexOf('.'));
    }

    /** Index of the field in an event, or -1 if it is no field of that event. */
    int indexIn(final EventSchema schema) {
        final List<FieldSchema> fields = schema.fields();
        for (int i = 0; tracepoint().equals(schema.name()) && i < fields.size(); i++) {
            if (field.equals(schema.name() + '.' + fields.get(i).name())) {
                return i;
            }
        }
        return -1;
    }

    /** Buckets, with those below and above the bounds. */
    int buckets() {
        return switch (kind) {
            case SUM -> 0;
            case LOG2 -> 2 * ReduceLayout.ZERO_BUCKET + 1;
            case LINEAR -> above() + 1;
        };
    }

    /** The bucket of values that are beyond the bounds of a linear histogram. */
    int above() {
        return kind == Kind.LINEAR ? (int) Long.divideUnsigned(to - from - 1, step) + 2 : 0;
    }
}
