// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.LineBytes;
import dev.sluice.store.text.PrintedText;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes events, one on a line, as text or as JSON objects. For one thread; the stream is flushed but not closed.
 * <pre>
 * 2026-01-02T03:04:05.000000006Z classes:parsed [main 4711] name="java/lang/Object" bytes=1234 methods=12
 * {"version":1,"time":"2026-01-02T03:04:05.000000006Z","time_ns":1767323045000000006,"event":"classes:parsed",
 *  "pid":42,"tid":4711,"thread":"main","java_thread_id":1,"ring":0,
 *  "fields":{"name":"java/lang/Object","bytes":1234,"methods":12}}                               (on one line)
 * </pre>
 * If the trace is of several processes, the process's id follows the thread's: {@code [main 4711 of 4700]}. For an
 * event of a virtual thread, {@code v77} follows the carrier's id, and JSON has {@code virtual_thread_id}. Byte
 * sequences are hexadecimal.
 * <p> If a target's clock is sampled, the true time of its events lies in an interval. The printed time is the begin of
 * that interval. The interval's length follows it, and is {@code width_ns} in JSON; if the trace does not know the
 * length, it is {@code ?} in text and {@code null} in JSON. The length is 0 for an event that has read the clock
 * itself.
 * <pre>
 * 2026-01-02T03:04:05.000000006Z +1234ns classes:parsed [main 4711] name="java/lang/Object" bytes=1234 methods=12
 * </pre>
 * <p> If events of a ring are missing, a line before the ring's next event says so. If the ring has no next event, the
 * line is at the end of the trace:
 * <pre>
 * 2026-01-02T03:04:05.000000006Z -- 35 events missing: 30 lost, 5 overwritten [main 4711]
 * {"version":1,"time":"2026-01-02T03:04:05.000000006Z","time_ns":1767323045000000006,"missing":35,"lost":30,
 *  "overwritten":5,"discarded":0,"pid":42,"tid":4711,"thread":"main","ring":0}                   (on one line)
 * </pre>
 * {@link MissingEvents} says what can be concluded from the place of such a line. If the trace's end is known, these
 * lines together count every event that was fired and is not printed, but for those that were stored and removed with
 * their segments by a rotation. A line at the end counts these.
 */
public final class TracePrinter {
    /** Version of the JSON lines. It is raised when a key is removed or gets another meaning. */
    public static final int JSON_VERSION = 1;

    private final boolean json;
    private final LineBytes line;
    private final EventLines lines;
    private long missingTotal;
    /** Whether the trace is of several processes, as far as is known. */
    private boolean isOfSeveral;

    /** Makes a printer of text or of JSON, in UTF-8. */
    public TracePrinter(final OutputStream out, final boolean json) {
        this.json = json;
        line = new LineBytes(out);
        lines = new EventLines(line, json);
    }

    /** Prints all events of a trace, as {@link #print(TraceEvents)} does. */
    public long print(final TraceReader reader) throws IOException {
        return print(reader.events());
    }

    /**
     * Prints events in the order of time, and lines about missing events between them. If only some events are
     * selected, a line about missing events is printed before the ring's next selected event. If the selection has a
     * range of time or names threads, only events missing from these are counted.
     *
     * @return how many events were printed
     * @throws TraceStoreException if the trace is damaged
     * @throws IOException         if the stream fails
     */
    public long print(final TraceEvents events) throws IOException {
        final EventCursor cursor = events.cursor();
        try {
            printAll(events, cursor);
        } finally {
            // If the trace cannot be read to its end, everything before the failure is printed all the same.
            flush();
        }
        return cursor.count();
    }

    private void printAll(final TraceEvents events, final EventCursor cursor) throws IOException {
        final TraceReader reader = events.reader();
        long endNs = reader.info().createdRealtimeNs();
        while (cursor.next()) {
            printNext(cursor.event());
            endNs = cursor.event().wallTimeNs();
        }
        printEnd(reader, cursor.missingAtEnd(), events.selection().isPartial(), endNs);
    }

    /**
     * Prints one event, and before it how many events of its ring are missing there; {@link #flush} writes it.
     *
     * @throws IOException if the stream fails
     */
    public void printNext(final EventView event) throws IOException {
        isOfSeveral = event.isOfSeveralProcesses();
        final MissingEvents missing = event.missingBefore();
        if (missing != null) {
            print(missing, event.wallTimeNs(), event.threadName(), event.tid());
        }
        print(event);
    }

    /**
     * Prints what is missing after the last event; {@link #flush} writes it.
     *
     * @param missing   of rings
     * @param isPartial whether events are selected by time or thread, so that what belongs to no ring is left out
     * @param wallNs    CLOCK_REALTIME of the trace's last event, ns since 1970
     * @throws IOException if the stream fails
     */
    public void printEnd(final TraceReader reader, final List<MissingEvents> missing, final boolean isPartial,
        final long wallNs) throws IOException {
        isOfSeveral = reader.targets().stream().map(target -> target.info().pid()).distinct().count() > 1;
        for (final MissingEvents one : missing) {
            print(one, wallNs, "", 0);
        }
        if (!isPartial) {
            for (final TargetTrace target : reader.targets()) {
                printOutsideRings(target, wallNs);
            }
        }
        for (final TargetTrace target : reader.targets()) {
            printRemoved(target, wallNs);
        }
    }

    /** Prints how many events were stored and are there no more. They are not missing. */
    private void printRemoved(final TargetTrace target, final long wallNs) throws IOException {
        if (target.removedEvents() == 0) {
            return;
        }
        lines.time(wallNs);
        if (json) {
            line.add(",\"removed\":").add(target.removedEvents()).add(",\"pid\":").add(target.info().pid()).add('}');
        } else {
            line.add(" -- ").add(Counted.of(target.removedEvents(), "event"))
                .add(" not here: stored, and removed by rotation")
                .add(isOfSeveral ? ", of process " + target.info().pid() : "");
        }
        line.endLine();
    }

    /** The number of missing events that were reported so far. */
    public long missing() {
        return missingTotal;
    }

    /**
     * Prints one event; {@link #flush} writes it.
     *
     * @throws IOException if the stream fails
     */
    public void print(final EventView event) throws IOException {
        lines.event(event);
        line.endLine();
    }

    /**
     * Writes the gathered lines.
     *
     * @throws IOException if the stream fails
     */
    public void flush() throws IOException {
        line.flush();
    }

    /**
     * Prints that events of a ring are missing; {@link #flush} writes it.
     *
     * @param wallNs CLOCK_REALTIME of the ring's next event, or of the trace's last event; ns since 1970
     * @param thread name of the thread of the next event
     * @param tid    id of that thread, or 0 if there is no next event
     * @throws IOException if the stream fails
     */
    public void print(final MissingEvents missing, final long wallNs, final String thread, final int tid)
        throws IOException {
        missingTotal += missing.total();
        lines.time(wallNs);
        final StringBuilder text = new StringBuilder();
        if (json) {
            text.append(",\"missing\":").append(missing.total()).append(",\"lost\":").append(missing.lost())
                .append(",\"overwritten\":").append(missing.overwritten()).append(",\"discarded\":")
                .append(missing.discarded()).append(",\"pid\":").append(missing.target().info().pid());
            if (tid != 0) {
                text.append(",\"tid\":").append(tid).append(",\"thread\":");
                PrintedText.quote(text, thread);
            }
            text.append(",\"ring\":").append(missing.stream().number()).append('}');
        } else {
            text.append(" -- ").append(Counted.of(missing.total(), "event")).append(" missing:");
            appendKind(text, missing.lost(), "lost");
            appendKind(text, missing.overwritten(), "overwritten");
            appendKind(text, missing.discarded(), "discarded");
            text.setCharAt(text.length() - 1, ' ');
            if (tid != 0) {
                text.append('[');
                PrintedText.escape(text, thread);
                text.append(thread.isEmpty() ? "" : " ").append(tid);
                if (isOfSeveral) {
                    text.append(" of ").append(missing.target().info().pid());
                }
                text.append(']');
            } else {
                text.append("after the last one of ").append(missing.stream().describe());
                text.append(isOfSeveral ? " of process " + missing.target().info().pid() : "");
            }
        }
        line.add(text).endLine();
    }

    private static void appendKind(final StringBuilder text, final long events, final String kind) {
        if (events > 0) {
            text.append(' ').append(String.format(Locale.ROOT, "%,d", events)).append(' ').append(kind).append(',');
        }
    }

    /** Prints the missing events that belong to no ring. Nobody can tell at which place they are missing. */
    private void printOutsideRings(final TargetTrace target, final long wallNs) throws IOException {
        for (final Map.Entry<String, Long> cause : target.missingOfNoRing().entrySet()) {
            printOutsideRings(target, wallNs, cause.getKey(), cause.getValue());
        }
    }

    /**
     * Prints that events are missing that belong to no ring; {@link #flush} writes it.
     *
     * @param wallNs CLOCK_REALTIME of the trace's last event, ns since 1970
     * @param cause  why they are missing
     * @param events how many are missing
     * @throws IOException if the stream fails
     */
    public void printOutsideRings(final TargetTrace target, final long wallNs, final String cause, final long events)
        throws IOException {
        missingTotal += events;
        lines.time(wallNs);
        if (json) {
            line.add(",\"missing\":").add(events).add(",\"cause\":\"").add(cause).add("\",\"pid\":")
                .add(target.info().pid()).add('}');
        } else {
            line.add(" -- ").add(Counted.of(events, "event")).add(" missing anywhere before, of no ring: ")
                .add(cause).add(isOfSeveral ? ", of process " + target.info().pid() : "");
        }
        line.endLine();
    }
}
