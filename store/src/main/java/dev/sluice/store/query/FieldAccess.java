// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.memory.Memory;
import java.util.Locale;

/** Loads one field of one kind of event. Immutable: any thread. */
final class FieldAccess {
    private final EventLayout layout;
    private final int field;
    private final FieldSchema schema;
    private final FieldType type;
    private final int offset;

    FieldAccess(final EventLayout layout, final int field) {
        this.layout = layout;
        this.field = field;
        schema = layout.schema().fields().get(field);
        type = schema.type();
        offset = layout.fixedOffset(field);
    }

    FieldSchema schema() {
        return schema;
    }

    FieldType type() {
        return type;
    }

    boolean isFloating() {
        return type == FieldType.FLOAT32 || type == FieldType.FLOAT64;
    }

    boolean isNumber() {
        return type.isInteger() || isFloating();
    }

    /** The field and its type, for messages: "price of shop:order is of type float64". */
    String described() {
        return schema.name() + " of " + layout.schema().name() + " is of type "
            + type.name().toLowerCase(Locale.ROOT);
    }

    long address(final long fieldsAddress) {
        return offset >= 0 ? fieldsAddress + offset : layout.fieldAddress(fieldsAddress, field);
    }

    /** Loads an integer (a uint64 as its 64 bits), a bool, or the code of an enumeration. */
    long integer(final long fieldsAddress) {
        final long at = address(fieldsAddress);
        return switch (type) {
            case INT8 -> Memory.getByte(at);
            case INT16 -> Memory.getShort(at);
            case INT32 -> Memory.getInt(at);
            case UINT8, BOOL, ENUM8 -> Byte.toUnsignedInt(Memory.getByte(at));
            case UINT16, ENUM16 -> Short.toUnsignedInt(Memory.getShort(at));
            case UINT32 -> Integer.toUnsignedLong(Memory.getInt(at));
            default -> Memory.getLong(at);
        };
    }

    double floating(final long fieldsAddress) {
        final long at = address(fieldsAddress);
        return type == FieldType.FLOAT32 ? Float.intBitsToFloat(Memory.getInt(at))
            : Double.longBitsToDouble(Memory.getLong(at));
    }

    boolean isNull(final long fieldsAddress) {
        return NullValue.isAt(address(fieldsAddress), schema);
    }
}
