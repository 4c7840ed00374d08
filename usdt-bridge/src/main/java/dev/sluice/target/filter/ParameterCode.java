// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import java.util.List;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Fields that are a method's parameters: those of a typed interface, or longs behind a text or without one. */
final class ParameterCode extends FieldCode {
    private final Class<?>[] parameters;
    private final int[] slots;

    /**
     * Fields of a method.
     *
     * @param parameters one for each field, and perhaps more
     * @param firstSlot  slot of the first one
     */
    ParameterCode(final MethodVisitor code, final List<FieldSchema> fields, final Class<?>[] parameters,
        final int firstSlot) {
        super(code, fields);
        this.parameters = parameters;
        slots = new int[parameters.length];
        int next = firstSlot;
        for (int i = 0; i < parameters.length; i++) {
            slots[i] = next;
            next += Type.getType(parameters[i]).getSize();
        }
    }

    @Override
    void prepare(final boolean[] used) {
        for (int i = 0; i < fields.size(); i++) {
            if (used[i] && type(i) == FieldType.STRING) {
                code.visitVarInsn(Opcodes.ALOAD, slots[i]);
                call("text", "(Ljava/lang/CharSequence;)Ljava/lang/String;");
                code.visitVarInsn(Opcodes.ASTORE, slots[i]);
            }
        }
    }

    @Override
    void integer(final int field) {
        final Class<?> parameter = parameters[field];
        code.visitVarInsn(Type.getType(parameter).getOpcode(Opcodes.ILOAD), slots[field]);
        if (parameter == Enum.class) {
            code.visitLdcInsn(NullValue.code(type(field)));
            call("code", "(Ljava/lang/Enum;I)I");
        }
        if (parameter != long.class) {
            code.visitInsn(Opcodes.I2L);
        }
        narrow(field);
    }

    @Override
    void floating(final int field) {
        final Class<?> parameter = parameters[field];
        code.visitVarInsn(Type.getType(parameter).getOpcode(Opcodes.ILOAD), slots[field]);
        if (parameter == float.class) {
            code.visitInsn(Opcodes.F2D);
        }
    }

    @Override
    void text(final int field) {
        code.visitVarInsn(Opcodes.ALOAD, slots[field]);
        code.visitTypeInsn(Opcodes.CHECKCAST, "java/lang/String");
    }

    @Override
    void textAddress(final int field) {
        throw new IllegalStateException("texts are not encoded here");
    }
}
