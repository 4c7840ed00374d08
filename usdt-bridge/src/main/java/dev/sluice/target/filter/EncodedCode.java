// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import java.util.List;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Fields that are encoded one after the other, at an address that is the method's first parameter. */
final class EncodedCode extends FieldCode {
    private static final String MEMORY = Type.getInternalName(Memory.class);
    /** Slot of the address. */
    static final int ADDRESS_SLOT = 1;

    private final int[] slots;

    /**
     * Fields of a method.
     *
     * @param firstFreeSlot the first slot behind the method's parameters
     */
    EncodedCode(final MethodVisitor code, final List<FieldSchema> fields, final int firstFreeSlot) {
        super(code, fields);
        slots = new int[fields.size()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = firstFreeSlot + 2 * i;
        }
    }

    @Override
    boolean isEncoded() {
        return true;
    }

    /** Finds where each field begins that is looked at. */
    @Override
    void prepare(final boolean[] used) {
        int last = used.length - 1;
        while (last >= 0 && !used[last]) {
            last--;
        }
        int offset = 0;
        for (int i = 0; i <= last; i++) {
            if (used[i]) {
                loadAddress(offset);
                code.visitVarInsn(Opcodes.LSTORE, slots[i]);
            }
            if (!type(i).isVariable()) {
                offset += type(i).lengthBytes();
                continue;
            }
            loadAddress(offset);
            get("getShort", "S");
            code.visitLdcInsn(0xFFFF);
            code.visitInsn(Opcodes.IAND);
            code.visitInsn(Opcodes.I2L);
            loadAddress(offset + Short.BYTES);
            code.visitInsn(Opcodes.LADD);
            code.visitVarInsn(Opcodes.LSTORE, ADDRESS_SLOT);
            offset = 0;
        }
    }

    private void loadAddress(final int offset) {
        code.visitVarInsn(Opcodes.LLOAD, ADDRESS_SLOT);
        code.visitLdcInsn((long) offset);
        code.visitInsn(Opcodes.LADD);
    }

    private void get(final String name, final String type) {
        code.visitMethodInsn(Opcodes.INVOKESTATIC, MEMORY, name, "(J)" + type, false);
    }

    @Override
    void integer(final int field) {
        textAddress(field);
        switch (type(field).lengthBytes()) {
            case Byte.BYTES -> get("getByte", "B");
            case Short.BYTES -> get("getShort", "S");
            case Integer.BYTES -> get("getInt", "I");
            default -> {
                get("getLong", "J");
                return;
            }
        }
        code.visitInsn(Opcodes.I2L);
        narrow(field);
    }

    @Override
    void floating(final int field) {
        textAddress(field);
        if (type(field) == FieldType.FLOAT32) {
            get("getInt", "I");
            code.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/Float", "intBitsToFloat", "(I)F", false);
            code.visitInsn(Opcodes.F2D);
        } else {
            get("getLong", "J");
            code.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/Double", "longBitsToDouble", "(J)D", false);
        }
    }

    @Override
    void text(final int field) {
        throw new IllegalStateException("texts are encoded here");
    }

    @Override
    void textAddress(final int field) {
        code.visitVarInsn(Opcodes.LLOAD, slots[field]);
    }
}
