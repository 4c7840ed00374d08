// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import dev.sluice.ring.EventSchema;
import dev.sluice.ring.FieldType;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.WallTime;
import java.io.IOException;
import java.io.Writer;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes events one a line, as text or as JSON objects. For one thread; the writer is flushed but not closed.
 * <pre>
 * 2026-01-02T03:04:05.000000006Z classes:parsed [main 4711] name="java/lang/Object" bytes=1234 methods=12
 * {"time":"2026-01-02T03:04:05.000000006Z","event":"classes:parsed","pid":42,"tid":4711,"thread":"main",
 *  "java_thread_id":1,"ring":0,"fields":{"name":"java/lang/Object","bytes":1234,"methods":12}}   (on one line)
 * </pre>
 * A virtual thread's event has {@code v77} behind the carrier's id, and {@code virtual_thread_id} in JSON. Byte
 * sequences are hexadecimal.
 * <p>
 * Where events of a thread are missing, a line says so before its next one, and at the end of the trace before none:
 * <pre>
 * 2026-01-02T03:04:05.000000006Z -- 35 events missing: 30 lost, 5 overwritten [main 4711]
 * {"time":"2026-01-02T03:04:05.000000006Z","missing":35,"lost":30,"overwritten":5,"discarded":0,"pid":42,
 *  "tid":4711,"thread":"main","ring":0}                                                          (on one line)
 * </pre>
 * {@link MissingEvents} has what that place means. All of these lines together have every event that was fired and is
 * not printed, if the trace's end is known.
 */
public final class TracePrinter {
    private final Writer out;
    private final boolean json;
    private final StringBuilder line = new StringBuilder();
    private final WallTime time = new WallTime();
    private final Map<EventSchema, Names> names = new IdentityHashMap<>();
    private EventSchema lastSchema;
    private Names lastNames;

    /** The names of an event, as they are printed. */
    private record Names(String event, List<String> fields) {
        static Names of(final EventSchema schema) {
            return new Names(escaped(schema.name()),
                schema.fields().stream().map(field -> escaped(field.name())).toList());
        }

        private static String escaped(final String name) {
            final StringBuilder text = new StringBuilder();
            PrintedText.escape(text, name);
            return text.toString();
        }
    }

    /** A printer of text, or of JSON. */
    public TracePrinter(final Writer out, final boolean json) {
        this.out = out;
        this.json = json;
    }

    /**
     * Prints all events of a trace in time order, and what is missing between them.
     *
     * @return how many events
     * @throws TraceStoreException if the trace is damaged
     * @throws IOException         if the writer fails
     */
    public long print(final TraceReader reader) throws IOException {
        final EventCursor cursor = reader.events();
        while (cursor.next()) {
            final EventView event = cursor.event();
            final MissingEvents missing = event.missingBefore();
            if (missing != null) {
                print(missing, event.wallTimeNs(), event.threadName(), event.tid());
            }
            print(event);
        }
        final long endNs = cursor.count() > 0 ? cursor.event().wallTimeNs() : reader.info().createdRealtimeNs();
        for (final MissingEvents missing : cursor.missingAtEnd()) {
            print(missing, endNs, "", 0);
        }
        for (final TargetTrace target : reader.targets()) {
            printOutsideRings(target, endNs);
        }
        out.flush();
        return cursor.count();
    }

    /** Prints one event. */
    public void print(final EventView event) throws IOException {
        if (event.schema() != lastSchema) {
            lastSchema = event.schema();
            lastNames = names.computeIfAbsent(lastSchema, Names::of);
        }
        line.setLength(0);
        if (json) {
            appendJson(event);
        } else {
            appendText(event);
        }
        line.append('\n');
        out.append(line);
    }

    private void print(final MissingEvents missing, final long wallNs, final String thread, final int tid)
        throws IOException {
        line.setLength(0);
        line.append(json ? "{\"time\":\"" : "");
        time.appendTo(line, wallNs);
        if (json) {
            line.append("\",\"missing\":").append(missing.total()).append(",\"lost\":").append(missing.lost())
                .append(",\"overwritten\":").append(missing.overwritten()).append(",\"discarded\":")
                .append(missing.discarded()).append(",\"pid\":").append(missing.target().info().pid());
            if (tid != 0) {
                line.append(",\"tid\":").append(tid).append(",\"thread\":");
                PrintedText.quote(line, thread);
            }
            line.append(",\"ring\":").append(missing.ring()).append("}\n");
        } else {
            line.append(" -- ").append(Counted.of(missing.total(), "event")).append(" missing:");
            appendKind(missing.lost(), "lost");
            appendKind(missing.overwritten(), "overwritten");
            appendKind(missing.discarded(), "discarded");
            line.setCharAt(line.length() - 1, ' ');
            if (tid != 0) {
                line.append('[');
                PrintedText.escape(line, thread);
                line.append(thread.isEmpty() ? "" : " ").append(tid).append("]\n");
            } else {
                line.append("after the last one of ").append(missing.trapStream() ? "trap stream " : "ring ")
                    .append(missing.ring()).append('\n');
            }
        }
        out.append(line);
    }

    private void appendKind(final long events, final String kind) {
        if (events > 0) {
            line.append(' ').append(String.format(Locale.ROOT, "%,d", events)).append(' ').append(kind).append(',');
        }
    }

    /** What no ring is charged with: nobody can tell where these are missing. */
    private void printOutsideRings(final TargetTrace target, final long wallNs) throws IOException {
        final Map<String, Long> causes = new TreeMap<>();
        target.end().ifPresent(end -> end.refused().forEach((cause, events) ->
            causes.merge(cause.label(), events, Long::sum)));
        target.losses().stream().filter(loss -> loss.ring() == LossInfo.NO_RING)
            .forEach(loss -> causes.merge(loss.cause().label(), loss.events(), Long::sum));
        for (final Map.Entry<String, Long> cause : causes.entrySet()) {
            if (cause.getValue() > 0) {
                line.setLength(0);
                line.append(json ? "{\"time\":\"" : "");
                time.appendTo(line, wallNs);
                if (json) {
                    line.append("\",\"missing\":").append(cause.getValue()).append(",\"cause\":\"")
                        .append(cause.getKey()).append("\",\"pid\":").append(target.info().pid()).append("}\n");
                } else {
                    line.append(" -- ").append(Counted.of(cause.getValue(), "event"))
                        .append(" missing anywhere before, of no ring: ").append(cause.getKey()).append('\n');
                }
                out.append(line);
            }
        }
    }

    private void appendText(final EventView event) {
        time.appendTo(line, event.wallTimeNs());
        line.append(' ').append(lastNames.event()).append(" [");
        PrintedText.escape(line, event.threadName());
        line.append(event.threadName().isEmpty() ? "" : " ").append(event.tid());
        if (event.virtualThreadId() != 0) {
            line.append(" v").append(event.virtualThreadId());
        }
        line.append(']');
        final List<String> fields = lastNames.fields();
        for (int i = 0; i < fields.size(); i++) {
            line.append(' ').append(fields.get(i)).append('=');
            appendValue(event, i, event.type(i).isEnum());
        }
    }

    private void appendJson(final EventView event) {
        line.append("{\"time\":\"");
        time.appendTo(line, event.wallTimeNs());
        line.append("\",\"event\":\"").append(lastNames.event()).append("\",\"pid\":")
            .append(event.target().info().pid()).append(",\"tid\":").append(event.tid()).append(",\"thread\":");
        PrintedText.quote(line, event.threadName());
        line.append(",\"java_thread_id\":").append(event.javaThreadId());
        if (event.virtualThreadId() != 0) {
            line.append(",\"virtual_thread_id\":").append(event.virtualThreadId());
        }
        line.append(",\"ring\":").append(event.ring()).append(",\"fields\":{");
        final List<String> fields = lastNames.fields();
        for (int i = 0; i < fields.size(); i++) {
            line.append(i == 0 ? "\"" : ",\"").append(fields.get(i)).append("\":");
            appendValue(event, i, false);
        }
        line.append("}}");
    }

    private void appendValue(final EventView event, final int field, final boolean bareLabel) {
        final FieldType type = event.type(field);
        if (event.isNull(field)) {
            line.append("null");
            return;
        }
        switch (type) {
            case STRING -> PrintedText.quote(line, event.getString(field));
            case ENUM8, ENUM16 -> {
                if (bareLabel) {
                    PrintedText.escape(line, event.getString(field));
                } else {
                    PrintedText.quote(line, event.getString(field));
                }
            }
            case BYTES -> {
                line.append(json ? "\"" : "0x").append(HexFormat.of().formatHex(event.getBytes(field)))
                    .append(json ? "\"" : "");
            }
            case BOOL -> line.append(event.getBoolean(field));
            case FLOAT32 -> appendDouble(Float.toString((float) event.getDouble(field)), event.getDouble(field));
            case FLOAT64 -> appendDouble(Double.toString(event.getDouble(field)), event.getDouble(field));
            case UINT64 -> line.append(Long.toUnsignedString(event.getLong(field)));
            default -> line.append(event.getLong(field));
        }
    }

    /** JSON has no NaN and no infinity: those become strings. */
    private void appendDouble(final String text, final double value) {
        final boolean quoted = json && !Double.isFinite(value);
        line.append(quoted ? "\"" : "").append(text).append(quoted ? "\"" : "");
    }
}
