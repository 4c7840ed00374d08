// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.trap;

import dev.sluice.bpf.TrapRecord;
import dev.sluice.consumer.attach.TargetProcess;
import dev.sluice.consumer.attach.ThreadNames;
import dev.sluice.consumer.probe.TracedProbe;
import dev.sluice.ring.FieldType;
import dev.sluice.ring.NullValue;
import dev.sluice.store.text.PrintedText;
import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * Writes a hit on a line, as {@code sluice print} writes an event: wall time, probe, thread, arguments. What could not
 * be read is {@code ?}, in JSON null. For one thread.
 */
final class HitPrinter {
    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.nnnnnnnnn'Z'").withZone(ZoneOffset.UTC);
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final TargetProcess process;
    private final Writer out;
    private final boolean isJson;
    private final StringBuilder line = new StringBuilder();
    private final ThreadNames threads;
    private final LiveWallClock clock = new LiveWallClock();
    private IOException failure;

    HitPrinter(final TargetProcess process, final Writer out, final boolean isJson) {
        this.process = process;
        this.out = out;
        this.isJson = isJson;
        threads = new ThreadNames(process);
    }

    /** Writes a hit; {@link #check()} tells of a failure. */
    void print(final TracedProbe probe, final TrapRecord hit, final int unread) {
        line.setLength(0);
        final long wallNs = clock.realtimeNs(hit.ktimeNs());
        final String time = TIME.format(Instant.ofEpochSecond(wallNs / NS_PER_SECOND, wallNs % NS_PER_SECOND));
        final ThreadNames.Identity thread = threads.of(hit.tid());
        final String tid = thread.tid() != 0 ? Integer.toString(thread.tid()) : isJson ? "null" : "?";
        if (isJson) {
            line.append("{\"time\":\"").append(time).append("\",\"event\":");
            PrintedText.quote(line, probe.qualifiedName());
            line.append(",\"pid\":").append(process.pid()).append(",\"tid\":").append(tid)
                .append(",\"thread\":");
            PrintedText.quote(line, thread.name());
            line.append(",\"fields\":{");
        } else {
            line.append(time).append(' ');
            PrintedText.escape(line, probe.qualifiedName());
            line.append(" [");
            PrintedText.escape(line, thread.name());
            line.append(thread.name().isEmpty() ? "" : " ").append(tid).append(']');
        }
        final List<TracedProbe.Argument> arguments = probe.arguments();
        for (int i = 0; i < arguments.size(); i++) {
            if (isJson) {
                line.append(i == 0 ? "" : ",");
                PrintedText.quote(line, arguments.get(i).name());
                line.append(':');
            } else {
                line.append(' ');
                PrintedText.escape(line, arguments.get(i).name());
                line.append('=');
            }
            if ((unread >> i & 1) != 0 || arguments.get(i).isBytes()) {
                line.append(isJson ? "null" : "?");
            } else {
                append(arguments.get(i), hit, i);
            }
        }
        line.append(isJson ? "}}\n" : "\n");
        try {
            out.append(line);
        } catch (final IOException e) {
            failure = e;
        }
    }

    /** Throws what went wrong while writing. */
    void check() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    private void append(final TracedProbe.Argument argument, final TrapRecord hit, final int index) {
        if (argument.isText()) {
            if (hit.isStringFault(index)) {
                line.append(isJson ? "null" : "?");
            } else if (hit.isStringNull(index)) {
                line.append("null");
            } else {
                PrintedText.quote(line, String.valueOf(hit.string(index)));
            }
            return;
        }
        final long value = hit.argument(index);
        if (argument.field() == null) {
            if (argument.place().isFloat()) {
                appendDouble(argument.place().lengthBytes() == Float.BYTES
                    ? Float.toString(Float.intBitsToFloat((int) value))
                    : Double.toString(Double.longBitsToDouble(value)));
            } else {
                line.append(argument.place().isSigned() ? Long.toString(value) : Long.toUnsignedString(value));
            }
            return;
        }
        final FieldType type = argument.field().type();
        final List<String> labels = argument.field().labels();
        if (NullValue.isCode(argument.field(), value) || type == FieldType.BYTES && value == 0) {
            line.append("null");
            return;
        }
        switch (type) {
            case FLOAT32 -> appendDouble(Float.toString(Float.intBitsToFloat((int) value)));
            case FLOAT64 -> appendDouble(Double.toString(Double.longBitsToDouble(value)));
            case BOOL -> line.append(value != 0);
            case UINT64 -> line.append(Long.toUnsignedString(value));
            case ENUM8, ENUM16 -> {
                final String label = value >= 0 && value < labels.size() ? labels.get((int) value)
                    : Long.toString(value);
                if (isJson) {
                    PrintedText.quote(line, label);
                } else {
                    PrintedText.escape(line, label);
                }
            }
            default -> line.append(value);
        }
    }

    /** JSON has no NaN and no infinity: those become strings. */
    private void appendDouble(final String text) {
        final boolean isQuoted = isJson && !Character.isDigit(text.charAt(text.length() - 1));
        line.append(isQuoted ? "\"" : "").append(text).append(isQuoted ? "\"" : "");
    }
}
