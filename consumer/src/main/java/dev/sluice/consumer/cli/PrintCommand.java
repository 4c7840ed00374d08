// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import dev.sluice.consumer.store.EventCursor;
import dev.sluice.consumer.store.EventView;
import dev.sluice.consumer.store.TraceReader;
import dev.sluice.ring.FieldSchema;
import dev.sluice.ring.FieldType;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One event a line, in time order. */
@Command(name = "print", description = "Prints one event a line: wall time, thread, event, fields.",
    mixinStandardHelpOptions = true)
final class PrintCommand implements Callable<Integer> {
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final int BUFFER_LENGTH = 1 << 16;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSSSSS");

    @Parameters(paramLabel = "DIR", description = "directory of a trace")
    private Path directory;

    @Option(names = "--json", description = "print one JSON object a line")
    private boolean isJson;

    @Override
    public Integer call() {
        final TraceReader reader = TraceReader.open(directory);
        final EventCursor cursor = reader.events();
        // Not System.out: it hides that nobody reads any more, and is slow.
        try (Writer out = new BufferedWriter(
            new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8), BUFFER_LENGTH)) {
            while (cursor.next()) {
                out.write(isJson ? Json.write(toJson(cursor.event())) : toText(cursor.event()));
                out.write('\n');
            }
        } catch (final IOException e) {
            // "print DIR | head": whoever read has read enough.
            if (String.valueOf(e.getMessage()).contains("Broken pipe")) {
                return Main.OK;
            }
            throw new CommandException("writing to standard output failed: " + e.getMessage(), e);
        }
        return Main.OK;
    }

    private static String toText(final EventView event) {
        final StringBuilder line = new StringBuilder();
        final long ns = event.wallTimeNs();
        line.append(TIME.format(Instant.ofEpochSecond(Math.floorDiv(ns, NS_PER_SECOND), Math.floorMod(ns, NS_PER_SECOND))
            .atZone(ZoneId.systemDefault())));
        line.append("  ").append(event.tid());
        if (!event.threadName().isEmpty()) {
            line.append(' ').append(event.threadName());
        }
        line.append("  ").append(event.schema().name());
        final List<FieldSchema> fields = event.schema().fields();
        for (int i = 0; i < fields.size(); i++) {
            final Object value = value(event, i);
            line.append(' ').append(fields.get(i).name()).append('=')
                .append(value instanceof String ? Json.write(value) : value);
        }
        return line.toString();
    }

    private static Map<String, Object> toJson(final EventView event) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("ns", event.wallTimeNs());
        json.put("tid", event.tid());
        json.put("thread", event.threadName());
        json.put("event", event.schema().name());
        final Map<String, Object> values = new LinkedHashMap<>();
        final List<FieldSchema> fields = event.schema().fields();
        for (int i = 0; i < fields.size(); i++) {
            final Object value = value(event, i);
            values.put(fields.get(i).name(), value instanceof UnsignedLong u ? u.asNumber() : value);
        }
        json.put("fields", values);
        return json;
    }

    private static Object value(final EventView event, final int field) {
        final FieldType type = event.type(field);
        return switch (type) {
            case FLOAT32, FLOAT64 -> new Exact(event.getDouble(field), type == FieldType.FLOAT32);
            case BOOL -> event.getBoolean(field);
            case STRING, ENUM8, ENUM16 -> event.getString(field);
            case BYTES -> HexFormat.of().formatHex(event.getBytes(field));
            case UINT64 -> new UnsignedLong(event.getLong(field));
            default -> event.getLong(field);
        };
    }

    /** A uint64, which prints without a sign. */
    private record UnsignedLong(long bits) {
        java.math.BigInteger asNumber() {
            return new java.math.BigInteger(toString());
        }

        @Override
        public String toString() {
            return Long.toUnsignedString(bits);
        }
    }

    /** A floating-point number, which prints with all its digits. */
    private static final class Exact extends Number {
        private static final long serialVersionUID = 1L;

        private final double value;
        private final boolean isFloat;

        Exact(final double value, final boolean isFloat) {
            this.value = value;
            this.isFloat = isFloat;
        }

        @Override
        public int intValue() {
            return (int) value;
        }

        @Override
        public long longValue() {
            return (long) value;
        }

        @Override
        public float floatValue() {
            return (float) value;
        }

        @Override
        public double doubleValue() {
            return value;
        }

        @Override
        public String toString() {
            return Double.isFinite(value) ? isFloat ? Float.toString((float) value) : Double.toString(value) : "null";
        }
    }
}
