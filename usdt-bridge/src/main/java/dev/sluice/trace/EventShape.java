// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import java.util.Arrays;
import java.util.List;

/** How an event's fields lie behind its header word: which {@code fire} overloads fit, and where each field goes. */
final class EventShape {
    /** Only int64 and uint64 fields: plain stores. */
    static final int WORDS = 0;
    /** Integers, truth values and enums of any width. */
    static final int INTEGERS = 1;
    /** A text first, then integers. */
    static final int TEXT_INTEGERS = 2;
    /** Any other fields: such events need the encoder. */
    static final int MIXED = 3;

    private final FieldType[] types;
    private final int[] offsets;
    private final int[] labels;
    private final int kind;
    private final int fixedLength;

    EventShape(final List<Field> fields) {
        types = fields.stream().map(field -> field.schema().type()).toArray(FieldType[]::new);
        offsets = new int[types.length];
        labels = fields.stream().mapToInt(field -> field.labels().size()).toArray();
        int offset = 0;
        for (int i = 0; i < types.length; i++) {
            offsets[i] = offset;
            offset += Math.max(0, types[i].lengthBytes());
        }
        fixedLength = offset;
        kind = kindOf(types);
    }

    private static int kindOf(final FieldType[] types) {
        boolean words = true;
        for (int i = 0; i < types.length; i++) {
            final FieldType type = types[i];
            words &= type == FieldType.INT64 || type == FieldType.UINT64;
            if (!isIntegral(type) && !(i == 0 && type == FieldType.STRING)) {
                return MIXED;
            }
        }
        if (words) {
            return WORDS;
        }
        return types[0] == FieldType.STRING ? TEXT_INTEGERS : INTEGERS;
    }

    private static boolean isIntegral(final FieldType type) {
        return type.isInteger() || type.isEnum() || type == FieldType.BOOL;
    }

    /** One of the constants. */
    int kind() {
        return kind;
    }

    /** Number of fields. */
    int count() {
        return types.length;
    }

    /** Type of a field. */
    FieldType type(final int field) {
        return types[field];
    }

    /** Number of labels of an enumeration's field. */
    int labels(final int field) {
        return labels[field];
    }

    /** How many integers {@code fire} takes, or -1 if not all fields are integers. */
    int integers() {
        return kind <= INTEGERS ? types.length : -1;
    }

    /** How many integers {@code fire} takes after a text, or -1 if the fields are not a text followed by integers. */
    int integersBehindText() {
        return kind == TEXT_INTEGERS ? types.length - 1 : -1;
    }

    /** Whether every event has the same length. */
    boolean isFixed() {
        return Arrays.stream(types).noneMatch(FieldType::isVariable);
    }

    /** Exact bytes of an event without its texts: the header word and all fixed fields. */
    int fixedEventLength() {
        return EventDescriptor.HEADER_LENGTH + fixedLength;
    }

    /** Stores an integer field, counted from the begin of the fixed part. */
    void put(final long fixedAddress, final int field, final long value) {
        put(types[field], fixedAddress + offsets[field], value);
    }

    /** Stores an integer of a width. */
    static void put(final FieldType type, final long address, final long value) {
        switch (type.lengthBytes()) {
            case Byte.BYTES -> Memory.putByte(address, (byte) value);
            case Short.BYTES -> Memory.putShort(address, (short) value);
            case Integer.BYTES -> Memory.putInt(address, (int) value);
            default -> Memory.putLong(address, value);
        }
    }
}
