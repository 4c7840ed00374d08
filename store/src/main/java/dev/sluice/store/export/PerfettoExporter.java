// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.FieldName;
import dev.sluice.store.pair.OpenBegin;
import dev.sluice.store.pair.SliceHandler;
import dev.sluice.store.pair.Slices;
import dev.sluice.store.pair.ThreadId;
import dev.sluice.store.proto.PerfettoFields;
import dev.sluice.store.proto.ProtoMessage;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Writes Perfetto's protocol buffers, in files that stay below the size that its readers take. Names of events and
 * fields are written once a file. For one thread.
 */
final class PerfettoExporter implements EventExporter, SliceHandler {
    /** Trace processor takes files of less than 4 GiB; a packet may still be written after the cut. */
    private static final long MOST_BYTES = (4L << 30) - (64L << 20);
    private static final String MISSING = "sluice:missing";

    private final ExportOutput output;
    private final ExportOptions options;
    private final long mostBytes;
    private final ProtoMessage message = new ProtoMessage();
    private final PerfettoTracks tracks = new PerfettoTracks(message);
    private final Map<EventSchema, Names> names = new IdentityHashMap<>();
    /** Labels of fields that are counters, by schema; null for any other field. */
    private final Map<EventSchema, String[]> counters = new IdentityHashMap<>();
    private Slices slices;
    private OutputStream file;
    private int files;
    private long written;
    private long interned;
    private long pairs;

    /** Numbers of the names of an event in this file: its own, its provider's, and its first field's. */
    private record Names(long event, long category, long firstField) {
    }

    PerfettoExporter(final ExportOutput output, final ExportOptions options) {
        this(output, options, MOST_BYTES);
    }

    PerfettoExporter(final ExportOutput output, final ExportOptions options, final long mostBytes) {
        this.output = output;
        this.options = options;
        this.mostBytes = mostBytes;
    }

    @Override
    public void begin(final TraceEvents events) throws IOException {
        slices = new Slices(events, options.pairs(), this);
        final EventKinds kinds = new EventKinds(events);
        for (final FieldName field : options.counters()) {
            for (final EventKinds.Kind kind : kinds.having(field)) {
                addCounter(kind.schema(), field.indexIn(kind.schema()));
            }
        }
        file = output.file(++files);
    }

    private void addCounter(final EventSchema schema, final int field) {
        final FieldSchema one = schema.fields().get(field);
        if (one.type().isVariable() || one.type().isEnum()) {
            throw new SelectionException("field " + one.name() + " of " + schema.name() + " is no number, so there is"
                + " no counter of it: name another field (--counter)");
        }
        counters.computeIfAbsent(schema, key -> new String[key.fields().size()])[field] =
            schema.name() + '.' + one.name();
    }

    @Override
    public void tracepoint(final TargetTrace target, final EventSchema schema) {
        // Each file has the names before the first event.
    }

    @Override
    public void event(final EventView event) throws IOException {
        prepare(event.monotonicNs(), event.wallTimeNs());
        slices.accept(event);
        final String[] counted = counters.get(event.schema());
        for (int i = 0; counted != null && i < counted.length; i++) {
            if (counted[i] != null) {
                count(event, i, counted[i]);
            }
        }
    }

    /** Goes to the next file if this one is long, and says in each how times are to be understood. */
    private void prepare(final long monotonicNs, final long wallNs) throws IOException {
        if (written >= mostBytes) {
            file = output.file(++files);
            written = 0;
            names.clear();
            tracks.forget();
        }
        if (written == 0) {
            clocks(monotonicNs, wallNs);
        }
    }

    private void write() throws IOException {
        written += message.writeTo(file);
    }

    /** Which wall time the times of events are, and that nothing of another file is referred to. */
    private void clocks(final long monotonicNs, final long wallNs) throws IOException {
        final int packet = message.begin(PerfettoFields.PACKET);
        message.integer(PerfettoFields.SEQUENCE, PerfettoFields.OUR_SEQUENCE)
            .integer(PerfettoFields.SEQUENCE_FLAGS, PerfettoFields.CLEARED);
        final int snapshot = message.begin(PerfettoFields.CLOCK_SNAPSHOT);
        clock(PerfettoFields.MONOTONIC, time(monotonicNs));
        clock(PerfettoFields.REALTIME, wallNs);
        message.integer(PerfettoFields.PRIMARY_CLOCK, PerfettoFields.MONOTONIC).end(snapshot).end(packet);
        write();
    }

    private void clock(final int id, final long ns) {
        final int clock = message.begin(PerfettoFields.CLOCKS);
        message.integer(PerfettoFields.CLOCK_ID, id).integer(PerfettoFields.CLOCK_TIME, ns).end(clock);
    }

    /** There is no time before 0. */
    private static long time(final long monotonicNs) {
        return Math.max(0, monotonicNs);
    }

    private Names names(final EventSchema schema) throws IOException {
        Names known = names.get(schema);
        if (known == null) {
            known = new Names(interned + 1, interned + 2, interned + 3);
            interned += 2 + schema.fields().size();
            names.put(schema, known);
            final int packet = message.begin(PerfettoFields.PACKET);
            message.integer(PerfettoFields.SEQUENCE, PerfettoFields.OUR_SEQUENCE);
            final int data = message.begin(PerfettoFields.INTERNED);
            intern(PerfettoFields.EVENT_NAMES, known.event, schema.name());
            intern(PerfettoFields.CATEGORIES, known.category, schema.provider());
            for (int i = 0; i < schema.fields().size(); i++) {
                intern(PerfettoFields.ANNOTATION_NAMES, known.firstField + i, schema.fields().get(i).name());
            }
            message.end(data).end(packet);
            write();
        }
        return known;
    }

    private void intern(final int kind, final long id, final String name) {
        final int entry = message.begin(kind);
        message.integer(PerfettoFields.INTERNED_ID, id).text(PerfettoFields.INTERNED_NAME, name).end(entry);
    }

    /** Begins a packet and its event; the method end takes what is returned, and ends both. */
    private int[] begin(final long ns, final int type, final long track) {
        final int packet = message.begin(PerfettoFields.PACKET);
        message.integer(PerfettoFields.TIMESTAMP, time(ns))
            .integer(PerfettoFields.TIMESTAMP_CLOCK, PerfettoFields.MONOTONIC)
            .integer(PerfettoFields.SEQUENCE, PerfettoFields.OUR_SEQUENCE)
            .integer(PerfettoFields.SEQUENCE_FLAGS, PerfettoFields.NEEDS_STATE);
        final int event = message.begin(PerfettoFields.TRACK_EVENT);
        message.integer(PerfettoFields.EVENT_TYPE, type).integer(PerfettoFields.EVENT_TRACK, track);
        return new int[] {packet, event};
    }

    private void end(final int[] begun) throws IOException {
        message.end(begun[1]).end(begun[0]);
        write();
    }

    @Override
    public void instant(final EventView event) throws IOException {
        write(event, PerfettoFields.INSTANT);
    }

    @Override
    public void begin(final EventView event) throws IOException {
        write(event, PerfettoFields.SLICE_BEGIN);
    }

    private void write(final EventView event, final int type) throws IOException {
        final Names known = names(event.schema());
        final int[] begun = begin(event.monotonicNs(), type, tracks.thread(event));
        message.integer(PerfettoFields.EVENT_NAME_ID, known.event)
            .integer(PerfettoFields.EVENT_CATEGORY_ID, known.category);
        fields(event, known, PerfettoFields.EVENT_ANNOTATION);
        end(begun);
    }

    /** Viewers put the annotations of both events of a slice together, so those of the end are inside of one. */
    @Override
    public void end(final EventView event) throws IOException {
        final Names known = names(event.schema());
        final int[] begun = begin(event.monotonicNs(), PerfettoFields.SLICE_END, tracks.thread(event));
        final int all = message.begin(PerfettoFields.EVENT_ANNOTATION);
        message.text(PerfettoFields.NAME, event.schema().name());
        fields(event, known, PerfettoFields.ENTRIES);
        message.end(all);
        end(begun);
    }

    private void fields(final EventView event, final Names known, final int kind) {
        for (int i = 0; i < event.fieldCount(); i++) {
            final int annotation = message.begin(kind);
            message.integer(PerfettoFields.NAME_ID, known.firstField + i);
            if (!event.isNull(i)) {
                value(event, i);
            }
            message.end(annotation);
        }
    }

    private void value(final EventView event, final int field) {
        switch (event.type(field)) {
            case STRING, ENUM8, ENUM16 -> message.text(PerfettoFields.TEXT, event.getString(field));
            case BYTES -> message.text(PerfettoFields.TEXT, HexFormat.of().formatHex(event.getBytes(field)));
            case BOOL -> message.integer(PerfettoFields.BOOL, event.getBoolean(field) ? 1 : 0);
            case FLOAT32, FLOAT64 -> message.number(PerfettoFields.DOUBLE, event.getDouble(field));
            case UINT8, UINT16, UINT32, UINT64 -> message.integer(PerfettoFields.UINT, event.getLong(field));
            default -> message.integer(PerfettoFields.INT, event.getLong(field));
        }
    }

    private void count(final EventView event, final int field, final String label) throws IOException {
        final int[] begun =
            begin(event.monotonicNs(), PerfettoFields.COUNTER, tracks.counter(event.target(), label));
        switch (event.type(field)) {
            case FLOAT32, FLOAT64 -> message.number(PerfettoFields.EVENT_DOUBLE_COUNTER, event.getDouble(field));
            case UINT64 -> {
                if (event.getLong(field) < 0) {
                    message.number(PerfettoFields.EVENT_DOUBLE_COUNTER,
                        Double.parseDouble(Long.toUnsignedString(event.getLong(field))));
                } else {
                    message.integer(PerfettoFields.EVENT_COUNTER, event.getLong(field));
                }
            }
            default -> message.integer(PerfettoFields.EVENT_COUNTER, event.getLong(field));
        }
        end(begun);
    }

    @Override
    public void endUnseen(final ThreadId thread, final EventView at, final String why) throws IOException {
        final int[] begun = begin(at.monotonicNs(), PerfettoFields.SLICE_END, PerfettoTracks.thread(thread));
        annotate("sluice:end", why);
        end(begun);
    }

    private void annotate(final String name, final String text) {
        final int annotation = message.begin(PerfettoFields.EVENT_ANNOTATION);
        message.text(PerfettoFields.NAME, name).text(PerfettoFields.TEXT, text).end(annotation);
    }

    @Override
    public void pair(final String name, final OpenBegin begin, final EventView end) throws IOException {
        final long track = tracks.pair(end.target(), name, ++pairs);
        final int[] first = begin(begin.monotonicNs(), PerfettoFields.SLICE_BEGIN, track);
        message.text(PerfettoFields.EVENT_NAME, name).text(PerfettoFields.EVENT_CATEGORY, "pairs");
        end(first);
        end(begin(end.monotonicNs(), PerfettoFields.SLICE_END, track));
    }

    @Override
    public void missing(final MissingMark mark) throws IOException {
        prepare(mark.monotonicNs(), mark.wallNs());
        final ThreadKey thread = mark.thread();
        final long track = thread != null && !thread.isVirtual()
            ? tracks.thread(mark.target(), thread.tid(), thread.name()) : tracks.process(mark.target());
        final int[] begun = begin(mark.monotonicNs(), PerfettoFields.INSTANT, track);
        message.text(PerfettoFields.EVENT_NAME, mark.describe()).text(PerfettoFields.EVENT_CATEGORY, MISSING);
        annotate("missing", mark.total());
        annotate("lost", mark.lost());
        annotate("overwritten", mark.overwritten());
        annotate("discarded", mark.discarded());
        if (mark.stream() != null) {
            annotate("stream", mark.stream().describe());
        } else {
            annotate("cause", mark.cause());
        }
        end(begun);
    }

    private void annotate(final String name, final long count) {
        final int annotation = message.begin(PerfettoFields.EVENT_ANNOTATION);
        message.text(PerfettoFields.NAME, name).integer(PerfettoFields.UINT, count).end(annotation);
    }

    @Override
    public void end(final ExportSummary summary) {
        slices.notice().ifPresent(summary::note);
        if (files > 1) {
            summary.note("the trace is cut into " + files + " files of less than 4 GiB each");
        }
    }
}
