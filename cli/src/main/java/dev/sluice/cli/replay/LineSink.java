// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.cli.replay.pace.Pace;
import dev.sluice.cli.replay.pace.ReplaySink;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.report.TracePrinter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.BooleanSupplier;

/** Prints events as JSON lines. All lines that are due have been written whenever the replay waits. */
final class LineSink implements ReplaySink {
    private final Pace pace;
    private final TracePrinter printer;
    private final BooleanSupplier isAbandoned;
    private long count;

    /**
     * Makes one.
     *
     * @param isAbandoned whether nobody reads the lines any more
     */
    LineSink(final Pace pace, final OutputStream out, final BooleanSupplier isAbandoned) {
        this.pace = pace;
        this.isAbandoned = isAbandoned;
        printer = new TracePrinter(out, true);
    }

    @Override
    public ReplaySink rehearsal(final Pace rehearsed) {
        return new LineSink(rehearsed, OutputStream.nullOutputStream(), isAbandoned);
    }

    @Override
    public boolean begin() {
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
