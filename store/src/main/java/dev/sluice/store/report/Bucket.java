// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import java.math.BigInteger;

/**
 * How many values lie between two bounds. The lower bound belongs to the bucket, the upper bound does not. Below zero
 * it is the other way round: the upper bound belongs to it, the lower bound does not. If the two are equal, the bucket
 * has only that value. Immutable.
 *
 * @param from  lower bound: Long, BigInteger or Double
 * @param to    upper bound: Long, BigInteger or Double
 * @param count number of values in the bucket
 */
public record Bucket(Number from, Number to, long count) {
    private static final int LEAST_EXPONENT = 1074;

    /** The bucket between powers of two of an integer. */
    static Bucket ofPower(final long magnitude, final boolean isNegative, final long count) {
        if (magnitude == 0) {
            return new Bucket(0L, 1L, count);
        }
        final BigInteger power = BigInteger.ONE.shiftLeft(Long.SIZE - 1 - Long.numberOfLeadingZeros(magnitude));
        final BigInteger next = power.shiftLeft(1);
        return isNegative ? new Bucket(number(next.negate()), number(power.negate()), count)
            : new Bucket(number(power), number(next), count);
    }

    /** The bucket between powers of two of a floating-point number that is not NaN. */
    static Bucket ofPower(final double magnitude, final boolean isNegative, final long count) {
        final double power;
        final double next;
        if (magnitude == 0 || Double.isInfinite(magnitude)) {
            power = magnitude;
            next = magnitude;
        } else {
            final int exponent = magnitude >= Double.MIN_NORMAL ? Math.getExponent(magnitude)
                : Long.SIZE - 1 - Long.numberOfLeadingZeros(Double.doubleToRawLongBits(magnitude)) - LEAST_EXPONENT;
            power = Math.scalb(1.0, exponent);
            next = Math.scalb(1.0, exponent + 1);
        }
        return isNegative ? new Bucket(-next, -power, count) : new Bucket(power, next, count);
    }

    /** The number as a Long if it fits, else as it is. */
    static Number number(final BigInteger value) {
        return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
    }

    boolean hasBoundsOf(final Bucket other) {
        return from.equals(other.from) && to.equals(other.to);
    }

    Bucket plus(final long more) {
        return new Bucket(from, to, count + more);
    }
}
