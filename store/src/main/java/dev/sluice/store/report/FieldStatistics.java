// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.read.EventView;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Least value, greatest value, sum and percentiles of one field. For strings and byte sequences, these are of the
 * encoded length. Enums and bools are counted by value, and their percentiles are exact. NaN values are counted
 * separately. For one thread.
 */
public final class FieldStatistics {
    private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(Long.SIZE);

    private final FieldSchema field;
    private final boolean floating;
    private final boolean unsigned;
    private final LogHistogram histogram;
    private final boolean countsValues;
    private final List<String> labels;
    /** For enums and bools: how often each label occurred, by the label's index. */
    private final long[] valueCounts;
    /** For enums: how often each index occurred that has no label; null while there is no such index. */
    private SortedMap<Long, Long> unlabelled;
    private long count;
    private long nanCount;
    private long nullCount;
    private long least;
    private long greatest;
    private long sum;
    private BigInteger carried = BigInteger.ZERO;
    private double leastDouble = Double.POSITIVE_INFINITY;
    private double greatestDouble = Double.NEGATIVE_INFINITY;
    private double sumDouble;

    /** Nothing yet. */
    public FieldStatistics(final FieldSchema field) {
        this.field = field;
        final FieldType type = field.type();
        floating = type == FieldType.FLOAT32 || type == FieldType.FLOAT64;
        unsigned = type == FieldType.UINT64;
        histogram = new LogHistogram(floating);
        labels = type == FieldType.BOOL ? List.of("false", "true") : field.labels();
        valueCounts = new long[type.isEnum() || type == FieldType.BOOL ? labels.size() : 0];
        countsValues = type.isEnum() || type == FieldType.BOOL;
    }

    /**
     * Counts the field of an event.
     *
     * @param index of the field in the event
     */
    public void add(final EventView event, final int index) {
        if (floating) {
            addDouble(event.getDouble(index));
        } else if (event.isNull(index)) {
            nullCount++;
        } else if (field.type().isVariable()) {
            addLong(event.getLength(index));
        } else if (field.type() == FieldType.BOOL) {
            addLong(event.getBoolean(index) ? 1 : 0);
        } else {
            addLong(event.getLong(index));
        }
    }

    /** Counts a value of an integer field that is not of an event, such as a duration. */
    public void record(final long value) {
        addLong(value);
    }

    private void addValue(final long value) {
        if (value < valueCounts.length) {
            valueCounts[(int) value]++;
        } else {
            unlabelled = unlabelled == null ? new TreeMap<>() : unlabelled;
            unlabelled.merge(value, 1L, Long::sum);
        }
    }

    private void addDouble(final double value) {
        if (Double.isNaN(value)) {
            nanCount++;
        } else {
            count++;
            leastDouble = Math.min(leastDouble, value);
            greatestDouble = Math.max(greatestDouble, value);
            sumDouble += value;
            histogram.recordDouble(value);
        }
    }

    private void addLong(final long value) {
        // Unsigned values are compared with their highest bit flipped.
        final long flip = unsigned ? Long.MIN_VALUE : 0;
        if (count == 0 || (value ^ flip) < (least ^ flip)) {
            least = value;
        }
        if (count == 0 || (value ^ flip) > (greatest ^ flip)) {
            greatest = value;
        }
        count++;
        final long next = sum + value;
        if (((sum ^ next) & (value ^ next)) < 0) {
            carried = carried.add(BigInteger.valueOf(sum));
            sum = value;
        } else {
            sum = next;
        }
        if (countsValues) {
            addValue(value);
        } else if (unsigned) {
            if (value < 0) {
                carried = carried.add(TWO_TO_64);
            }
            histogram.recordUnsigned(value);
        } else {
            histogram.recordSigned(value);
        }
    }

    /** The field. */
    public FieldSchema field() {
        return field;
    }

    /** What the numbers mean: "value", or "length" in bytes for strings and byte sequences. */
    public String of() {
        return field.type().isVariable() ? "length" : "value";
    }

    /** Number of values that were counted. NaN and null are not counted here. */
    public long count() {
        return count;
    }

    /** Least value: Long, BigInteger for uint64, or Double; null if no value was counted. */
    public Number min() {
        return count == 0 ? null : floating ? (Number) leastDouble : number(least);
    }

    /** Greatest value: Long, BigInteger for uint64, or Double; null if no value was counted. */
    public Number max() {
        return count == 0 ? null : floating ? (Number) greatestDouble : number(greatest);
    }

    /**
     * Sum of the values: an exact BigInteger, or Double for floating-point fields. It is null for enums, because a sum
     * of labels has no meaning.
     */
    public Number sum() {
        return field.type().isEnum() ? null : floating ? (Number) sumDouble : carried.add(BigInteger.valueOf(sum));
    }

    /** Number of NaN values, which none of the other numbers includes. */
    public long nanCount() {
        return nanCount;
    }

    /**
     * A quantile. It is exact for enums, bools and integers from -127 to 127. Else its relative error is at most
     * {@link LogHistogram#RELATIVE_ERROR}, and it lies between {@link #min} and {@link #max}.
     *
     * @param quantile 0.5 for the median
     * @return a number of the same type as {@link #min} returns
     */
    public Number quantile(final double quantile) {
        if (count == 0) {
            return null;
        }
        if (countsValues) {
            return valueAt(Math.max(1, (long) Math.ceil(quantile * count)));
        }
        final long found = histogram.quantile(quantile);
        return floating ? (Number) Double.longBitsToDouble(found) : number(found);
    }

    private long valueAt(final long rank) {
        long left = rank;
        for (int i = 0; i < valueCounts.length; i++) {
            left -= valueCounts[i];
            if (left <= 0) {
                return i;
            }
        }
        for (final Map.Entry<Long, Long> value : unlabelled.entrySet()) {
            left -= value.getValue();
            if (left <= 0) {
                return value.getKey();
            }
        }
        return greatest;
    }

    /**
     * How many values lie between two powers of two, exactly, from the least to the greatest; without powers that have
     * none, NaN and null. Empty for enums and bools: {@link #valueCounts} has those.
     */
    public List<Bucket> log2Buckets() {
        return histogram.log2Buckets();
    }

    /** All values in narrow buckets, without NaN and null. Empty for enums and bools. */
    public Distribution distribution() {
        return histogram.distribution();
    }

    private Number number(final long value) {
        if (unsigned) {
            return value >= 0 ? BigInteger.valueOf(value) : BigInteger.valueOf(value).add(TWO_TO_64);
        }
        return value;
    }

    /**
     * How often each value of an enum or a bool occurred, in the order of the codes; {@link #valueLabel} says what a
     * code is called. Without null. Empty for other types.
     */
    public SortedMap<Long, Long> valueCounts() {
        final SortedMap<Long, Long> counts = new TreeMap<>();
        for (int i = 0; i < valueCounts.length; i++) {
            if (valueCounts[i] > 0) {
                counts.put((long) i, valueCounts[i]);
            }
        }
        if (unlabelled != null) {
            counts.putAll(unlabelled);
        }
        return counts;
    }

    /** What a value of an enum or a bool is called: its label, "false" or "true", or "#7" for a code without one. */
    public String valueLabel(final long code) {
        return code < valueCounts.length ? labels.get((int) code) : field.label(code);
    }

    /** Number of values that are null, which none of the other numbers includes. */
    public long nullCount() {
        return nullCount;
    }
}
