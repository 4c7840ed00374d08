// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.store.query.Selection;
import dev.sluice.store.query.SelectionException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The events of a trace, or a selection of them, of all rings of all targets in one order of time. The order of events
 * of different rings is as exact as the clock; events of one ring keep their order. Immutable: each method that selects
 * returns new events, and reading begins with {@link #cursor}, {@link #forEach} or {@link #stream}.
 * <pre>{@code
 * TraceEvents orders = TraceReader.open(Path.of("orders.trace")).events().named("shop:*");
 *
 * long large = orders.where("price > 100 && symbol == 'ACME'").count();
 *
 * orders.from("-10s").forEach(event -> System.out.println(event.wallTimeNs() + " " + event.schema().name()));
 *
 * List<String> slowest = orders.where("latency > 5ms").first(10).stream()
 *     .map(event -> event.threadName() + ": " + event.getLong("latency")).toList();
 * }</pre>
 * A packet whose time or thread is not selected is not read. Reading needs memory for one packet of each ring;
 * {@link #cursor} and {@link #forEach} allocate nothing for an event.
 * <p> Any thread may begin to read, and several may read at the same time; each reading is for one thread.
 */
public final class TraceEvents {
    private final TraceReader reader;
    private final Selection selection;

    TraceEvents(final TraceReader reader, final Selection selection) {
        this.reader = reader;
        this.selection = selection;
    }

    /** Selects events by a whole selection, which replaces the one that was set before. */
    public TraceEvents select(final Selection newSelection) {
        return new TraceEvents(reader, newSelection);
    }

    /**
     * Adds events with these names: "shop:order". In a name, * stands for any characters and ? for one character.
     * "shop" stands for all events of the provider shop.
     */
    public TraceEvents named(final String... names) {
        return select(selection.events(names));
    }

    /**
     * Adds events of these processes.
     *
     * @param processes as in {@link dev.sluice.store.query.ProcessPattern}: "4711", "Order*"
     */
    public TraceEvents ofProcesses(final String... processes) {
        return select(selection.processes(processes));
    }

    /**
     * Adds events of these threads.
     *
     * @param threads as in {@link dev.sluice.store.query.ThreadPattern}: "4711", "v77", "worker-*"
     */
    public TraceEvents ofThreads(final String... threads) {
        return select(selection.threads(threads));
    }

    /**
     * Selects events at this time or later.
     *
     * @param bound as in {@link dev.sluice.store.query.TimeBound}: "+1.5s", "-10s", "2026-01-02T03:04:05Z"
     */
    public TraceEvents from(final String bound) {
        return select(selection.from(bound));
    }

    /** Selects events before this time. */
    public TraceEvents to(final String bound) {
        return select(selection.to(bound));
    }

    /**
     * Selects events whose fields fulfil a condition. It replaces a condition that was set before.
     *
     * @param condition as in {@link dev.sluice.store.query.Where}
     */
    public TraceEvents where(final String condition) {
        return select(selection.where(condition));
    }

    /** Selects at most so many events, the first ones. */
    public TraceEvents first(final long count) {
        return select(selection.first(count));
    }

    /** The trace. */
    public TraceReader reader() {
        return reader;
    }

    /** What is selected. */
    public Selection selection() {
        return selection;
    }

    /**
     * Time of the first event of the whole trace, also of one that is damaged:
     * {@link dev.sluice.store.query.TimeBound#afterBegin} counts from there.
     *
     * @return CLOCK_MONOTONIC, ns; 0 if there is no event
     */
    public long beginNs() {
        return TickRange.Span.of(reader.targets().stream().flatMap(target -> target.streams().stream()).toList())
            .beginNs();
    }

    /**
     * Makes sure that each process that is selected is one of the trace, as {@link #cursor} does where it is complete.
     *
     * @throws SelectionException if one is not
     */
    public void requireProcesses() {
        new OwnerChoice(selection.processes(), selection.threads()).requireProcesses(reader.targets());
    }

    /**
     * Begins to read.
     *
     * @throws dev.sluice.store.query.SelectionException if the selection does not fit the trace: no event has such a
     *                                                   name, or no selected event has such a field
     */
    public EventCursor cursor() {
        return new EventCursor(reader, selection);
    }

    /**
     * Passes each event to a handler. If the handler throws, the reading ends and the caller gets the exception.
     *
     * @param handler gets always the same flyweight, valid only during the call
     * @return number of events
     */
    public long forEach(final Consumer<? super EventView> handler) {
        final EventCursor cursor = cursor();
        while (cursor.next()) {
            handler.accept(cursor.event());
        }
        return cursor.count();
    }

    /** Reads all events and returns their number. */
    public long count() {
        return forEach(event -> { });
    }

    /** The events as objects, which may be kept. An event is read when the stream asks for it. */
    public Stream<StoredEvent> stream() {
        final EventCursor cursor = cursor();
        return StreamSupport.stream(new Spliterators.AbstractSpliterator<>(Long.MAX_VALUE,
            Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE) {
            @Override
            public boolean tryAdvance(final Consumer<? super StoredEvent> action) {
                if (!cursor.next()) {
                    return false;
                }
                action.accept(StoredEvent.of(cursor.event()));
                return true;
            }
        }, false);
    }
}
