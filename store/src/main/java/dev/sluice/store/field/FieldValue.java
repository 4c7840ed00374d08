// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.read.EventView;
import dev.sluice.store.report.FieldFigures;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.ValueText;
import java.math.BigInteger;
import java.util.HexFormat;

/**
 * Values of a field as keys of tables: Long for integers, bools and codes of enumerations, Double for floating-point
 * numbers, String for texts and (in hexadecimal) byte sequences, and {@link #NULL}. Stateless.
 */
public final class FieldValue {
    /** Stands for null. */
    public static final Object NULL = new Object() {
        @Override
        public String toString() {
            return "null";
        }
    };

    private FieldValue() {
    }

    /** The value of an event's field. */
    public static Object of(final EventView event, final int field) {
        final FieldType type = event.type(field);
        if (type == FieldType.FLOAT32 || type == FieldType.FLOAT64) {
            return event.getDouble(field);
        }
        if (event.isNull(field)) {
            return NULL;
        }
        return switch (type) {
            case STRING -> event.getString(field);
            case BYTES -> HexFormat.of().formatHex(event.getBytes(field));
            case BOOL -> event.getBoolean(field) ? 1L : 0L;
            default -> event.getLong(field);
        };
    }

    /** About how many bytes of memory a value takes. */
    public static int weight(final Object value) {
        return value instanceof String text ? 2 * text.length() : 0;
    }

    /** A value for people, written as conditions accept it. */
    public static String text(final FieldSchema field, final Object value) {
        if (value == NULL) {
            return "null";
        }
        if (field == ThreadLabel.FIELD) {
            return PrintedText.safe((String) value);
        }
        final StringBuilder text = new StringBuilder();
        if (value instanceof String string && field.type() == FieldType.BYTES) {
            text.append("0x").append(string);
        } else if (value instanceof String string) {
            PrintedText.quote(text, string);
        } else if (field.type().isEnum()) {
            new ValueText(text, false).label(field.label((Long) value));
        } else if (field.type() == FieldType.BOOL) {
            text.append((Long) value != 0);
        } else if (field.type() == FieldType.UINT64) {
            text.append(Long.toUnsignedString((Long) value));
        } else {
            text.append(field.type() == FieldType.FLOAT32 ? (Object) ((Double) value).floatValue() : value);
        }
        return text.toString();
    }

    /** Puts a value, written as print writes it in JSON. */
    public static void put(final ObjectNode node, final String key, final FieldSchema field, final Object value) {
        if (value == NULL) {
            node.putNull(key);
        } else if (value instanceof String string) {
            node.put(key, string);
        } else if (field.type().isEnum()) {
            node.put(key, field.label((Long) value));
        } else if (field.type() == FieldType.BOOL) {
            node.put(key, (Long) value != 0);
        } else if (field.type() == FieldType.UINT64 && (Long) value < 0) {
            node.put(key, new BigInteger(Long.toUnsignedString((Long) value)));
        } else if (field.type() == FieldType.FLOAT32 && Double.isFinite((Double) value)) {
            node.put(key, ((Double) value).floatValue());
        } else {
            FieldFigures.put(node, key, (Number) value);
        }
    }
}
