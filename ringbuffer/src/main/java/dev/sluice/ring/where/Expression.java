// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import java.math.BigDecimal;

/** A condition as a person has written it; the kind of event is not known yet. Immutable. */
public sealed interface Expression {
    /** At least one of the two is true. */
    record Or(Expression left, Expression right) implements Expression {
    }

    /** Both are true. */
    record And(Expression left, Expression right) implements Expression {
    }

    /** The inner condition is false. */
    record Not(Expression inner) implements Expression {
    }

    /** A field of type bool that stands without a comparison. */
    record Flag(FieldName field) implements Expression {
    }

    /** Two operands, at least one of which is a field. */
    record Comparison(Operand left, Operator operator, Operand right, int column) implements Expression {
    }

    /** One side of a comparison. */
    sealed interface Operand {
        /** Column where the operand begins, from 1. */
        int column();
    }

    /** A field of the event. */
    record FieldName(String name, int column) implements Operand {
    }

    /** A number; {@code text} is the number as it was written. */
    record NumberValue(BigDecimal value, String text, int column) implements Operand {
    }

    /** A byte sequence that is no number: an empty one, 0x, or one that is longer than any number. */
    record BytesValue(String digits, int column) implements Operand {
    }

    /** A floating-point value that has no decimal digits: NaN or one of the infinities. */
    record SpecialValue(double value, int column) implements Operand {
    }

    /** A text, or a label of an enumeration. */
    record TextValue(String value, int column) implements Operand {
    }

    /** The literal true or false. */
    record BooleanValue(boolean value, int column) implements Operand {
    }

    /** The literal null. */
    record NullLiteral(int column) implements Operand {
    }

    /** How two operands are compared. */
    enum Operator {
        EQUAL("=="), NOT_EQUAL("!="), LESS("<"), LESS_OR_EQUAL("<="), GREATER(">"), GREATER_OR_EQUAL(">="),
        LIKE("=~"), NOT_LIKE("!~");

        private final String text;

        Operator(final String text) {
            this.text = text;
        }

        /** The operator as it is written in a condition. */
        public String text() {
            return text;
        }

        /** The operator that is written so, or null. */
        public static Operator of(final String text) {
            for (final Operator operator : values()) {
                if (operator.text.equals(text)) {
                    return operator;
                }
            }
            return null;
        }

        /** Whether it asks for equality alone. */
        public boolean isEquality() {
            return this == EQUAL || this == NOT_EQUAL;
        }

        /** Whether it compares with a pattern. */
        public boolean isLike() {
            return this == LIKE || this == NOT_LIKE;
        }

        /** The operator that gives the same result when the two operands are exchanged. */
        public Operator mirrored() {
            return switch (this) {
                case LESS -> GREATER;
                case LESS_OR_EQUAL -> GREATER_OR_EQUAL;
                case GREATER -> LESS;
                case GREATER_OR_EQUAL -> LESS_OR_EQUAL;
                default -> this;
            };
        }

        /**
         * Whether the comparison is true for two values. The argument is negative if the first value is less, 0 if the
         * two are equal, and positive if the first is greater.
         */
        public boolean holds(final int compared) {
            return switch (this) {
                case EQUAL, LIKE -> compared == 0;
                case NOT_EQUAL, NOT_LIKE -> compared != 0;
                case LESS -> compared < 0;
                case LESS_OR_EQUAL -> compared <= 0;
                case GREATER -> compared > 0;
                case GREATER_OR_EQUAL -> compared >= 0;
            };
        }
    }
}
