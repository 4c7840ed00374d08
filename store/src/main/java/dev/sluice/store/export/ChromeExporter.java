// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.pair.OpenBegin;
import dev.sluice.store.pair.SliceHandler;
import dev.sluice.store.pair.Slices;
import dev.sluice.store.pair.ThreadId;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.text.CommandText;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.ValueText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Writes the JSON object of the Trace Event Format, for Perfetto's and Chrome's viewers: one event a line. The slices
 * of a platform thread are its begin and end events. A virtual thread moves between kernel threads, so it is an
 * asynchronous track of its process instead. For one thread.
 */
final class ChromeExporter implements EventExporter, SliceHandler {
    private static final long NS_PER_US = 1_000;
    /** Readers keep numbers as doubles, which have all integers up to here. */
    private static final long GREATEST_EXACT = 1L << 53;
    private static final int MOST_THREADS = 1 << 16;
    private static final String VIRTUAL = "virtual threads";
    private static final String MISSING = "sluice:missing";

    private final ExportOutput output;
    private final ExportOptions options;
    private final StringBuilder line = new StringBuilder();
    private final ValueText values = new ValueText(line, true);
    /** Names of threads that were written, by target and kernel's id. */
    private final Map<ThreadId, String> threadNames = new HashMap<>();
    private final Set<Integer> processes = new HashSet<>();
    private OutputStream file;
    private Slices slices;
    private long pairs;
    private boolean hasOrigin;
    private long originNs;
    private long originWallNs;
    private boolean isFirst = true;

    ChromeExporter(final ExportOutput output, final ExportOptions options) {
        this.output = output;
        this.options = options;
    }

    @Override
    public void begin(final TraceEvents events) throws IOException {
        slices = new Slices(events, options.pairs(), this);
        file = output.file(1);
        line.append("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    }

    @Override
    public void tracepoint(final TargetTrace target, final EventSchema schema) {
        // Every line has the names of its event and fields.
    }

    @Override
    public void event(final EventView event) throws IOException {
        origin(event.monotonicNs(), event.wallTimeNs());
        nameProcess(event.target());
        if (event.virtualThreadId() == 0) {
            nameThread(event);
        }
        slices.accept(event);
    }

    private void origin(final long monotonicNs, final long wallNs) {
        if (!hasOrigin) {
            hasOrigin = true;
            originNs = monotonicNs;
            originWallNs = wallNs;
        }
    }

    private void nameProcess(final TargetTrace target) throws IOException {
        if (processes.add(target.index())) {
            metadata("process_name", target, 0, CommandText.brief(target.info().commandLine()));
        }
    }

    private void nameThread(final EventView event) throws IOException {
        final ThreadId thread = ThreadId.of(event);
        final String name = event.threadName();
        if (!name.isEmpty() && !name.equals(threadNames.get(thread))) {
            if (threadNames.size() >= MOST_THREADS) {
                // A name that is written again does no harm.
                threadNames.clear();
            }
            threadNames.put(thread, name);
            metadata("thread_name", event.target(), event.tid(), name);
        }
    }

    private void metadata(final String kind, final TargetTrace target, final int tid, final String name)
        throws IOException {
        next();
        line.append("{\"ph\":\"M\",\"name\":\"").append(kind).append("\",\"pid\":").append(target.info().pid())
            .append(",\"tid\":").append(tid).append(",\"args\":{\"name\":");
        values.text(name);
        line.append("}}");
        write();
    }

    @Override
    public void instant(final EventView event) throws IOException {
        head(event, event.virtualThreadId() == 0 ? "i\",\"s\":\"t" : "n");
        fields(event, "}}");
    }

    @Override
    public void begin(final EventView event) throws IOException {
        head(event, event.virtualThreadId() == 0 ? "B" : "b");
        fields(event, "}}");
    }

    /** Viewers put the arguments of both events of a slice together, so those of the end are one of the end's name. */
    @Override
    public void end(final EventView event) throws IOException {
        head(event, event.virtualThreadId() == 0 ? "E" : "e");
        PrintedText.quote(line, event.schema().name());
        line.append(":{");
        fields(event, "}}}");
    }

    private void head(final EventView event, final String phase) throws IOException {
        next();
        line.append("{\"ph\":\"").append(phase).append("\",\"name\":");
        values.text(event.schema().name());
        line.append(",\"cat\":");
        values.text(event.virtualThreadId() == 0 ? event.schema().provider() : VIRTUAL);
        place(event.target(), event.tid(), event.virtualThreadId(), event.monotonicNs());
        line.append(",\"args\":{");
    }

    private void place(final TargetTrace target, final int tid, final long virtualThreadId, final long monotonicNs) {
        if (virtualThreadId != 0) {
            line.append(",\"id2\":{\"local\":\"v").append(virtualThreadId).append("\"}");
        }
        line.append(",\"pid\":").append(target.info().pid()).append(",\"tid\":").append(tid).append(",\"ts\":");
        time(monotonicNs);
    }

    /** Microseconds with three digits after the point, from the first event on. */
    private void time(final long monotonicNs) {
        final long ns = Math.max(0, monotonicNs - originNs);
        line.append(ns / NS_PER_US).append('.');
        final int fraction = (int) (ns % NS_PER_US);
        line.append((char) ('0' + fraction / 100)).append((char) ('0' + fraction / 10 % 10))
            .append((char) ('0' + fraction % 10));
    }

    private void fields(final EventView event, final String closing) throws IOException {
        for (int i = 0; i < event.fieldCount(); i++) {
            line.append(i == 0 ? "" : ",");
            values.text(event.schema().fields().get(i).name());
            line.append(':');
            value(event, i);
        }
        line.append(closing);
        write();
    }

    private void value(final EventView event, final int field) {
        if (event.isNull(field)) {
            values.nothing();
            return;
        }
        switch (event.type(field)) {
            case STRING -> values.text(event.getString(field));
            case ENUM8, ENUM16 -> values.label(event.getString(field));
            case BYTES -> values.bytes(event.getBytes(field));
            case BOOL -> values.bool(event.getBoolean(field));
            case FLOAT32 -> values.floating((float) event.getDouble(field));
            case FLOAT64 -> values.floating(event.getDouble(field));
            case UINT64 -> integer(Long.toUnsignedString(event.getLong(field)), event.getLong(field));
            default -> integer(Long.toString(event.getLong(field)), event.getLong(field));
        }
    }

    private void integer(final String digits, final long value) {
        final boolean isAsRead = digits.charAt(0) == '-' == value < 0;
        final boolean isExact = isAsRead && value <= GREATEST_EXACT && value >= -GREATEST_EXACT;
        line.append(isExact ? "" : "\"").append(digits).append(isExact ? "" : "\"");
    }

    @Override
    public void endUnseen(final ThreadId thread, final EventView at, final String why) throws IOException {
        next();
        line.append("{\"ph\":\"").append(thread.virtualThreadId() == 0 ? "E\"" : "e\",\"cat\":\"" + VIRTUAL + '"');
        place(at.target(), thread.tid(), thread.virtualThreadId(), at.monotonicNs());
        line.append(",\"args\":{\"sluice:end\":\"").append(why).append("\"}}");
        write();
    }

    @Override
    public void pair(final String name, final OpenBegin begin, final EventView end) throws IOException {
        pairs++;
        half("b", name, end.target(), begin.thread().tid(), begin.monotonicNs());
        half("e", name, end.target(), end.tid(), end.monotonicNs());
    }

    private void half(final String phase, final String name, final TargetTrace target, final int tid, final long ns)
        throws IOException {
        next();
        line.append("{\"ph\":\"").append(phase).append("\",\"cat\":\"pairs\",\"id\":\"p").append(pairs)
            .append("\",\"name\":");
        values.text(name);
        place(target, tid, 0, ns);
        line.append('}');
        write();
    }

    @Override
    public void missing(final MissingMark mark) throws IOException {
        origin(mark.monotonicNs(), mark.wallNs());
        final ThreadKey thread = mark.thread();
        final boolean isOfThread = thread != null && !thread.isVirtual();
        next();
        line.append("{\"ph\":\"i\",\"s\":\"").append(isOfThread ? 't' : 'p').append("\",\"name\":");
        values.text(mark.describe());
        line.append(",\"cat\":\"").append(MISSING).append('"');
        place(mark.target(), isOfThread ? thread.tid() : 0, 0, mark.monotonicNs());
        line.append(",\"args\":{\"missing\":").append(mark.total()).append(",\"lost\":").append(mark.lost())
            .append(",\"overwritten\":").append(mark.overwritten()).append(",\"discarded\":").append(mark.discarded());
        if (mark.stream() != null) {
            line.append(",\"stream\":");
            values.text(mark.stream().describe());
        } else {
            line.append(",\"cause\":");
            values.text(mark.cause());
        }
        line.append("}}");
        write();
    }

    @Override
    public void end(final ExportSummary summary) throws IOException {
        line.append("\n],\n\"otherData\":{\"writer\":\"Sluice\",\"begin_time_ns\":\"").append(originWallNs)
            .append("\",\"missing_events\":\"").append(summary.missing()).append("\"}}\n");
        write();
        slices.notice().ifPresent(summary::note);
    }

    private void next() {
        line.append(isFirst ? "" : ",\n");
        isFirst = false;
    }

    private void write() throws IOException {
        file.write(line.toString().getBytes(StandardCharsets.UTF_8));
        line.setLength(0);
    }
}
