// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.reduce.Measure;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.where.ChoiceBinder;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.ring.where.PairBinder;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Says before a recording begins why a filter, a bound of pairs, a sum or a histogram could not become anything.
 * Stateless.
 */
final class SchemaCheck {
    private static final int MOST_NAMES = 20;

    private SchemaCheck() {
    }

    /**
     * Checks what a recording is to make of events.
     *
     * @param pid     a process of it
     * @param schemas the events of all targets of that process
     * @throws AttachException if one of them has no such tracepoint, no such field, or one that is not an integer; or
     *                         if they are drained in another way
     */
    static void check(final RecordOptions options, final long pid, final Collection<EventSchema> schemas) {
        if (!options.measures().isEmpty() && !options.source().canReduce()) {
            throw new AttachException(AttachException.Reason.NO_SUCH_FIELD, "sums and histograms are made in the"
                + " kernel, and events are not drained there in this mode: use --mode bpf or --mode pull");
        }
        options.measures().forEach(measure -> check(measure, pid, schemas));
        check(options.choices(), pid, schemas);
    }

    /**
     * Checks filters, keys of samplings, and pairs of which only some are wanted. What is for tracepoints that are not
     * declared yet is not looked at: the target says then what does not fit.
     *
     * @throws AttachException if one fits none of the tracepoints that it is for; the message names their fields
     */
    static void check(final List<EventChoice> choices, final long pid, final Collection<EventSchema> schemas) {
        final ChoiceBinder binder = new ChoiceBinder(choices);
        schemas.forEach(schema -> binder.bind(schema.name(), schema.fields()));
        try {
            binder.requireFits();
            new PairBinder(choices, schemas.stream()
                .map(schema -> new PairBinder.Point(schema.name(), schema.fields())).toList()).requirePairs();
        } catch (final IllegalArgumentException e) {
            throw new AttachException(AttachException.Reason.NO_SUCH_FIELD, "process " + pid + ": " + e.getMessage());
        }
    }

    private static void check(final Measure measure, final long pid, final Collection<EventSchema> schemas) {
        final List<EventSchema> events =
            schemas.stream().filter(schema -> schema.name().equals(measure.tracepoint())).toList();
        final String name = measure.field().substring(measure.tracepoint().length() + 1);
        if (events.isEmpty()) {
            throw refused("process " + pid + " has no tracepoint '" + measure.tracepoint() + "': it has "
                + listed(schemas.stream().map(EventSchema::name)) + " ('" + measure.field()
                + "' is measured only if its tracepoint is there when the recording begins)");
        }
        final List<FieldSchema> fields = events.stream().flatMap(event -> event.fields().stream())
            .filter(field -> field.name().equals(name)).toList();
        if (fields.isEmpty()) {
            throw refused("'" + measure.tracepoint() + "' has no field '" + name + "': it has "
                + listed(events.stream().flatMap(event -> event.fields().stream()).map(FieldSchema::name)));
        }
        if (fields.stream().noneMatch(field -> field.type().isInteger())) {
            throw refused("'" + measure.field() + "' is of type " + fields.get(0).type().name().toLowerCase(Locale.ROOT)
                + ", and the kernel measures integers only: record the events, and ask 'sluice report DIR --hist "
                + name + "'");
        }
    }

    private static String listed(final Stream<String> names) {
        final List<String> sorted = names.distinct().sorted().toList();
        return sorted.isEmpty() ? "none" : sorted.stream().limit(MOST_NAMES).collect(Collectors.joining(", "))
            + (sorted.size() > MOST_NAMES ? " and " + (sorted.size() - MOST_NAMES) + " more" : "");
    }

    private static AttachException refused(final String message) {
        return new AttachException(AttachException.Reason.NO_SUCH_FIELD, message);
    }
}
