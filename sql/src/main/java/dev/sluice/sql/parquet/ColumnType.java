// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import dev.sluice.ring.event.FieldType;

/**
 * What a column's values are in Parquet: how they lie in the file, and what they mean. Numbers of fewer than 32 bits
 * take 32 there, before they are packed.
 */
enum ColumnType {
    INT8(Physical.INT32, 15, 8, true),
    INT16(Physical.INT32, 16, 16, true),
    INT32(Physical.INT32, 17, 32, true),
    INT64(Physical.INT64, 18, 64, true),
    UINT8(Physical.INT32, 11, 8, false),
    UINT16(Physical.INT32, 12, 16, false),
    UINT32(Physical.INT32, 13, 32, false),
    UINT64(Physical.INT64, 14, 64, false),
    FLOAT(Physical.FLOAT, -1, 0, true),
    DOUBLE(Physical.DOUBLE, -1, 0, true),
    BOOLEAN(Physical.BOOLEAN, -1, 0, false),
    /** Nanoseconds since 1970 that are shown as a time. */
    TIMESTAMP(Physical.INT64, -1, 0, true),
    TEXT(Physical.BYTES, 0, 0, false),
    BYTES(Physical.BYTES, -1, 0, false);

    /** Types of the file, with their codes. */
    enum Physical {
        BOOLEAN(0, 0), INT32(1, Integer.BYTES), INT64(2, Long.BYTES), FLOAT(4, Integer.BYTES), DOUBLE(5, Long.BYTES),
        BYTES(6, 0);

        private final int code;
        private final int lengthBytes;

        Physical(final int code, final int lengthBytes) {
            this.code = code;
            this.lengthBytes = lengthBytes;
        }

        int code() {
            return code;
        }

        /** Bytes of a value by itself, or 0 if it does not take whole bytes, or as many as others. */
        int lengthBytes() {
            return lengthBytes;
        }
    }

    private static final int LOGICAL_STRING = 1;
    private static final int LOGICAL_TIMESTAMP = 8;
    private static final int LOGICAL_INTEGER = 10;
    private static final int NANOS = 3;

    private final Physical physical;
    /** The older way to say what numbers mean, or -1. */
    private final int converted;
    private final int bits;
    private final boolean isSigned;

    ColumnType(final Physical physical, final int converted, final int bits, final boolean isSigned) {
        this.physical = physical;
        this.converted = converted;
        this.bits = bits;
        this.isSigned = isSigned;
    }

    Physical physical() {
        return physical;
    }

    /** Whether numbers compare as they have signs. */
    boolean isSigned() {
        return isSigned;
    }

    boolean isFloating() {
        return physical == Physical.FLOAT || physical == Physical.DOUBLE;
    }

    /** The type of a field's column; a value of an enumeration is the text of its label. */
    static ColumnType of(final FieldType type) {
        return switch (type) {
            case INT8 -> INT8;
            case INT16 -> INT16;
            case INT32 -> INT32;
            case INT64 -> INT64;
            case UINT8 -> UINT8;
            case UINT16 -> UINT16;
            case UINT32 -> UINT32;
            case UINT64 -> UINT64;
            case FLOAT32 -> FLOAT;
            case FLOAT64 -> DOUBLE;
            case BOOL -> BOOLEAN;
            case ENUM8, ENUM16, STRING -> TEXT;
            case BYTES -> BYTES;
        };
    }

    /** Puts what the numbers mean into an element of the file's schema. */
    void putMeaning(final ThriftBuilder to) {
        if (converted >= 0) {
            to.i32(6, converted);
        }
        if (this == TIMESTAMP) {
            to.begin(10).begin(LOGICAL_TIMESTAMP).bool(1, false).begin(2).empty(NANOS).end().end().end();
        } else if (this == TEXT) {
            to.begin(10).empty(LOGICAL_STRING).end();
        } else if (bits > 0) {
            to.begin(10).begin(LOGICAL_INTEGER).i8(1, bits).bool(2, isSigned).end().end();
        }
    }
}
