// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import dev.sluice.ring.FieldSchema;
import dev.sluice.ring.FieldType;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Least, greatest, sum and percentiles of one field: of its values, or of the encoded length for strings and byte
 * sequences. Enums and bools are counted by value. For one thread; NaN is left out.
 */
public final class FieldStatistics {
    private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(Long.SIZE);

    private final FieldSchema field;
    private final boolean floating;
    private final boolean unsigned;
    private final LogHistogram histogram;
    /** Of enums and bools: by index of the label; the last one counts indexes that have none. */
    private final long[] valueCounts;
    private long count;
    private long least;
    private long greatest;
    private long sum;
    private BigInteger carried = BigInteger.ZERO;
    private double leastDouble = Double.POSITIVE_INFINITY;
    private double greatestDouble = Double.NEGATIVE_INFINITY;
    private double sumDouble;

    FieldStatistics(final FieldSchema field) {
        this.field = field;
        final FieldType type = field.type();
        floating = type == FieldType.FLOAT32 || type == FieldType.FLOAT64;
        unsigned = type == FieldType.UINT64;
        histogram = new LogHistogram(floating);
        valueCounts = type.isEnum() ? new long[field.labels().size() + 1]
            : type == FieldType.BOOL ? new long[2] : new long[0];
    }

    void add(final EventView event, final int index) {
        if (floating) {
            addDouble(event.getDouble(index));
        } else if (field.type().isVariable()) {
            addLong(event.getLength(index));
        } else {
            final long value = event.getLong(index);
            if (valueCounts.length > 0) {
                valueCounts[(int) Math.min(value, valueCounts.length - 1)]++;
            }
            addLong(value);
        }
    }

    private void addDouble(final double value) {
        if (!Double.isNaN(value)) {
            count++;
            leastDouble = Math.min(leastDouble, value);
            greatestDouble = Math.max(greatestDouble, value);
            sumDouble += value;
            histogram.recordDouble(value);
        }
    }

    private void addLong(final long value) {
        // Unsigned values are compared with their top bit flipped.
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
        if (unsigned) {
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

    /** What the numbers are of: "value", or "length" in bytes for strings and byte sequences. */
    public String of() {
        return field.type().isVariable() ? "length" : "value";
    }

    /** Values counted; without NaN. */
    public long count() {
        return count;
    }

    /** Least value: Long, BigInteger for uint64, or Double; null if nothing was counted. */
    public Number min() {
        return count == 0 ? null : floating ? (Number) leastDouble : number(least);
    }

    /** Greatest value, in the same form. */
    public Number max() {
        return count == 0 ? null : floating ? (Number) greatestDouble : number(greatest);
    }

    /** Sum: an exact BigInteger, or Double for floating-point fields. */
    public Number sum() {
        return floating ? (Number) sumDouble : carried.add(BigInteger.valueOf(sum));
    }

    /**
     * A quantile, at most 1 % off, within {@link #min} and {@link #max}.
     *
     * @param quantile 0.5 for the median
     */
    public Number quantile(final double quantile) {
        if (count == 0) {
            return null;
        }
        final long found = histogram.quantile(quantile);
        if (floating) {
            return Math.max(leastDouble, Math.min(greatestDouble, Double.longBitsToDouble(found)));
        }
        final long flip = unsigned ? Long.MIN_VALUE : 0;
        final long bounded = Math.max(least ^ flip, Math.min(greatest ^ flip, found ^ flip)) ^ flip;
        return number(bounded);
    }

    private Number number(final long value) {
        if (unsigned) {
            return value >= 0 ? BigInteger.valueOf(value) : BigInteger.valueOf(value).add(TWO_TO_64);
        }
        return value;
    }

    /** Counts by label of an enum ("?" for indexes without one), or by "false" and "true"; empty for other types. */
    public Map<String, Long> valueCounts() {
        final Map<String, Long> counts = new LinkedHashMap<>();
        final List<String> labels = field.type() == FieldType.BOOL ? List.of("false", "true") : field.labels();
        for (int i = 0; i < valueCounts.length; i++) {
            if (valueCounts[i] > 0) {
                counts.merge(i < labels.size() ? labels.get(i) : "?", valueCounts[i], Long::sum);
            }
        }
        return counts;
    }
}
