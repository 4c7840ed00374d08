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
import dev.sluice.store.text.PrintedText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes the lines that programs for flame graphs read: frames, the outermost first, and a count. A trace has no stacks
 * of methods. The frames are the process, the thread, the events whose slices are open, and the event; the count is of
 * events. For one thread.
 */
final class FoldedExporter implements EventExporter, SliceHandler {
    /** So many different lines, or characters of them, are counted together; then they are written. */
    private static final int MOST_LINES = 1 << 16;
    private static final int MOST_CHARACTERS = 1 << 23;

    private final ExportOutput output;
    private final ExportOptions options;
    private final Map<String, long[]> counts = new HashMap<>();
    private final StringBuilder line = new StringBuilder();
    private OutputStream file;
    private Slices slices;
    private long characters;

    FoldedExporter(final ExportOutput output, final ExportOptions options) {
        this.output = output;
        this.options = options;
    }

    @Override
    public void begin(final TraceEvents events) throws IOException {
        slices = new Slices(events, options.pairs(), this);
        file = output.file(1);
    }

    @Override
    public void tracepoint(final TargetTrace target, final EventSchema schema) {
        // Every line has the name of its event.
    }

    @Override
    public void event(final EventView event) throws IOException {
        slices.accept(event);
    }

    @Override
    public void instant(final EventView event) throws IOException {
        add(event, true);
    }

    /** The slice is open already, so the event is the last frame. */
    @Override
    public void begin(final EventView event) throws IOException {
        add(event, false);
    }

    /** The slice is closed already, so the end stands beside its begin. */
    @Override
    public void end(final EventView event) throws IOException {
        add(event, true);
    }

    @Override
    public void endUnseen(final ThreadId thread, final EventView at, final String why) {
        // There is no event to count.
    }

    @Override
    public void pair(final String name, final OpenBegin begin, final EventView end) {
        // Both were counted as events. Neither is inside of the other.
    }

    private void add(final EventView event, final boolean isAlone) throws IOException {
        process(event.target());
        frame(event.virtualThreadId() != 0 ? "virtual thread"
            : event.threadName().isEmpty() ? "thread " + event.tid() : event.threadName());
        slices.openNames(event).forEach(this::frame);
        if (isAlone) {
            frame(event.schema().name());
        }
        count(1);
    }

    private void process(final TargetTrace target) {
        line.setLength(0);
        frame("process " + target.info().pid());
    }

    /** A semicolon would begin another frame. */
    private void frame(final String name) {
        line.append(line.length() == 0 ? "" : ";").append(PrintedText.safe(name).replace(';', ','));
    }

    private void count(final long events) throws IOException {
        final String frames = line.toString();
        final long[] count = counts.get(frames);
        if (count != null) {
            count[0] += events;
            return;
        }
        counts.put(frames, new long[] {events});
        characters += frames.length();
        if (counts.size() >= MOST_LINES || characters >= MOST_CHARACTERS) {
            write();
        }
    }

    private void write() throws IOException {
        for (final Map.Entry<String, long[]> one : counts.entrySet().stream().sorted(Map.Entry.comparingByKey())
            .toList()) {
            file.write((one.getKey() + ' ' + one.getValue()[0] + '\n').getBytes(StandardCharsets.UTF_8));
        }
        counts.clear();
        characters = 0;
    }

    @Override
    public void missing(final MissingMark mark) throws IOException {
        process(mark.target());
        frame("[missing events]");
        count(mark.total());
    }

    @Override
    public void end(final ExportSummary summary) throws IOException {
        write();
        slices.notice().ifPresent(summary::note);
    }
}
