// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.where.Expression.Operator;
import java.util.function.Predicate;

/** Conditions over fields that are numbers, bools or labels, and over nulls of any type. */
final class FieldConditions {
    private FieldConditions() {
    }

    /** Whether an integer is in a range, or is outside of it. Both ends belong to the range. */
    static final class Range extends Condition {
        private final FieldAccess access;
        private final long flip;
        private final long least;
        private final long greatest;
        private final boolean isInside;

        /**
         * A range.
         *
         * @param flip 0 for signed numbers. Long.MIN_VALUE for unsigned ones: flipping the highest bit of all three
         *             numbers makes a signed comparison give the unsigned order
         */
        Range(final FieldAccess access, final long flip, final long least, final long greatest,
            final boolean isInside) {
            this.access = access;
            this.flip = flip;
            this.least = least ^ flip;
            this.greatest = greatest ^ flip;
            this.isInside = isInside;
        }

        @Override
        int test(final long fieldsAddress) {
            final long value = access.integer(fieldsAddress) ^ flip;
            return of((value >= least && value <= greatest) == isInside);
        }
    }

    /** Compares a floating-point number with a given one, by the rules of IEEE 754: NaN is equal to nothing. */
    static final class Floating extends Condition {
        private final FieldAccess access;
        private final Operator operator;
        private final double value;

        Floating(final FieldAccess access, final Operator operator, final double value) {
            this.access = access;
            this.operator = operator;
            this.value = value;
        }

        @Override
        int test(final long fieldsAddress) {
            return of(holds(operator, access.floating(fieldsAddress), value));
        }
    }

    static boolean holds(final Operator operator, final double left, final double right) {
        return switch (operator) {
            case LESS -> left < right;
            case LESS_OR_EQUAL -> left <= right;
            case GREATER -> left > right;
            case GREATER_OR_EQUAL -> left >= right;
            case NOT_EQUAL -> left != right;
            default -> left == right;
        };
    }

    /** Whether a floating-point number is NaN. */
    static final class NotANumber extends Condition {
        private final FieldAccess access;
        private final boolean isWanted;

        NotANumber(final FieldAccess access, final boolean isWanted) {
            this.access = access;
            this.isWanted = isWanted;
        }

        @Override
        int test(final long fieldsAddress) {
            return of(Double.isNaN(access.floating(fieldsAddress)) == isWanted);
        }
    }

    /** Whether a bool is true; any byte but 0 is true. */
    static final class Bool extends Condition {
        private final FieldAccess access;
        private final boolean isWanted;

        Bool(final FieldAccess access, final boolean isWanted) {
            this.access = access;
            this.isWanted = isWanted;
        }

        @Override
        int test(final long fieldsAddress) {
            return of(access.integer(fieldsAddress) != 0 == isWanted);
        }
    }

    /** Whether a value is null. */
    static final class Null extends Condition {
        private final FieldAccess access;
        private final boolean isWanted;

        Null(final FieldAccess access, final boolean isWanted) {
            this.access = access;
            this.isWanted = isWanted;
        }

        @Override
        int test(final long fieldsAddress) {
            return of(access.isNull(fieldsAddress) == isWanted);
        }
    }

    /** Whether the label of an enumeration is among those that are wanted. */
    static final class Label extends Condition {
        private final FieldAccess access;
        private final boolean[] ofLabels;
        private final Predicate<String> wanted;

        Label(final FieldAccess access, final Predicate<String> wanted) {
            this.access = access;
            this.wanted = wanted;
            ofLabels = new boolean[access.schema().labels().size()];
            for (int i = 0; i < ofLabels.length; i++) {
                ofLabels[i] = wanted.test(access.schema().labels().get(i));
            }
        }

        @Override
        int test(final long fieldsAddress) {
            if (access.isNull(fieldsAddress)) {
                return UNKNOWN;
            }
            final int code = (int) access.integer(fieldsAddress);
            // A code that has no declared label is treated as the label "#code", which is how print shows it.
            return of(code < ofLabels.length ? ofLabels[code] : wanted.test("#" + code));
        }
    }

    /**
     * Compares two fields of one event that are numbers. The comparison is exact: neither number is rounded to the type
     * of the other.
     */
    static final class Numbers extends Condition {
        private final FieldAccess left;
        private final Operator operator;
        private final FieldAccess right;

        Numbers(final FieldAccess left, final Operator operator, final FieldAccess right) {
            this.left = left;
            this.operator = operator;
            this.right = right;
        }

        @Override
        int test(final long fieldsAddress) {
            if (left.isFloating() && right.isFloating()) {
                return of(holds(operator, left.floating(fieldsAddress), right.floating(fieldsAddress)));
            }
            if (left.isFloating()) {
                final double value = left.floating(fieldsAddress);
                return Double.isNaN(value) ? of(operator == Operator.NOT_EQUAL)
                    : of(operator.holds(-compare(right, right.integer(fieldsAddress), value)));
            }
            if (right.isFloating()) {
                final double value = right.floating(fieldsAddress);
                return Double.isNaN(value) ? of(operator == Operator.NOT_EQUAL)
                    : of(operator.holds(compare(left, left.integer(fieldsAddress), value)));
            }
            return of(operator.holds(compare(left.integer(fieldsAddress), isHuge(left),
                right.integer(fieldsAddress), isHuge(right))));
        }

        /** Whether the field is unsigned, so that a negative long stands for a number of 2^63 or more. */
        private static boolean isHuge(final FieldAccess access) {
            return access.type() == FieldType.UINT64;
        }

        private static int compare(final long one, final boolean isOneUnsigned, final long other,
            final boolean isOtherUnsigned) {
            final boolean isOneHuge = isOneUnsigned && one < 0;
            final boolean isOtherHuge = isOtherUnsigned && other < 0;
            return isOneHuge == isOtherHuge ? Long.compare(one, other) : isOneHuge ? 1 : -1;
        }

        /** Compares an integer with a double. The result is exact, also for integers that a double cannot represent. */
        private static int compare(final FieldAccess access, final long bits, final double value) {
            if (isHuge(access) && bits < 0) {
                if (value >= 0x1p64) {
                    return -1;
                }
                return value < 0x1p63 ? 1 : Long.compare(bits ^ Long.MIN_VALUE, (long) (value - 0x1p63));
            }
            if (value >= 0x1p63) {
                return -1;
            }
            if (value < -0x1p63) {
                return 1;
            }
            final long whole = (long) value;
            return bits != whole ? Long.compare(bits, whole) : Double.compare(0, value - whole + 0.0);
        }
    }

    /** Compares two fields of one event that are bools. */
    static final class Bools extends Condition {
        private final FieldAccess left;
        private final Operator operator;
        private final FieldAccess right;

        Bools(final FieldAccess left, final Operator operator, final FieldAccess right) {
            this.left = left;
            this.operator = operator;
            this.right = right;
        }

        @Override
        int test(final long fieldsAddress) {
            return of(operator.holds(Boolean.compare(left.integer(fieldsAddress) != 0,
                right.integer(fieldsAddress) != 0)));
        }
    }
}
