// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import dev.sluice.ring.where.Expression.Operator;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * What the comparison of an integer of 64 bits with any number comes to: the integer is in a range, or outside of it.
 *
 * @param isEmpty  whether no integer is in the range; then the bounds say nothing
 * @param least    least integer of the range, its bits
 * @param greatest greatest integer of the range, its bits
 * @param isInside whether those in the range are wanted, or all others
 */
public record IntegerRange(boolean isEmpty, long least, long greatest, boolean isInside) {
    private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(Long.SIZE);

    /**
     * The range of a comparison.
     *
     * @param operator   any but those of patterns
     * @param isUnsigned whether the integer has no sign
     */
    public static IntegerRange of(final Operator operator, final BigDecimal value, final boolean isUnsigned) {
        final BigInteger floor = value.setScale(0, RoundingMode.FLOOR).toBigIntegerExact();
        final BigInteger ceiling = value.setScale(0, RoundingMode.CEILING).toBigIntegerExact();
        return switch (operator) {
            case LESS -> between(null, ceiling.subtract(BigInteger.ONE), true, isUnsigned);
            case LESS_OR_EQUAL -> between(null, floor, true, isUnsigned);
            case GREATER -> between(floor.add(BigInteger.ONE), null, true, isUnsigned);
            case GREATER_OR_EQUAL -> between(ceiling, null, true, isUnsigned);
            default -> {
                final boolean isEqual = operator == Operator.EQUAL;
                yield floor.equals(ceiling) ? between(floor, floor, isEqual, isUnsigned)
                    : new IntegerRange(true, 0, 0, isEqual);
            }
        };
    }

    /** The range between two numbers; null stands for no bound. */
    private static IntegerRange between(final BigInteger from, final BigInteger to, final boolean isInside,
        final boolean isUnsigned) {
        final BigInteger least = isUnsigned ? BigInteger.ZERO : BigInteger.valueOf(Long.MIN_VALUE);
        final BigInteger greatest =
            isUnsigned ? TWO_TO_64.subtract(BigInteger.ONE) : BigInteger.valueOf(Long.MAX_VALUE);
        final BigInteger low = from == null ? least : from.max(least);
        final BigInteger high = to == null ? greatest : to.min(greatest);
        return low.compareTo(high) > 0 ? new IntegerRange(true, 0, 0, isInside)
            : new IntegerRange(false, low.longValue(), high.longValue(), isInside);
    }
}
