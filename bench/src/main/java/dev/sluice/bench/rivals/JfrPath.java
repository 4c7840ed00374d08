// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import java.io.IOException;
import java.nio.file.Path;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.StackTrace;
import jdk.jfr.consumer.EventStream;

/** An event of the JDK's Flight Recorder, which writes it into a file; afterwards each is read back. */
public final class JfrPath implements FirePath {
    private static final String EVENT = "sluice.bench.PathEvent";
    private final boolean isEnabled;
    private final boolean hasStack;
    private Recording recording;
    private Path file;

    /** The event that all ways report. JFR adds the time and the thread. */
    @Name(EVENT)
    @StackTrace(false)
    static final class PathEvent extends Event {
        private long a;
        private long b;
    }

    /** How it is recorded: {@code off}, {@code plain}, or {@code stack} for the stack trace of each event. */
    public JfrPath(final String how) {
        isEnabled = !"off".equals(how);
        hasStack = "stack".equals(how);
    }

    @Override
    public void open(final Path directory) throws IOException {
        file = directory.resolve("events.jfr");
        recording = new Recording();
        recording.setDestination(file);
        if (!isEnabled) {
            recording.disable(EVENT);
        } else if (hasStack) {
            recording.enable(EVENT).withStackTrace();
        } else {
            recording.enable(EVENT).withoutStackTrace();
        }
        recording.start();
    }

    @Override
    public long fire(final long a, final long b) {
        final PathEvent event = new PathEvent();
        event.a = a;
        event.b = b;
        event.commit();
        return a + b;
    }

    @Override
    public Stored finish(final long fired) throws IOException {
        recording.stop();
        final Tally tally = new Tally();
        try (EventStream events = EventStream.openFile(file)) {
            events.setReuse(true);
            events.setOrdered(false);
            events.onEvent(EVENT, event -> tally.add(event.getLong("a"), event.getLong("b")));
            events.start();
        }
        final Stored stored = tally.stored(fired, "events read from its file");
        if (!isEnabled && stored.events() != 0) {
            throw new IllegalStateException("events were stored that are disabled: " + stored);
        }
        return isEnabled ? stored.onDisk(file) : Stored.nothing();
    }

    @Override
    public void close() {
        if (recording != null) {
            recording.close();
        }
    }
}
