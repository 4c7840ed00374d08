// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.memory.Memory;
import dev.sluice.store.read.EventView;
import dev.sluice.store.text.LineBytes;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.ValueText;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds the line of one event, as text or as JSON. Numbers, bools, and texts without escapes are put into the bytes
 * directly; {@link ValueText} writes everything else. A test compares the two ways. For one thread.
 */
final class EventLines {
    private static final byte[] NULL = LineBytes.of("null");
    private static final byte[] UNKNOWN = LineBytes.of("?");
    private static final byte[] PLUS = LineBytes.of(" +");
    private static final byte[] WIDTH = LineBytes.of(",\"width_ns\":");
    private static final byte[] TRUE = LineBytes.of("true");
    private static final byte[] FALSE = LineBytes.of("false");
    private static final byte[] VERSION = LineBytes.of("{\"version\":" + TracePrinter.JSON_VERSION + ",\"time\":\"");
    private static final byte[] TIME_NS = LineBytes.of("\",\"time_ns\":");
    private static final byte[] VIRTUAL_THREAD = LineBytes.of(",\"virtual_thread_id\":");
    private static final byte[] RING = LineBytes.of(",\"ring\":");
    private static final byte[] FIELDS = LineBytes.of(",\"fields\":{");
    private static final byte[] OF = LineBytes.of(" of ");
    private static final byte[] END = LineBytes.of("}}");
    /** Number of rings whose threads are remembered; a power of two. */
    private static final int OWNERS = 64;

    private final LineBytes line;
    private final boolean json;
    private final StringBuilder text = new StringBuilder();
    private final ValueText values;
    private final Map<EventSchema, Names> names = new IdentityHashMap<>();
    private final Owner[] owners = new Owner[OWNERS];
    private EventSchema lastSchema;
    private Names lastNames;

    /** The names of an event, encoded as they are printed. */
    private static final class Names {
        final byte[] event;
        final byte[][] fields;
        /** For each field that is an enumeration: its encoded labels. */
        final byte[][][] labels;

        Names(final EventSchema schema, final boolean json) {
            final List<FieldSchema> all = schema.fields();
            event = LineBytes.of(json ? ",\"event\":\"" + escaped(schema.name()) + "\",\"pid\":"
                : " " + escaped(schema.name()) + " [");
            fields = new byte[all.size()][];
            labels = new byte[all.size()][][];
            for (int i = 0; i < fields.length; i++) {
                final String name = escaped(all.get(i).name());
                fields[i] = LineBytes.of(json ? (i == 0 ? "\"" : ",\"") + name + "\":" : " " + name + "=");
                labels[i] = all.get(i).labels().stream().map(label -> labelled(label, json)).toArray(byte[][]::new);
            }
        }

        private static byte[] labelled(final String label, final boolean json) {
            final StringBuilder text = new StringBuilder();
            new ValueText(text, json).label(label);
            return LineBytes.of(text.toString());
        }

        private static String escaped(final String name) {
            final StringBuilder text = new StringBuilder();
            PrintedText.escape(text, name);
            return text.toString();
        }
    }

    /** A thread as it is printed. If the name is still the same object, the encoded text can be used again. */
    private record Owner(String name, int tid, long javaThreadId, byte[] text) {
    }

    EventLines(final LineBytes line, final boolean json) {
        this.line = line;
        this.json = json;
        values = new ValueText(text, json);
    }

    /** Begins a line. In JSON, these are the keys that every line has. */
    void time(final long wallNs) {
        if (json) {
            line.add(VERSION).addTime(wallNs).add(TIME_NS).add(wallNs);
        } else {
            line.addTime(wallNs);
        }
    }

    /** Builds the line of an event, without its line end. */
    void event(final EventView event) {
        if (event.schema() != lastSchema) {
            lastSchema = event.schema();
            lastNames = names.computeIfAbsent(lastSchema, schema -> new Names(schema, json));
        }
        time(event.wallTimeNs());
        if (event.target().isSampled()) {
            width(event.widthNs());
        }
        line.add(lastNames.event);
        final long virtualThread = event.virtualThreadId();
        if (json) {
            line.add(event.target().info().pid()).add(owner(event));
            if (virtualThread != 0) {
                line.add(VIRTUAL_THREAD).add(virtualThread);
            }
            line.add(RING).add(event.ring()).add(FIELDS);
        } else {
            line.add(owner(event));
            if (virtualThread != 0) {
                line.add(' ').add('v').add(virtualThread);
            }
            if (event.isOfSeveralProcesses()) {
                line.add(OF).add(event.target().info().pid());
            }
            line.add(']');
        }
        final byte[][] fields = lastNames.fields;
        for (int i = 0; i < fields.length; i++) {
            line.add(fields[i]);
            value(event, i);
        }
        if (json) {
            line.add(END);
        }
    }

    /** Adds the length of the interval that begins at a sampled time. */
    private void width(final long widthNs) {
        line.add(json ? WIDTH : PLUS);
        if (widthNs == EventView.UNKNOWN_WIDTH) {
            line.add(json ? NULL : UNKNOWN);
        } else {
            line.add(widthNs);
        }
        if (!json) {
            line.add('n').add('s');
        }
    }

    private byte[] owner(final EventView event) {
        final int place = event.ring() & OWNERS - 1;
        final Owner last = owners[place];
        final String name = event.threadName();
        if (last != null && last.name == name && last.tid == event.tid()
            && last.javaThreadId == event.javaThreadId()) {
            return last.text;
        }
        final StringBuilder text = new StringBuilder();
        if (json) {
            text.append(",\"tid\":").append(event.tid()).append(",\"thread\":");
            PrintedText.quote(text, name);
            text.append(",\"java_thread_id\":").append(event.javaThreadId());
        } else {
            PrintedText.escape(text, name);
            text.append(name.isEmpty() ? "" : " ").append(event.tid());
        }
        owners[place] = new Owner(name, event.tid(), event.javaThreadId(), LineBytes.of(text.toString()));
        return owners[place].text;
    }

    private void value(final EventView event, final int field) {
        switch (event.type(field)) {
            case STRING -> {
                if (event.isNull(field)) {
                    line.add(NULL);
                } else {
                    final long address = event.fieldAddress(field);
                    line.addQuoted(address + Short.BYTES, Short.toUnsignedInt(Memory.getShort(address)));
                }
            }
            case ENUM8, ENUM16 -> label(event, field);
            case BOOL -> line.add(event.getBoolean(field) ? TRUE : FALSE);
            case BYTES, FLOAT32, FLOAT64 -> other(event, field);
            case UINT64 -> line.addUnsigned(event.getLong(field));
            default -> line.add(event.getLong(field));
        }
    }

    private void label(final EventView event, final int field) {
        final long code = event.getLong(field);
        final byte[][] labels = lastNames.labels[field];
        if (code < labels.length) {
            line.add(labels[(int) code]);
        } else {
            other(event, field);
        }
    }

    private void other(final EventView event, final int field) {
        text.setLength(0);
        if (event.isNull(field)) {
            values.nothing();
        } else {
            switch (event.type(field)) {
                case BYTES -> values.bytes(event.getBytes(field));
                case FLOAT32 -> values.floating((float) event.getDouble(field));
                case FLOAT64 -> values.floating(event.getDouble(field));
                default -> values.label(event.getString(field));
            }
        }
        line.add(text);
    }
}
