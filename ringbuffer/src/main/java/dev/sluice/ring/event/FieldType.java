// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

/** Types of an event's fields, with their encoding: little-endian, byte-aligned. */
public enum FieldType {
    INT8(1, 1, true),
    INT16(2, 2, true),
    INT32(3, 4, true),
    INT64(4, 8, true),
    UINT8(5, 1, false),
    UINT16(6, 2, false),
    UINT32(7, 4, false),
    UINT64(8, 8, false),
    FLOAT32(9, 4, true),
    FLOAT64(10, 8, true),
    /** One byte, 0 or 1. */
    BOOL(11, 1, false),
    /** Index of a label, one byte. */
    ENUM8(12, 1, false),
    /** Index of a label, two bytes. */
    ENUM16(13, 2, false),
    /** u16 length in bytes, then UTF-8. */
    STRING(14, -1, false),
    /** u16 length in bytes, then bytes. */
    BYTES(15, -1, false);

    private static final FieldType[] BY_CODE = new FieldType[16];

    static {
        for (final FieldType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final int lengthBytes;
    private final boolean signed;

    FieldType(final int code, final int lengthBytes, final boolean signed) {
        this.code = code;
        this.lengthBytes = lengthBytes;
        this.signed = signed;
    }

    /** Code in the schema log, never reused. */
    public int code() {
        return code;
    }

    /** Encoded bytes, or -1 where each value has its own length. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** Whether values have a length of their own: a u16 length followed by that many bytes. */
    public boolean isVariable() {
        return lengthBytes < 0;
    }

    /** Whether values are read with sign. */
    public boolean isSigned() {
        return signed;
    }

    /** Whether values are integers (enums and bool not counted). */
    public boolean isInteger() {
        return code <= UINT64.code;
    }

    /** Whether values are indexes of labels. */
    public boolean isEnum() {
        return this == ENUM8 || this == ENUM16;
    }

    /**
     * The type of a code.
     *
     * @throws IllegalArgumentException for a code that this version does not know
     */
    public static FieldType ofCode(final int code) {
        final FieldType type = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
        if (type == null) {
            throw new IllegalArgumentException("unknown field type: code=" + code
                + "; the trace was written by a newer version of Sluice: read it with that version");
        }
        return type;
    }
}
