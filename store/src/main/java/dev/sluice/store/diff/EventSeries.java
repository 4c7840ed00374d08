// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.report.FieldStatistics;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All events of one name in a trace: those of all targets, and of all versions that targets have declared. Fields of
 * the same name and type count together. For one thread.
 */
final class EventSeries {
    private final SortedMap<String, Map<FieldType, NumberSeries>> fields = new TreeMap<>();
    private final SortedMap<String, Map<FieldType, FieldSchema>> declared = new TreeMap<>();
    private long count;
    private long[] counts = {};

    /** Adds a version that is declared. */
    void declare(final EventSchema schema) {
        schema.fields().forEach(field -> declared.computeIfAbsent(field.name(), key -> new EnumMap<>(FieldType.class))
            .put(field.type(), field));
    }

    /** The fields' types by name, of all versions. */
    SortedMap<String, Map<FieldType, FieldSchema>> declared() {
        return declared;
    }

    /** The series of a field; null if it has no numbers. It is made when it is first asked for. */
    NumberSeries series(final FieldSchema field) {
        return NumberSeries.isOfNumbers(field.type())
            ? fields.computeIfAbsent(field.name(), key -> new EnumMap<>(FieldType.class))
                .computeIfAbsent(field.type(), key -> new NumberSeries(new FieldStatistics(field))) : null;
    }

    /** The series of a field, or null if no event has it. */
    NumberSeries find(final String field, final FieldType type) {
        return fields.getOrDefault(field, Map.of()).get(type);
    }

    /** Counts an event in the first reading. */
    void first() {
        count++;
    }

    /** Ends the first reading. */
    void finishFirst() {
        counts = new long[Pieces.of(count)];
        fields.values().stream().map(Map::values).flatMap(Collection::stream).forEach(NumberSeries::finishFirst);
    }

    /**
     * Counts an event in the second reading.
     *
     * @param share of the trace's time that has passed before the event, from 0 to 1
     */
    void second(final double share) {
        if (counts.length > 0) {
            counts[Math.max(0, Math.min(counts.length - 1, (int) (share * counts.length)))]++;
        }
    }

    /** Number of events. */
    long count() {
        return count;
    }

    /** How many independent events tell the rate as well as these do. */
    double independent() {
        return Pieces.independent(counts, count);
    }
}
