// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import dev.sluice.ring.event.FieldType;
import dev.sluice.store.read.EventView;
import dev.sluice.store.report.Bucket;
import dev.sluice.store.report.FieldStatistics;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts values in buckets of equal width, at most 20 of them, over a range that is known before. The width is 1, 2 or
 * 5 times a power of ten. For one thread.
 */
public final class LinearBuckets {
    private static final int MOST = 20;
    private static final int[] STEPS = {1, 2, 5, 10};

    private final FieldType type;
    private final boolean isFloating;
    private final BigDecimal begin;
    private final BigDecimal width;
    private final double beginDouble;
    private final double widthDouble;
    /** The lower bound of the first bucket, divided by the width. */
    private final long first;
    private final long widthLong;
    private final long[] counts;

    private LinearBuckets(final FieldType type, final BigInteger first, final BigDecimal width, final int count) {
        this.type = type;
        // An unsigned number is kept as its 64 bits.
        this.first = first.longValue();
        this.width = width;
        begin = width.multiply(new BigDecimal(first));
        isFloating = type == FieldType.FLOAT32 || type == FieldType.FLOAT64;
        beginDouble = begin.doubleValue();
        widthDouble = width.doubleValue();
        widthLong = width.toBigInteger().longValue();
        counts = new long[count];
    }

    /** Makes buckets for all values of a field. Returns null if the field has no value, or an infinite one. */
    public static LinearBuckets of(final FieldStatistics field) {
        if (field.count() == 0 || !Double.isFinite(field.min().doubleValue())
            || !Double.isFinite(field.max().doubleValue())) {
            return null;
        }
        final BigDecimal least = new BigDecimal(field.min().toString());
        final BigDecimal greatest = new BigDecimal(field.max().toString());
        final boolean isFloating = field.min() instanceof Double;
        BigDecimal unit = isFloating ? powerBelow(least, greatest.subtract(least)) : BigDecimal.ONE;
        while (true) {
            for (final int step : STEPS) {
                final BigDecimal width = unit.multiply(BigDecimal.valueOf(step));
                final BigInteger first = least.divide(width, 0, RoundingMode.FLOOR).toBigInteger();
                final BigInteger last = greatest.divide(width, 0, RoundingMode.FLOOR).toBigInteger();
                final BigInteger count = last.subtract(first).add(BigInteger.ONE);
                if (count.bitLength() < Integer.SIZE - 1 && count.intValue() <= MOST) {
                    return new LinearBuckets(field.field().type(), first, width, count.intValue());
                }
            }
            unit = unit.multiply(BigDecimal.TEN);
        }
    }

    /**
     * A power of ten that is sufficiently less than a range, or than the value itself if the range has only one value.
     */
    private static BigDecimal powerBelow(final BigDecimal least, final BigDecimal range) {
        if (range.signum() != 0) {
            return BigDecimal.ONE.scaleByPowerOfTen(range.precision() - range.scale() - 3);
        }
        return least.signum() == 0 ? BigDecimal.ONE
            : BigDecimal.ONE.scaleByPowerOfTen(least.precision() - least.scale() - 1);
    }

    /** Makes buckets with the same bounds and no counts. */
    public LinearBuckets copy() {
        return new LinearBuckets(type, begin.divideToIntegralValue(width).toBigInteger(), width, counts.length);
    }

    /** Counts the field of an event, unless it is NaN or null. */
    public void add(final EventView event, final int field) {
        if (isFloating) {
            final double value = event.getDouble(field);
            if (!Double.isNaN(value)) {
                // Rounding may move a value past either end.
                final long bucket = (long) Math.floor((value - beginDouble) / widthDouble);
                counts[(int) Math.max(0, Math.min(counts.length - 1, bucket))]++;
            }
        } else if (!event.isNull(field)) {
            record(type.isVariable() ? event.getLength(field) : event.getLong(field));
        }
    }

    /** Counts a value of an integer field. */
    public void record(final long value) {
        final long index = type == FieldType.UINT64 ? Long.divideUnsigned(value, widthLong)
            : Math.floorDiv(value, widthLong);
        counts[(int) (index - first)]++;
    }

    /** All buckets, including those without a value. */
    public List<Bucket> buckets() {
        final List<Bucket> buckets = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            final BigDecimal from = begin.add(width.multiply(BigDecimal.valueOf(i)));
            buckets.add(new Bucket(number(from), number(from.add(width)), counts[i]));
        }
        return buckets;
    }

    private Number number(final BigDecimal bound) {
        if (isFloating) {
            return bound.doubleValue();
        }
        final BigInteger integer = bound.toBigInteger();
        return integer.bitLength() < Long.SIZE ? (Number) integer.longValue() : integer;
    }
}
