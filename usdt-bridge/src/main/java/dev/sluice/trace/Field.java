// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.usdt.ArgumentType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A field of a tracepoint: a name and a type. Made by the factories below, which read well when imported statically:
 * <pre>{@code
 * provider.tracepoint("placed", int64("id"), float64("price"), string("symbol"));
 * }</pre>
 * Immutable. A name is an identifier of at most 64 letters, digits and underscores; anything else is an
 * IllegalArgumentException.
 */
public final class Field {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");
    /** The schema's encoding has 16 bits for the number of labels, and for the number of a label's bytes. */
    private static final int MAX_LABELS = 65_535;
    private static final int MAX_LABEL_BYTES = 1024;
    /** With either width the greatest code means null. */
    private static final int MAX_LABELS_OF_A_BYTE = 255;
    private static final int MAX_UNIT = 32;
    private static final int MAX_DESCRIPTION = 256;

    private final FieldSchema schema;

    private Field(final String name, final FieldType type, final List<String> labels) {
        if (name == null || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("field name=" + name + " is no identifier: it must match " + NAME);
        }
        this.schema = new FieldSchema(name, type, labels);
    }

    private Field(final FieldSchema schema) {
        this.schema = schema;
    }

    private static Field of(final String name, final FieldType type) {
        return new Field(name, type, List.of());
    }

    /** A signed byte. Values are cut to their low 8 bits. */
    public static Field int8(final String name) {
        return of(name, FieldType.INT8);
    }

    /** A signed 16-bit integer. Values are cut to their low 16 bits. */
    public static Field int16(final String name) {
        return of(name, FieldType.INT16);
    }

    /** A signed 32-bit integer. Values are cut to their low 32 bits. */
    public static Field int32(final String name) {
        return of(name, FieldType.INT32);
    }

    /** A signed 64-bit integer. */
    public static Field int64(final String name) {
        return of(name, FieldType.INT64);
    }

    /** An unsigned byte. Values are cut to their low 8 bits. */
    public static Field uint8(final String name) {
        return of(name, FieldType.UINT8);
    }

    /** An unsigned 16-bit integer. Values are cut to their low 16 bits. */
    public static Field uint16(final String name) {
        return of(name, FieldType.UINT16);
    }

    /** An unsigned 32-bit integer. Values are cut to their low 32 bits. */
    public static Field uint32(final String name) {
        return of(name, FieldType.UINT32);
    }

    /** An unsigned 64-bit integer. */
    public static Field uint64(final String name) {
        return of(name, FieldType.UINT64);
    }

    /** An IEEE 754 single. */
    public static Field float32(final String name) {
        return of(name, FieldType.FLOAT32);
    }

    /** An IEEE 754 double. */
    public static Field float64(final String name) {
        return of(name, FieldType.FLOAT64);
    }

    /** A truth value. */
    public static Field bool(final String name) {
        return of(name, FieldType.BOOL);
    }

    /**
     * Text, stored as UTF-8. Longer texts than {@code sluice.string.limit} bytes are cut at a character and end in "…".
     */
    public static Field string(final String name) {
        return of(name, FieldType.STRING);
    }

    /** Bytes; longer sequences than {@code sluice.string.limit} are cut. */
    public static Field bytes(final String name) {
        return of(name, FieldType.BYTES);
    }

    /** One of an enum's constants, stored by ordinal in one byte, or in two if there are more than 255. */
    public static Field enumeration(final String name, final Class<? extends Enum<?>> type) {
        return enumeration(name, Arrays.stream(type.getEnumConstants()).map(Enum::name).toArray(String[]::new));
    }

    /**
     * One of the labels, stored by index in one byte, or in two if there are more than 255.
     * <pre>{@code
     * enumeration("side", "BUY", "SELL")
     * }</pre>
     *
     * @param labels 1 to 65,535, each of at most 1,024 bytes of UTF-8
     */
    public static Field enumeration(final String name, final String... labels) {
        if (labels.length == 0 || labels.length > MAX_LABELS) {
            throw new IllegalArgumentException("enumeration " + name + " has labels=" + labels.length
                + ": it needs 1 to " + MAX_LABELS);
        }
        for (final String label : labels) {
            if (label == null || label.getBytes(StandardCharsets.UTF_8).length > MAX_LABEL_BYTES) {
                throw new IllegalArgumentException("enumeration " + name + " has a label that is null or longer than "
                    + MAX_LABEL_BYTES + " bytes");
            }
        }
        return new Field(name, labels.length <= MAX_LABELS_OF_A_BYTE ? FieldType.ENUM8 : FieldType.ENUM16,
            List.of(labels));
    }

    /**
     * The same field, with a unit of its numbers. Reports show {@code ns}, {@code us}, {@code ms} and {@code s} as
     * durations, {@code B} as bytes, and any other unit behind the number.
     * <pre>{@code
     * int64("took").unit("ns")
     * }</pre>
     *
     * @param unit 1 to 32 characters that can be seen
     * @throws IllegalArgumentException if the unit is something else, or the field is no number
     */
    public Field unit(final String unit) {
        if (!schema.type().isInteger() && schema.type() != FieldType.FLOAT32 && schema.type() != FieldType.FLOAT64) {
            throw new IllegalArgumentException("field " + this + " cannot have unit=" + unit
                + ": only numbers have units");
        }
        return new Field(schema.with(checkText("unit", unit, MAX_UNIT), schema.description()));
    }

    /**
     * The same field, with what it means.
     *
     * @param description one line of 1 to 256 characters
     */
    public Field describedAs(final String description) {
        return new Field(schema.with(schema.unit(), checkDescription(description)));
    }

    static String checkDescription(final String description) {
        return checkText("description", description, MAX_DESCRIPTION);
    }

    private static String checkText(final String what, final String text, final int most) {
        if (text == null || text.isBlank() || text.length() > most
            || text.codePoints().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(what + '=' + text + ": it must be one line of 1 to " + most
                + " characters");
        }
        return text;
    }

    /** The field's name. */
    public String name() {
        return schema.name();
    }

    /**
     * The type's name, which is that of the factory method: "int64", "string". For enumerations: "enum8" or "enum16".
     */
    public String type() {
        return schema.type().name().toLowerCase(Locale.ROOT);
    }

    /** The unit of the field's numbers; empty if it has none. */
    public String unit() {
        return schema.unit();
    }

    /** What the field means; empty if that was not said. */
    public String description() {
        return schema.description();
    }

    /** An enumeration's labels, by index; empty for other types. */
    public List<String> labels() {
        return schema.labels();
    }

    FieldSchema schema() {
        return schema;
    }

    /**
     * The type of the USDT argument that carries the field: doubles go as their bits, texts as a pointer to
     * NUL-terminated UTF-8.
     */
    ArgumentType argumentType() {
        return switch (schema.type()) {
            case INT8 -> ArgumentType.INT8;
            case INT16 -> ArgumentType.INT16;
            case INT32 -> ArgumentType.INT32;
            case INT64 -> ArgumentType.INT64;
            case UINT8, BOOL, ENUM8 -> ArgumentType.UINT8;
            case UINT16, ENUM16 -> ArgumentType.UINT16;
            case UINT32, FLOAT32 -> ArgumentType.UINT32;
            case UINT64, FLOAT64, STRING, BYTES -> ArgumentType.UINT64;
        };
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof Field that && schema.equals(that.schema);
    }

    @Override
    public int hashCode() {
        return schema.hashCode();
    }

    @Override
    public String toString() {
        return type() + ' ' + schema.name() + (unit().isEmpty() ? "" : " (" + unit() + ')')
            + (description().isEmpty() ? "" : ": " + description());
    }
}
