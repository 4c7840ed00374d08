// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.store.query.Selection;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.report.TracePrinter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.BooleanSupplier;

/** Prints events as JSON lines. All lines that are due have been written whenever the replay waits. */
final class LineSink implements ReplaySink {
    /** Enough for the compiler to see what is used again and again, and over in a moment. */
    private static final long TRIED_EVENTS = 2_000;

    private final Pace pace;
    private final TracePrinter printer;
    private final BooleanSupplier isAbandoned;
    private final TraceEvents tried;
    private long count;

    /**
     * Makes one.
     *
     * @param trace       any events of the trace
     * @param isAbandoned whether nobody reads the lines any more
     */
    LineSink(final Pace pace, final OutputStream out, final TraceEvents trace, final BooleanSupplier isAbandoned) {
        this.pace = pace;
        this.isAbandoned = isAbandoned;
        tried = trace.select(Selection.ALL.first(TRIED_EVENTS));
        printer = new TracePrinter(out, true);
    }

    /** Loads classes and links native calls now, which would make the first events late. */
    @Override
    public boolean begin() throws IOException {
        new TracePrinter(OutputStream.nullOutputStream(), true).print(tried);
        return !isAbandoned.getAsBoolean();
    }

    @Override
    public boolean event(final EventView event, final long dueNs) throws IOException {
        if (!pace.await(dueNs, printer::flush, isAbandoned)) {
            return false;
        }
        final MissingEvents missing = event.missingBefore();
        if (missing != null) {
            printer.print(missing, event.wallTimeNs(), event.threadName(), event.tid());
        }
        printer.print(event);
        count++;
        return true;
    }

    @Override
    public void missingAtEnd(final MissingEvents missing, final long wallNs) throws IOException {
        printer.print(missing, wallNs, "", 0);
    }

    @Override
    public void missingOfNoRing(final TargetTrace target, final String cause, final long events, final long wallNs)
        throws IOException {
        printer.printOutsideRings(target, wallNs, cause, events);
    }

    @Override
    public void end() throws IOException {
        printer.flush();
    }

    @Override
    public long passed() {
        return count;
    }
}
