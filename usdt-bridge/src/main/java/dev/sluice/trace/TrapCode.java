// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.target.TrapArguments;
import dev.sluice.target.TrapCaller;
import dev.sluice.usdt.StubProbe;
import java.lang.invoke.MethodType;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** The code of the method of {@link FiringClass} that calls a tracepoint's own probe: one trap. */
final class TrapCode {
    private static final String TRAP = Type.getInternalName(TrapArguments.class);
    /** Parameters that a trap passes in registers. */
    private static final int REGISTERS = 6;

    private final MethodVisitor code;
    private final Tracepoint tracepoint;
    private final EventShape shape;
    private final Class<?>[] parameters;
    private final int[] slots;

    TrapCode(final MethodVisitor code, final Tracepoint tracepoint, final MethodType type) {
        this.code = code;
        this.tracepoint = tracepoint;
        this.shape = tracepoint.shape();
        this.parameters = type.parameterArray();
        this.slots = FiringClass.slots(type);
    }

    /** Writes the method that calls the tracepoint's own probe. */
    void write() {
        if (parameters.length <= REGISTERS && shape.isFixed()) {
            code.visitLdcInsn(tracepoint.stub());
            code.visitLdcInsn(parameters.length);
            for (int i = 0; i < parameters.length; i++) {
                loadArgument(i);
            }
            for (int i = parameters.length; i < REGISTERS; i++) {
                code.visitInsn(Opcodes.LCONST_0);
            }
            code.visitMethodInsn(Opcodes.INVOKESTATIC, Type.getInternalName(TrapCaller.class), "integers",
                "(JIJJJJJJ)V", false);
        } else {
            code.visitMethodInsn(Opcodes.INVOKESTATIC, TRAP, "begin", "()L" + TRAP + ';', false);
            for (int i = 0; i < Math.min(parameters.length, StubProbe.MAX_ARGUMENTS); i++) {
                code.visitInsn(Opcodes.DUP);
                if (!shape.type(i).isVariable()) {
                    loadArgument(i);
                    code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, TRAP, "put", "(J)V", false);
                } else {
                    code.visitVarInsn(Opcodes.ALOAD, slots[i]);
                    final Type type = Type.getType(parameters[i] == CharSequence.class ? String.class : parameters[i]);
                    if (parameters[i] == CharSequence.class) {
                        code.visitTypeInsn(Opcodes.CHECKCAST, Type.getInternalName(String.class));
                    }
                    code.visitLdcInsn(tracepoint.stringLimit());
                    code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, TRAP, "put",
                        Type.getMethodDescriptor(Type.VOID_TYPE, type, Type.INT_TYPE), false);
                }
            }
            code.visitLdcInsn(tracepoint.stub());
            code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, TRAP, "fire", "(J)V", false);
        }
        code.visitInsn(Opcodes.RETURN);
    }

    /** Loads a fixed field as the 64 bits of an argument. The value is in the low bits, as the probe's note says. */
    private void loadArgument(final int i) {
        final Class<?> type = parameters[i];
        FiringClass.loadBits(code, type, slots[i], shape.type(i));
        if (type != long.class && type != double.class) {
            code.visitInsn(Opcodes.I2L);
            final int bits = shape.type(i).lengthBytes() * Byte.SIZE;
            if (!shape.type(i).isSigned() || type == float.class) {
                code.visitLdcInsn((1L << bits) - 1);
                code.visitInsn(Opcodes.LAND);
            }
        }
    }
}
