// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.where.EventTest;
import dev.sluice.ring.where.Expression.Operator;
import dev.sluice.ring.where.IntegerRange;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The code of a test: a method that returns whether an event is wanted. In Java, for {@code price > 100 && symbol ==
 * "ACME"} of {@code placed(long id, double price, String symbol)}:
 * <pre>{@code
 * try {
 *     symbol = FilterValues.text(symbol);
 *     return price > 100.0 && !FilterValues.isNull(symbol) && "ACME".equals(symbol);
 * } catch (RuntimeException | LinkageError | VirtualMachineError e) {
 *     return true;
 * }
 * }</pre>
 * An event for which the code fails is taken: writing it fails too then, and it is counted there. For one method.
 */
final class TestCode {
    private static final Class<?>[] CAUGHT = {RuntimeException.class, LinkageError.class, VirtualMachineError.class};

    private final MethodVisitor code;
    private final FieldCode fields;

    TestCode(final MethodVisitor code, final FieldCode fields) {
        this.code = code;
        this.fields = fields;
    }

    /** Writes the method's body. */
    void write(final EventTest test) {
        final Label begin = new Label();
        final Label end = new Label();
        final Label handler = new Label();
        final boolean mayFail = mayFail(test);
        if (mayFail) {
            for (final Class<?> type : CAUGHT) {
                code.visitTryCatchBlock(begin, end, handler, Type.getInternalName(type));
            }
        }
        final boolean[] used = new boolean[fields.fields.size()];
        findUsed(test, used);
        final Label otherwise = new Label();
        code.visitLabel(begin);
        fields.prepare(used);
        require(test, otherwise);
        code.visitInsn(Opcodes.ICONST_1);
        code.visitInsn(Opcodes.IRETURN);
        code.visitLabel(otherwise);
        code.visitInsn(Opcodes.ICONST_0);
        code.visitInsn(Opcodes.IRETURN);
        code.visitLabel(end);
        if (mayFail) {
            code.visitLabel(handler);
            code.visitInsn(Opcodes.POP);
            code.visitInsn(Opcodes.ICONST_1);
            code.visitInsn(Opcodes.IRETURN);
        }
    }

    /** Whether the code calls any that may throw. Numbers alone never do. */
    private boolean mayFail(final EventTest test) {
        if (test instanceof EventTest.Both both) {
            return mayFail(both.left()) || mayFail(both.right());
        }
        if (test instanceof EventTest.Either either) {
            return mayFail(either.left()) || mayFail(either.right());
        }
        return test instanceof EventTest.Text || test instanceof EventTest.Drawn
            || test instanceof EventTest.Null || test instanceof EventTest.Keyed;
    }

    private static void findUsed(final EventTest test, final boolean[] used) {
        if (test instanceof EventTest.Both both) {
            findUsed(both.left(), used);
            findUsed(both.right(), used);
        } else if (test instanceof EventTest.Either either) {
            findUsed(either.left(), used);
            findUsed(either.right(), used);
        } else {
            final int field = fieldOf(test);
            if (field >= 0) {
                used[field] = true;
            }
        }
    }

    private static int fieldOf(final EventTest test) {
        if (test instanceof EventTest.InRange one) {
            return one.field();
        }
        if (test instanceof EventTest.Floating one) {
            return one.field();
        }
        if (test instanceof EventTest.NotANumber one) {
            return one.field();
        }
        if (test instanceof EventTest.Flag one) {
            return one.field();
        }
        if (test instanceof EventTest.Code one) {
            return one.field();
        }
        if (test instanceof EventTest.Text one) {
            return one.field();
        }
        if (test instanceof EventTest.Null one) {
            return one.field();
        }
        return test instanceof EventTest.Keyed one ? one.field() : -1;
    }

    /** Goes on if the test is true, and jumps if it is not. */
    private void require(final EventTest test, final Label otherwise) {
        if (test instanceof EventTest.Both both) {
            require(both.left(), otherwise);
            require(both.right(), otherwise);
        } else if (test instanceof EventTest.Either either) {
            final Label second = new Label();
            final Label done = new Label();
            require(either.left(), second);
            code.visitJumpInsn(Opcodes.GOTO, done);
            code.visitLabel(second);
            require(either.right(), otherwise);
            code.visitLabel(done);
        } else if (test instanceof EventTest.InRange one) {
            range(one.field(), one.range(), otherwise);
        } else if (test instanceof EventTest.Floating one) {
            floating(one, otherwise);
        } else if (test instanceof EventTest.NotANumber one) {
            fields.floating(one.field());
            code.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/Double", "isNaN", "(D)Z", false);
            code.visitJumpInsn(one.isWanted() ? Opcodes.IFEQ : Opcodes.IFNE, otherwise);
        } else if (test instanceof EventTest.Text one) {
            text(one, otherwise);
        } else {
            requireSimple(test, otherwise);
        }
    }

    private void requireSimple(final EventTest test, final Label otherwise) {
        if (test instanceof EventTest.Flag one) {
            fields.integer(one.field());
            code.visitInsn(Opcodes.LCONST_0);
            code.visitInsn(Opcodes.LCMP);
            code.visitJumpInsn(one.isTrue() ? Opcodes.IFEQ : Opcodes.IFNE, otherwise);
        } else if (test instanceof EventTest.Code one) {
            label(one, otherwise);
        } else if (test instanceof EventTest.Null one) {
            nullTest(one, otherwise);
        } else if (test instanceof EventTest.Drawn one) {
            code.visitLdcInsn(one.threshold());
            fields.call("isDrawn", "(J)Z");
            code.visitJumpInsn(Opcodes.IFEQ, otherwise);
        } else if (test instanceof EventTest.Keyed one) {
            fields.key(one.field());
            code.visitLdcInsn(one.threshold());
            fields.call("isKept", "(JJ)Z");
            code.visitJumpInsn(Opcodes.IFEQ, otherwise);
        } else if (!((EventTest.Constant) test).isTrue()) {
            code.visitJumpInsn(Opcodes.GOTO, otherwise);
        }
    }

    private void range(final int field, final IntegerRange range, final Label otherwise) {
        final boolean isUnsigned = fields.type(field) == FieldType.UINT64;
        // Flipping the highest bit makes a signed comparison give the unsigned order.
        final long flip = isUnsigned ? Long.MIN_VALUE : 0;
        final long least = range.least() ^ flip;
        final long greatest = range.greatest() ^ flip;
        final Label outside = range.isInside() ? otherwise : new Label();
        if (least == greatest) {
            compare(field, flip, least);
            code.visitJumpInsn(Opcodes.IFNE, outside);
        } else {
            if (least != Long.MIN_VALUE) {
                compare(field, flip, least);
                code.visitJumpInsn(Opcodes.IFLT, outside);
            }
            if (greatest != Long.MAX_VALUE) {
                compare(field, flip, greatest);
                code.visitJumpInsn(Opcodes.IFGT, outside);
            }
        }
        if (!range.isInside()) {
            code.visitJumpInsn(Opcodes.GOTO, otherwise);
            code.visitLabel(outside);
        }
    }

    private void compare(final int field, final long flip, final long bound) {
        fields.integer(field);
        if (flip != 0) {
            code.visitLdcInsn(flip);
            code.visitInsn(Opcodes.LXOR);
        }
        code.visitLdcInsn(bound);
        code.visitInsn(Opcodes.LCMP);
    }

    /** By the rules of IEEE 754: no comparison with NaN is true but "not equal". */
    private void floating(final EventTest.Floating test, final Label otherwise) {
        final Label isFalse = test.isWanted() ? otherwise : new Label();
        fields.floating(test.field());
        code.visitLdcInsn(test.value());
        final Operator operator = test.operator();
        code.visitInsn(operator == Operator.LESS || operator == Operator.LESS_OR_EQUAL ? Opcodes.DCMPG
            : Opcodes.DCMPL);
        code.visitJumpInsn(opposite(operator), isFalse);
        if (!test.isWanted()) {
            code.visitJumpInsn(Opcodes.GOTO, otherwise);
            code.visitLabel(isFalse);
        }
    }

    /** The jump that is taken if a comparison's result is not what an operator asks for. */
    private static int opposite(final Operator operator) {
        return switch (operator) {
            case LESS -> Opcodes.IFGE;
            case LESS_OR_EQUAL -> Opcodes.IFGT;
            case GREATER -> Opcodes.IFLE;
            case GREATER_OR_EQUAL -> Opcodes.IFLT;
            case NOT_EQUAL -> Opcodes.IFEQ;
            default -> Opcodes.IFNE;
        };
    }

    private void text(final EventTest.Text test, final Label otherwise) {
        fields.isNullText(test.field());
        code.visitJumpInsn(Opcodes.IFNE, otherwise);
        if (test.operator().isEquality()) {
            fields.isEqualText(test.field(), test.value());
            code.visitJumpInsn(test.operator() == Operator.EQUAL ? Opcodes.IFEQ : Opcodes.IFNE, otherwise);
        } else {
            fields.compareText(test.field(), test.value());
            code.visitJumpInsn(opposite(test.operator()), otherwise);
        }
    }

    private void label(final EventTest.Code test, final Label otherwise) {
        if (!test.isEqual() && hasNull(test.field())) {
            compare(test.field(), 0, NullValue.code(fields.type(test.field())));
            code.visitJumpInsn(Opcodes.IFEQ, otherwise);
        }
        if (test.isEqual() && hasNull(test.field()) && test.code() == NullValue.code(fields.type(test.field()))) {
            // A null is equal to nothing.
            code.visitJumpInsn(Opcodes.GOTO, otherwise);
            return;
        }
        compare(test.field(), 0, test.code());
        code.visitJumpInsn(test.isEqual() ? Opcodes.IFNE : Opcodes.IFEQ, otherwise);
    }

    /** Whether an enumeration's greatest code stands for null. */
    private boolean hasNull(final int field) {
        final FieldSchema schema = fields.fields.get(field);
        return schema.labels().size() <= NullValue.code(schema.type());
    }

    private void nullTest(final EventTest.Null test, final Label otherwise) {
        if (fields.type(test.field()) == FieldType.STRING) {
            fields.isNullText(test.field());
            code.visitJumpInsn(test.isWanted() ? Opcodes.IFEQ : Opcodes.IFNE, otherwise);
        } else if (hasNull(test.field())) {
            compare(test.field(), 0, NullValue.code(fields.type(test.field())));
            code.visitJumpInsn(test.isWanted() ? Opcodes.IFNE : Opcodes.IFEQ, otherwise);
        } else if (test.isWanted()) {
            code.visitJumpInsn(Opcodes.GOTO, otherwise);
        }
    }
}
