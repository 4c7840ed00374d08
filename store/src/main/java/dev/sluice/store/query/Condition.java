// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

/**
 * A condition over events of one kind. Its result is yes, no or unknown, as in SQL: a comparison with a null is
 * unknown, and so is a comparison with a field that the event does not have; the opposite of unknown is unknown. An
 * event is selected only if the result is yes. A test allocates nothing, but for patterns of texts. Immutable: any
 * thread.
 */
abstract class Condition {
    static final int NO = 0;
    static final int YES = 1;
    static final int UNKNOWN = 2;

    /**
     * Tests an event that was checked before. Returns {@link #YES}, {@link #NO} or {@link #UNKNOWN}.
     *
     * @param fieldsAddress where the event's first field is
     */
    abstract int test(long fieldsAddress);

    static int of(final boolean isTrue) {
        return isTrue ? YES : NO;
    }

    /** A condition whose result does not depend on the event. */
    static final class Constant extends Condition {
        final int value;

        Constant(final int value) {
            this.value = value;
        }

        @Override
        int test(final long fieldsAddress) {
            return value;
        }
    }

    static Condition constant(final boolean isTrue) {
        return new Constant(of(isTrue));
    }

    private static boolean is(final Condition condition, final int value) {
        return condition instanceof Constant constant && constant.value == value;
    }

    static Condition and(final Condition left, final Condition right) {
        if (is(left, NO) || is(right, YES)) {
            return left;
        }
        return is(right, NO) || is(left, YES) ? right : new And(left, right);
    }

    static Condition or(final Condition left, final Condition right) {
        if (is(left, YES) || is(right, NO)) {
            return left;
        }
        return is(right, YES) || is(left, NO) ? right : new Or(left, right);
    }

    static Condition not(final Condition inner) {
        return inner instanceof Constant constant
            ? new Constant(constant.value == UNKNOWN ? UNKNOWN : YES - constant.value) : new Not(inner);
    }

    /** Both conditions. */
    private static final class And extends Condition {
        private final Condition left;
        private final Condition right;

        And(final Condition left, final Condition right) {
            this.left = left;
            this.right = right;
        }

        @Override
        int test(final long fieldsAddress) {
            final int first = left.test(fieldsAddress);
            if (first == NO) {
                return NO;
            }
            final int second = right.test(fieldsAddress);
            return second == NO ? NO : Math.max(first, second);
        }
    }

    /** At least one of two conditions. */
    private static final class Or extends Condition {
        private final Condition left;
        private final Condition right;

        Or(final Condition left, final Condition right) {
            this.left = left;
            this.right = right;
        }

        @Override
        int test(final long fieldsAddress) {
            final int first = left.test(fieldsAddress);
            if (first == YES) {
                return YES;
            }
            final int second = right.test(fieldsAddress);
            return second == YES ? YES : Math.max(first, second);
        }
    }

    /** The opposite of a condition. */
    private static final class Not extends Condition {
        private final Condition inner;

        Not(final Condition inner) {
            this.inner = inner;
        }

        @Override
        int test(final long fieldsAddress) {
            final int value = inner.test(fieldsAddress);
            return value == UNKNOWN ? UNKNOWN : YES - value;
        }
    }
}
