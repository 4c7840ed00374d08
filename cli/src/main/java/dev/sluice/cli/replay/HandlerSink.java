// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.replay.pace.Pace;
import dev.sluice.cli.replay.pace.ReplaySink;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.read.EventView;
import java.io.IOException;
import java.util.function.Consumer;

/** Passes events to a handler of the user's. */
final class HandlerSink implements ReplaySink {
    private final Pace pace;
    private final Consumer<EventView> handler;
    private long count;
    private boolean isClosed;

    HandlerSink(final Pace pace, final Consumer<EventView> handler) {
        this.pace = pace;
        this.handler = handler;
    }

    @Override
    public ReplaySink rehearsal(final Pace rehearsed) {
        return new HandlerSink(rehearsed, event -> { });
    }

    @Override
    public boolean event(final EventView event, final long dueNs) throws IOException {
        if (!pace.await(dueNs)) {
            return false;
        }
        final EventSchema schema = event.schema();
        call("at event " + (count + 1) + ", " + schema.name(), () -> handler.accept(event));
        count++;
        return true;
    }

    @Override
    public void end() {
        if (handler instanceof AutoCloseable closeable) {
            isClosed = true;
            call("when it was closed", closeable::close);
        }
    }

    /** What a handler has not written yet is as good as what it has. */
    @Override
    public void abandon() {
        if (!isClosed) {
            try {
                end();
            } catch (final CommandException e) {
                Notices.print("sluice replay: " + e.getMessage());
            }
        }
    }

    /** Code of the user's, which may throw anything. */
    private interface Call {
        void run() throws Exception;
    }

    private void call(final String when, final Call call) {
        try {
            call.run();
        } catch (final Exception | LinkageError | AssertionError | StackOverflowError e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new CommandException("handler " + handler.getClass().getName() + " failed " + when + ": it threw "
                + HandlerClass.told(e) + "; --verbose prints where", e);
        }
    }

    @Override
    public long passed() {
        return count;
    }
}
