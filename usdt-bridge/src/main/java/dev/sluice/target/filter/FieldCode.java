// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Code that loads the fields of an event, wherever a way to fire has them. For one method. */
abstract class FieldCode {
    static final String VALUES = Type.getInternalName(FilterValues.class);
    private static final String STRING = "Ljava/lang/String;";

    final MethodVisitor code;
    final List<FieldSchema> fields;

    FieldCode(final MethodVisitor code, final List<FieldSchema> fields) {
        this.code = code;
        this.fields = fields;
    }

    /** Prepares the fields that a test looks at, before it. */
    abstract void prepare(boolean[] used);

    /** Loads an integer, a truth value (0 or 1) or an enumeration's code as a long, as its type has it. */
    abstract void integer(int field);

    /** Loads a floating-point number as a double. */
    abstract void floating(int field);

    /** Loads a String: none where {@link #isEncoded}. */
    abstract void text(int field);

    /** Loads the address of an encoded text. */
    abstract void textAddress(int field);

    /** Whether texts are encoded. */
    boolean isEncoded() {
        return false;
    }

    final FieldType type(final int field) {
        return fields.get(field).type();
    }

    final void call(final String name, final String descriptor) {
        code.visitMethodInsn(Opcodes.INVOKESTATIC, VALUES, name, descriptor, false);
    }

    /** Loads whether a text is null. */
    final void isNullText(final int field) {
        if (isEncoded()) {
            textAddress(field);
            call("isNullAt", "(J)Z");
        } else {
            text(field);
            call("isNull", "(" + STRING + ")Z");
        }
    }

    /** Loads whether a text is the same as a given one. */
    final void isEqualText(final int field, final String value) {
        if (isEncoded()) {
            textAddress(field);
            code.visitLdcInsn(encoded(value));
            call("equalsAt", "(J" + STRING + ")Z");
        } else {
            code.visitLdcInsn(value);
            text(field);
            code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/lang/String", "equals", "(Ljava/lang/Object;)Z", false);
        }
    }

    /** Loads an int that says how a text compares with a given one. */
    final void compareText(final int field, final String value) {
        if (isEncoded()) {
            textAddress(field);
            code.visitLdcInsn(encoded(value));
            call("compareAt", "(J" + STRING + ")I");
        } else {
            text(field);
            code.visitLdcInsn(value);
            call("compare", "(" + STRING + STRING + ")I");
        }
    }

    /** Loads what is hashed of a key, a long. */
    final void key(final int field) {
        if (type(field) != FieldType.STRING) {
            integer(field);
            return;
        }
        if (isEncoded()) {
            textAddress(field);
            call("hashAt", "(J)I");
        } else {
            text(field);
            code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/lang/String", "hashCode", "()I", false);
        }
        code.visitInsn(Opcodes.I2L);
    }

    private static String encoded(final String value) {
        return new String(value.getBytes(StandardCharsets.UTF_8),
            StandardCharsets.ISO_8859_1);
    }

    /** Cuts a long to what the field holds of it. */
    final void narrow(final int field) {
        switch (type(field)) {
            case INT8 -> {
                code.visitInsn(Opcodes.L2I);
                code.visitInsn(Opcodes.I2B);
                code.visitInsn(Opcodes.I2L);
            }
            case INT16 -> {
                code.visitInsn(Opcodes.L2I);
                code.visitInsn(Opcodes.I2S);
                code.visitInsn(Opcodes.I2L);
            }
            case INT32 -> {
                code.visitInsn(Opcodes.L2I);
                code.visitInsn(Opcodes.I2L);
            }
            case UINT8, ENUM8 -> mask(0xFFL);
            case UINT16, ENUM16 -> mask(0xFFFFL);
            case UINT32 -> mask(0xFFFF_FFFFL);
            case BOOL -> call("truth", "(J)J");
            default -> {
                // All 64 bits are the field's.
                return;
            }
        }
    }

    private void mask(final long mask) {
        code.visitLdcInsn(mask);
        code.visitInsn(Opcodes.LAND);
    }
}
