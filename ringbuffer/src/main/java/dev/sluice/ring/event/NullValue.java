// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

import dev.sluice.ring.memory.Memory;

/**
 * How null is encoded: as a value of the field's type that no application uses otherwise, so that packets stay CTF. A
 * null text is U+2400 and NUL; a null byte sequence is those four bytes and twelve more; a null of an enumeration is
 * the greatest code of its width, which never has a label. Decision 0065. Stateless: any thread.
 */
public final class NullValue {
    /** The text that stands for null. */
    public static final String TEXT = "\u2400\u0000";
    /** The text's UTF-8 bytes, as a little-endian word. */
    private static final int TEXT_WORD = 0x0080_90E2;
    private static final int BYTES_LENGTH = 16;
    private static final long FIRST_WORD = 0x9D41_C7F3_0080_90E2L;
    private static final long SECOND_WORD = 0x5BE0_2A68_F41C_93D7L;

    private NullValue() {
    }

    /** The byte sequence that stands for null, a new copy. */
    public static byte[] bytes() {
        final byte[] bytes = new byte[BYTES_LENGTH];
        for (int i = 0; i < Long.BYTES; i++) {
            bytes[i] = (byte) (FIRST_WORD >>> i * Byte.SIZE);
            bytes[i + Long.BYTES] = (byte) (SECOND_WORD >>> i * Byte.SIZE);
        }
        return bytes;
    }

    /** The code that stands for null in an enumeration of a type; 0 for other types. */
    public static int code(final FieldType type) {
        return type == FieldType.ENUM8 ? 0xFF : type == FieldType.ENUM16 ? 0xFFFF : 0;
    }

    /** Whether a code of an enumeration is null; a trace of version 0.1.0 may have a label for it. */
    public static boolean isCode(final FieldSchema field, final long code) {
        return field.type().isEnum() && code == code(field.type()) && field.labels().size() <= code;
    }

    /**
     * Whether the encoded value at an address is null. The address of a value with a length word is that of the length
     * word.
     *
     * @param address of the value, all of which may be read
     */
    public static boolean isAt(final long address, final FieldSchema field) {
        return switch (field.type()) {
            case ENUM8 -> isCode(field, Byte.toUnsignedInt(Memory.getByte(address)));
            case ENUM16 -> isCode(field, Short.toUnsignedInt(Memory.getShort(address)));
            case STRING -> Memory.getShort(address) == Integer.BYTES
                && Memory.getInt(address + Short.BYTES) == TEXT_WORD;
            case BYTES -> Memory.getShort(address) == BYTES_LENGTH
                && Memory.getLong(address + Short.BYTES) == FIRST_WORD
                && Memory.getLong(address + Short.BYTES + Long.BYTES) == SECOND_WORD;
            default -> false;
        };
    }
}
