// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import dev.sluice.ring.FieldSchema;
import dev.sluice.ring.FieldType;
import java.io.IOException;
import java.io.Writer;
import java.util.HexFormat;
import java.util.List;

/**
 * Writes events one a line, as text or as JSON objects. For one thread; the writer is flushed but not closed.
 * <pre>
 * 2026-01-02T03:04:05.000000006Z classes:parsed [main 4711] name="java/lang/Object" bytes=1234 methods=12
 * {"time":"2026-01-02T03:04:05.000000006Z","event":"classes:parsed","pid":42,"tid":4711,"thread":"main",
 *  "java_thread_id":1,"ring":0,"fields":{"name":"java/lang/Object","bytes":1234,"methods":12}}   (on one line)
 * </pre>
 * A virtual thread's event has {@code v77} behind the carrier's id, and {@code virtual_thread_id} in JSON. Byte
 * sequences are hexadecimal.
 */
public final class TracePrinter {
    private final Writer out;
    private final boolean json;
    private final StringBuilder line = new StringBuilder();
    private final WallTime time = new WallTime();

    /** A printer of text, or of JSON. */
    public TracePrinter(final Writer out, final boolean json) {
        this.out = out;
        this.json = json;
    }

    /**
     * Prints all events of a trace in time order.
     *
     * @return how many
     * @throws TraceStoreException if the trace is damaged
     * @throws IOException         if the writer fails
     */
    public long print(final TraceReader reader) throws IOException {
        final EventCursor cursor = reader.events();
        while (cursor.next()) {
            print(cursor.event());
        }
        out.flush();
        return cursor.count();
    }

    /** Prints one event. */
    public void print(final EventView event) throws IOException {
        line.setLength(0);
        if (json) {
            appendJson(event);
        } else {
            appendText(event);
        }
        line.append('\n');
        out.append(line);
    }

    private void appendText(final EventView event) {
        time.appendTo(line, event.wallTimeNs());
        line.append(' ').append(event.schema().provider()).append(':').append(event.schema().tracepoint())
            .append(" [");
        PrintedText.escape(line, event.threadName());
        line.append(event.threadName().isEmpty() ? "" : " ").append(event.tid());
        if (event.virtualThreadId() != 0) {
            line.append(" v").append(event.virtualThreadId());
        }
        line.append(']');
        final List<FieldSchema> fields = event.schema().fields();
        for (int i = 0; i < fields.size(); i++) {
            line.append(' ').append(fields.get(i).name()).append('=');
            appendValue(event, i, event.type(i).isEnum());
        }
    }

    private void appendJson(final EventView event) {
        line.append("{\"time\":\"");
        time.appendTo(line, event.wallTimeNs());
        line.append("\",\"event\":");
        PrintedText.quote(line, event.schema().name());
        line.append(",\"pid\":").append(event.target().info().pid()).append(",\"tid\":").append(event.tid())
            .append(",\"thread\":");
        PrintedText.quote(line, event.threadName());
        line.append(",\"java_thread_id\":").append(event.javaThreadId());
        if (event.virtualThreadId() != 0) {
            line.append(",\"virtual_thread_id\":").append(event.virtualThreadId());
        }
        line.append(",\"ring\":").append(event.ring()).append(",\"fields\":{");
        final List<FieldSchema> fields = event.schema().fields();
        for (int i = 0; i < fields.size(); i++) {
            line.append(i == 0 ? "" : ",");
            PrintedText.quote(line, fields.get(i).name());
            line.append(':');
            appendValue(event, i, false);
        }
        line.append("}}");
    }

    private void appendValue(final EventView event, final int field, final boolean bareLabel) {
        final FieldType type = event.type(field);
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
