// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.text.UnitText;
import dev.sluice.store.text.ValueText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes the figures of a field, for people and as JSON; all reports use it. Stateless. */
public final class FieldFigures {
    private FieldFigures() {
    }

    /** A figure for people, with its unit. For an enum, it is the label. */
    public static String text(final FieldSchema field, final Number value) {
        if (value == null) {
            return "-";
        }
        if (field.type().isEnum()) {
            return ValueText.word(field.label(value.longValue()));
        }
        return field.unit().isEmpty() ? text(value) : UnitText.of(field.unit(), value);
    }

    /** A number for people. */
    public static String text(final Number value) {
        return UnitText.number(value);
    }

    /** All figures of a field, as an object. */
    public static ObjectNode json(final FieldStatistics field) {
        final ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("name", field.field().name());
        node.put("type", field.field().type().name().toLowerCase(Locale.ROOT));
        putNotes(node, field.field());
        node.put("of", field.of());
        put(node, "sum", field, field.sum());
        put(node, "min", field, field.min());
        put(node, "max", field, field.max());
        put(node, "p50", field, field.quantile(0.5));
        put(node, "p90", field, field.quantile(0.9));
        put(node, "p99", field, field.quantile(0.99));
        put(node, "p999", field, field.quantile(0.999));
        if (field.nanCount() > 0) {
            node.put("nan", field.nanCount());
        }
        putValues(node, field);
        return node;
    }

    /**
     * Puts how often each value of an enum or a bool occurred, by label, and how many values of any type were null.
     * Null stands apart: beside a label "null" there is no other place for it.
     */
    public static void putValues(final ObjectNode node, final FieldStatistics field) {
        if (field.nullCount() > 0) {
            node.put("null", field.nullCount());
        }
        final Map<Long, Long> values = field.valueCounts();
        if (!values.isEmpty()) {
            final ObjectNode counts = node.putObject("values");
            // Two codes may be called alike; then nothing that people see tells them apart.
            values.forEach((code, count) -> {
                final String label = field.valueLabel(code);
                counts.put(label, counts.path(label).asLong() + count);
            });
        }
    }

    /** How often each value of an enum or a bool occurred, and null of any type, with the texts of people. */
    public static List<Map.Entry<String, Long>> values(final FieldStatistics field) {
        final List<Map.Entry<String, Long>> values = new ArrayList<>();
        field.valueCounts().forEach((code, count) ->
            values.add(Map.entry(ValueText.word(field.valueLabel(code)), count)));
        if (field.nullCount() > 0) {
            values.add(Map.entry("null", field.nullCount()));
        }
        return values;
    }

    /** Puts what was declared of a field beside its name and type, if there is anything. */
    private static void putNotes(final ObjectNode node, final FieldSchema field) {
        if (!field.unit().isEmpty()) {
            node.put("unit", field.unit());
        }
        if (!field.description().isEmpty()) {
            node.put("description", field.description());
        }
    }

    /** Puts a statistic. Of an enum, it is the label; a sum of labels would have no meaning. */
    private static void put(final ObjectNode node, final String key, final FieldStatistics field,
        final Number number) {
        if (number != null && field.field().type().isEnum()) {
            node.put(key, field.field().label(number.longValue()));
        } else {
            put(node, key, number);
        }
    }

    /** Puts a number: Long, BigInteger or Double; null for null. */
    public static void put(final ObjectNode node, final String key, final Number number) {
        if (number == null) {
            node.putNull(key);
        } else if (number instanceof Double value) {
            // JSON has no infinity, and BigDecimal no negative zero.
            if (value == 0) {
                node.put(key, value);
            } else if (Double.isFinite(value)) {
                node.put(key, new BigDecimal(value.toString()));
            } else {
                node.put(key, value.toString());
            }
        } else if (number instanceof BigInteger value) {
            node.put(key, value);
        } else {
            node.put(key, number.longValue());
        }
    }
}
