// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.jfr.JfrAnnotation;
import dev.sluice.store.jfr.JfrBytes;
import dev.sluice.store.jfr.JfrField;
import dev.sluice.store.jfr.JfrFile;
import dev.sluice.store.jfr.JfrNames;
import dev.sluice.store.jfr.JfrThread;
import dev.sluice.store.jfr.JfrType;
import dev.sluice.store.jfr.JfrTypes;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.table.FileNames;
import dev.sluice.store.text.CommandText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a file of the JDK's Flight Recorder: a type of events for each tracepoint, and one for what is missing. For
 * one thread.
 */
final class JfrExporter implements EventExporter {
    private static final String PID = "pid";
    private static final String RING = "ring";
    private static final String CARRIER = "carrierThread";
    /** Names that readers, or this class, give a meaning to. */
    private static final List<String> TAKEN = List.of("startTime", "duration", "eventThread", "stackTrace", PID, RING,
        CARRIER);
    private static final String CATEGORY = "Sluice";
    private static final int NO_RING = -1;

    private final ExportOutput output;
    private final int chunkLength;
    private final FileNames names = new FileNames();
    /** Events of two targets, or of two class loaders, are of one type if they have the same name and fields. */
    private final Map<Kind, JfrType> kinds = new HashMap<>();
    private final Map<EventSchema, JfrType> types = new IdentityHashMap<>();
    private final Map<TargetTrace, String> groups = new IdentityHashMap<>();
    private final JfrType missing;
    private long lastId = JfrTypes.FIRST_ID;
    private JfrFile file;

    /** What two events have in common if they are of one type. */
    private record Kind(String event, List<FieldSchema> fields) {
    }

    JfrExporter(final ExportOutput output, final int chunkLength) {
        this.output = output;
        this.chunkLength = chunkLength;
        JfrTypes.ALL.forEach(type -> names.unique(type.name(), ""));
        missing = missingType();
    }

    private JfrType missingType() {
        final List<JfrField> fields = new ArrayList<>(JfrTypes.EVENT_FIELDS);
        fields.add(JfrField.of("missing", JfrTypes.LONG, text(JfrTypes.DESCRIPTION, "Number of all missing events")));
        for (final String count : List.of("lost", "overwritten", "discarded")) {
            fields.add(JfrField.of(count, JfrTypes.LONG));
        }
        fields.add(JfrField.of("stream", JfrTypes.STRING,
            text(JfrTypes.DESCRIPTION, "Ring or trap stream; null for events that belong to none")));
        fields.add(JfrField.of(RING, JfrTypes.INT, text(JfrTypes.DESCRIPTION, "Number of the stream, or -1")));
        fields.add(JfrField.of("cause", JfrTypes.STRING,
            text(JfrTypes.DESCRIPTION, "Why events that belong to no stream are missing; null for others")));
        fields.add(JfrField.of(PID, JfrTypes.INT));
        return JfrType.event(lastId++, names.unique("dev.sluice.EventsMissing", ""), fields, List.of(
            text(JfrTypes.LABEL, "Events Missing"), text(JfrTypes.CATEGORY, CATEGORY), text(JfrTypes.DESCRIPTION,
                "Events that were fired and are not in the trace, before the ring's next event or at the end")));
    }

    private static JfrAnnotation text(final JfrType type, final String... values) {
        return JfrAnnotation.of(type, values);
    }

    @Override
    public void begin(final TraceEvents events) throws IOException {
        file = new JfrFile(output.file(1), events.reader().info().createdRealtimeNs(), chunkLength);
    }

    @Override
    public void tracepoint(final TargetTrace target, final EventSchema schema) {
        types.put(schema, kinds.computeIfAbsent(new Kind(schema.name(), schema.fields()), kind -> type(schema)));
    }

    private JfrType type(final EventSchema schema) {
        final List<JfrField> fields = new ArrayList<>(JfrTypes.EVENT_FIELDS);
        final FileNames unique = new FileNames();
        TAKEN.forEach(name -> unique.unique(name, ""));
        for (final FieldSchema field : schema.fields()) {
            final String name = unique.unique(JfrNames.field(field.name()), "");
            fields.add(JfrField.of(name, type(field), annotations(field, name)));
        }
        fields.add(JfrField.of(PID, JfrTypes.INT));
        fields.add(JfrField.of(RING, JfrTypes.INT));
        fields.add(JfrField.constant(CARRIER, JfrTypes.THREAD));
        final List<JfrAnnotation> annotations = new ArrayList<>(List.of(text(JfrTypes.LABEL, schema.tracepoint()),
            text(JfrTypes.CATEGORY, CATEGORY, schema.provider())));
        if (!schema.description().isEmpty()) {
            annotations.add(text(JfrTypes.DESCRIPTION, schema.description()));
        }
        return JfrType.event(lastId++, names.unique(JfrNames.type(schema.provider() + '.' + schema.tracepoint()),
            ""), fields,
            annotations);
    }

    /**
     * Integers of Java have a sign: those without one have the next larger type, up to the largest. Bytes have it too,
     * as JDK Mission Control reads them without a sign.
     */
    private static JfrType type(final FieldSchema field) {
        return switch (field.type()) {
            case INT8, INT16, UINT8 -> JfrTypes.SHORT;
            case INT32, UINT16 -> JfrTypes.INT;
            case INT64, UINT32, UINT64 -> JfrTypes.LONG;
            case FLOAT32 -> JfrTypes.FLOAT;
            case FLOAT64 -> JfrTypes.DOUBLE;
            case BOOL -> JfrTypes.BOOLEAN;
            case ENUM8, ENUM16, STRING, BYTES -> JfrTypes.STRING;
        };
    }

    private static JfrAnnotation[] annotations(final FieldSchema field, final String name) {
        final List<JfrAnnotation> annotations = new ArrayList<>();
        final Optional<JfrAnnotation> unit = unit(field);
        final boolean isUnitToSay = !field.unit().isEmpty() && unit.isEmpty();
        if (isUnitToSay || !field.name().equals(name)) {
            annotations.add(text(JfrTypes.LABEL, field.name() + (isUnitToSay ? " (" + field.unit() + ')' : "")));
        }
        if (field.type() == FieldType.UINT64) {
            annotations.add(text(JfrTypes.UNSIGNED));
        }
        if (!field.description().isEmpty()) {
            annotations.add(text(JfrTypes.DESCRIPTION, field.description()));
        }
        if (!field.unit().isEmpty()) {
            annotations.add(text(JfrTypes.UNIT, field.unit()));
            unit.ifPresent(annotations::add);
        }
        return annotations.toArray(JfrAnnotation[]::new);
    }

    /** The unit as readers know it: they know durations, bytes and hertz, of integers alone. */
    private static Optional<JfrAnnotation> unit(final FieldSchema field) {
        return Optional.ofNullable(switch (field.type().isInteger() ? field.unit() : "") {
            case "ns" -> text(JfrTypes.TIMESPAN, "NANOSECONDS");
            case "us", "\u00B5s", "\u03BCs" -> text(JfrTypes.TIMESPAN, "MICROSECONDS");
            case "ms" -> text(JfrTypes.TIMESPAN, "MILLISECONDS");
            case "s" -> text(JfrTypes.TIMESPAN, "SECONDS");
            case "B", "bytes" -> text(JfrTypes.DATA_AMOUNT, "BYTES");
            case "bit", "bits" -> text(JfrTypes.DATA_AMOUNT, "BITS");
            case "Hz" -> text(JfrTypes.FREQUENCY);
            default -> null;
        });
    }

    @Override
    public void event(final EventView event) throws IOException {
        final JfrBytes values = file.begin(types.get(event.schema()), event.wallTimeNs(),
            thread(ThreadKey.of(event)));
        for (int i = 0; i < event.fieldCount(); i++) {
            write(event, i, values);
        }
        values.int32(event.target().info().pid()).int32(event.ring());
        file.thread(event.virtualThreadId() == 0 ? null : thread(new ThreadKey(event.target(), event.tid(),
            event.javaThreadId(), false, event.threadName())));
        file.end();
    }

    private void write(final EventView event, final int field, final JfrBytes values) {
        if (event.isNull(field)) {
            values.text(null);
            return;
        }
        switch (event.type(field)) {
            case INT8, INT16, UINT8 -> values.int16((int) event.getLong(field));
            case INT32, UINT16 -> values.int32((int) event.getLong(field));
            case INT64, UINT32, UINT64 -> values.integer(event.getLong(field));
            case FLOAT32 -> values.float32((float) event.getDouble(field));
            case FLOAT64 -> values.float64(event.getDouble(field));
            case BOOL -> values.int8(event.getBoolean(field) ? 1 : 0);
            case ENUM8, ENUM16 -> file.constant(event.getString(field));
            case STRING -> values.text(event.getString(field));
            default -> values.text(HexFormat.of().formatHex(event.getBytes(field)));
        }
    }

    private JfrThread thread(final ThreadKey thread) {
        return new JfrThread(groups.computeIfAbsent(thread.target(), target -> target.info().pid() + " "
            + CommandText.brief(target.info().commandLine())), thread.name(), thread.tid(), thread.javaThreadId(),
            thread.isVirtual());
    }

    @Override
    public void missing(final MissingMark mark) throws IOException {
        final JfrBytes values = file.begin(missing, mark.wallNs(), mark.thread() == null ? null
            : thread(mark.thread()));
        values.integer(mark.total()).integer(mark.lost()).integer(mark.overwritten()).integer(mark.discarded())
            .text(mark.stream() == null ? null : mark.stream().origin().label())
            .int32(mark.stream() == null ? NO_RING : mark.stream().number())
            .text(mark.cause().isEmpty() ? null : mark.cause()).int32(mark.target().info().pid());
        file.end();
    }

    @Override
    public void end(final ExportSummary summary) throws IOException {
        file.finish();
    }
}
