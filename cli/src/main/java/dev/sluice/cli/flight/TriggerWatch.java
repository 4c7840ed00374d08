// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.text.FileText;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Looks for the events of a trigger in the recorder's own trace, as they are stored: with the reader and the conditions
 * of {@code print --where}, on a daemon thread of its own. So what receives events does nothing more for a trigger, and
 * a trigger that is late delays nobody. Closing waits for the thread; it is idempotent.
 */
final class TriggerWatch implements AutoCloseable {
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long END_MS = 10_000;
    /** It is asked after so many events whether they are too many, where they do not end. */
    private static final int MOST_COUNTED = 4096;

    private final Trigger trigger;
    private final TraceReader reader;
    private final EventCursor cursor;
    private final Consumer<Moment> onEvent;
    private final Consumer<String> onFailure;
    /** Null if each event that fits is told. */
    private final RateCounter counter;
    private final Thread thread;
    private volatile boolean isClosing;

    /**
     * Begins to look.
     *
     * @param onEvent   is told the moment of each event that fits, or of the last one each time that there are too
     *                  many; the thread calls it
     * @param onFailure is told why nothing is looked for any more; the thread calls it
     */
    TriggerWatch(final Path trace, final Trigger trigger, final Consumer<Moment> onEvent,
        final Consumer<String> onFailure) {
        this.trigger = trigger;
        this.onEvent = onEvent;
        this.onFailure = onFailure;
        counter = trigger.rate() == null ? null : new RateCounter(trigger.rate());
        reader = TraceReader.openGrowing(trace);
        cursor = reader.events().select(trigger.selection()).cursor();
        thread = new Thread(this::watch, "sluice-trigger");
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        try {
            boolean isLast;
            do {
                isLast = isClosing;
                look();
                if (!isLast) {
                    LockSupport.parkNanos(POLL_NS);
                }
            } while (!isLast);
        } catch (final RuntimeException | OutOfMemoryError | InternalError e) {
            onFailure.accept("'" + trigger.text() + "' is not looked for any more: " + FileText.of(e)
                + "; begin another recording, which looks for it again");
        }
    }

    private void look() {
        if (reader.refresh()) {
            cursor.extend();
        }
        int counted = 0;
        while (cursor.nextIf(any -> true)) {
            final EventView event = cursor.event();
            if (counter == null) {
                onEvent.accept(Moment.of(event));
            } else {
                counter.add(event.target().info().id(), event.ticks(), event.monotonicNs());
                if (++counted % MOST_COUNTED == 0) {
                    counter.poll().ifPresent(onEvent);
                }
            }
        }
        if (counter != null) {
            counter.poll().ifPresent(onEvent);
        }
    }

    /** Number of events that were removed before this trigger could look at them. */
    long missed() {
        return reader.removedEvents();
    }

    Trigger trigger() {
        return trigger;
    }

    @Override
    public void close() {
        isClosing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(END_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
