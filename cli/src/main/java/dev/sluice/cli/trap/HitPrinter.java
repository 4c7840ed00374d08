// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.trap;

import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.consumer.attach.TargetProcess;
import dev.sluice.consumer.attach.ThreadNames;
import dev.sluice.consumer.probe.TracedProbe;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.ValueText;
import dev.sluice.store.text.WallTime;
import dev.sluice.usdt.find.ProbeArgument;
import java.io.IOException;
import java.io.Writer;
import java.util.List;

/**
 * Writes a hit on a line, as {@code sluice print} writes an event: wall time, probe, thread, arguments. A value that
 * could not be read is printed as {@code ?}, in JSON as null. For one thread.
 */
final class HitPrinter {

    private final TargetProcess process;
    private final Writer out;
    private final boolean isJson;
    private final StringBuilder line = new StringBuilder();
    private final ValueText values;
    private final ThreadNames threads;
    private final WallTime time = new WallTime();
    private final LiveWallClock clock = new LiveWallClock();
    private IOException failure;

    HitPrinter(final TargetProcess process, final Writer out, final boolean isJson) {
        this.process = process;
        this.out = out;
        this.isJson = isJson;
        values = new ValueText(line, isJson);
        threads = new ThreadNames(process);
    }

    /** Writes a hit; {@link #check()} reports a failure. */
    void print(final TracedProbe probe, final TrapRecord hit, final int unread) {
        line.setLength(0);
        final long wallNs = clock.realtimeNs(hit.ktimeNs());
        final ThreadNames.Identity thread = threads.of(hit.tid());
        final String tid = thread.tid() != 0 ? Integer.toString(thread.tid()) : isJson ? "null" : "?";
        if (isJson) {
            line.append("{\"time\":\"");
            time.appendTo(line, wallNs);
            line.append("\",\"event\":");
            PrintedText.quote(line, probe.qualifiedName());
            line.append(",\"pid\":").append(process.pid()).append(",\"tid\":").append(tid)
                .append(",\"thread\":");
            PrintedText.quote(line, thread.name());
            line.append(",\"fields\":{");
        } else {
            time.appendTo(line, wallNs);
            line.append(' ');
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
                values.unknown();
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

    /** Throws the error that occurred while writing, if there was one. */
    void check() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    private void append(final TracedProbe.Argument argument, final TrapRecord hit, final int index) {
        if (argument.isText()) {
            appendText(hit, index);
        } else if (argument.field() == null) {
            appendForeign(argument.place(), hit.argument(index));
        } else {
            appendField(argument.field(), hit.argument(index));
        }
    }

    private void appendText(final TrapRecord hit, final int index) {
        if (hit.isStringFault(index)) {
            values.unknown();
        } else if (hit.isStringNull(index)) {
            values.nothing();
        } else {
            values.text(String.valueOf(hit.string(index)));
        }
    }

    /** Appends an argument of a probe that Sluice did not make: only the probe's note says what the argument is. */
    private void appendForeign(final ProbeArgument place, final long value) {
        if (!place.isFloat()) {
            appendInteger(value, place.isSigned());
        } else if (place.lengthBytes() == Float.BYTES) {
            values.floating(Float.intBitsToFloat((int) value));
        } else {
            values.floating(Double.longBitsToDouble(value));
        }
    }

    private void appendInteger(final long value, final boolean isSigned) {
        if (isSigned) {
            values.integer(value);
        } else {
            values.unsigned(value);
        }
    }

    private void appendField(final FieldSchema field, final long value) {
        if (NullValue.isCode(field, value) || field.type() == FieldType.BYTES && value == 0) {
            values.nothing();
            return;
        }
        switch (field.type()) {
            case FLOAT32 -> values.floating(Float.intBitsToFloat((int) value));
            case FLOAT64 -> values.floating(Double.longBitsToDouble(value));
            case BOOL -> values.bool(value != 0);
            case ENUM8, ENUM16 -> values.label(field.label(value));
            default -> appendInteger(value, field.type() != FieldType.UINT64);
        }
    }
}
