// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import dev.sluice.ring.where.Expression.Operator;

/**
 * Which events of one kind are wanted, with all that the condition says about fields found and checked. There is no
 * "not": it is carried down to the single tests, each of which is false for what it cannot know, such as how a null
 * compares. Immutable.
 */
public sealed interface EventTest {
    /** Every event, or none. */
    record Constant(boolean isTrue) implements EventTest {
    }

    /** Both are true. */
    record Both(EventTest left, EventTest right) implements EventTest {
    }

    /** At least one is true. */
    record Either(EventTest left, EventTest right) implements EventTest {
    }

    /** An integer is in a range that is not empty, or outside of it. */
    record InRange(int field, IntegerRange range) implements EventTest {
    }

    /** A floating-point number compares so, or does not. */
    record Floating(int field, Operator operator, double value, boolean isWanted) implements EventTest {
    }

    /** A floating-point number is NaN, or is a number. */
    record NotANumber(int field, boolean isWanted) implements EventTest {
    }

    /** A truth value is this one. */
    record Flag(int field, boolean isTrue) implements EventTest {
    }

    /** An enumeration's value is not null, and has this code or another. */
    record Code(int field, int code, boolean isEqual) implements EventTest {
    }

    /** A text is not null, and compares so, in the order of code points. */
    record Text(int field, Operator operator, String value) implements EventTest {
    }

    /** A text or an enumeration's value is null, or is not. */
    record Null(int field, boolean isWanted) implements EventTest {
    }

    /** A random number of 64 bits is less than the threshold, both without sign. */
    record Drawn(long threshold) implements EventTest {
    }

    /** The hash of a field ({@link KeyHash}) is less than the threshold, both without sign. */
    record Keyed(int field, long threshold) implements EventTest {
    }

    /** Both, or only what decides. */
    static EventTest both(final EventTest left, final EventTest right) {
        if (left instanceof Constant constant) {
            return constant.isTrue() ? right : left;
        }
        return right instanceof Constant constant ? constant.isTrue() ? left : right : new Both(left, right);
    }

    /** At least one, or only what decides. */
    static EventTest either(final EventTest left, final EventTest right) {
        if (left instanceof Constant constant) {
            return constant.isTrue() ? left : right;
        }
        return right instanceof Constant constant ? constant.isTrue() ? right : left : new Either(left, right);
    }
}
