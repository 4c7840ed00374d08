// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.Glob;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Says which events of a trace are wanted: events that match one of the names, come from one of the processes and one
 * of the threads, lie in the range of time and fulfil the condition; of these, the first so many. What is not given
 * restricts nothing. Immutable; each method that adds something returns a new selection.
 * <pre>{@code
 * Selection slow = Selection.ALL.events("shop:*").from("-10s").where("latency > 5ms").first(100);
 * }</pre>
 */
public final class Selection {
    /** Every event. */
    public static final Selection ALL =
        new Selection(List.of(), null, List.of(), List.of(), null, null, null, Long.MAX_VALUE);
    private static final int MOST_NAMES = 40;

    private final List<String> patterns;
    /** The only event, or null. */
    private final String only;
    private final List<ProcessPattern> processes;
    private final List<ThreadPattern> threads;
    private final TimeBound from;
    private final TimeBound to;
    private final Where where;
    private final long limit;

    private Selection(final List<String> patterns, final String only, final List<ProcessPattern> processes,
        final List<ThreadPattern> threads, final TimeBound from, final TimeBound to, final Where where,
        final long limit) {
        if (from != null && to != null && from.isAfter(to)) {
            throw TimeBound.reversed();
        }
        this.patterns = patterns;
        this.only = only;
        this.processes = processes;
        this.threads = threads;
        this.from = from;
        this.to = to;
        this.where = where;
        this.limit = limit;
    }

    private static <T> List<T> joined(final List<T> before, final Stream<T> more) {
        return Stream.concat(before.stream(), more).toList();
    }

    /**
     * Adds names of events: "shop:order". In a name, * stands for any characters and ? for one character. "shop" stands
     * for all events of the provider shop.
     */
    public Selection events(final String... names) {
        return new Selection(joined(patterns, Stream.of(names)), only, processes, threads, from, to, where, limit);
    }

    /** Of these events those alone that are called so, "shop:order", whatever characters the name has. */
    public Selection only(final String event) {
        return new Selection(patterns, event, processes, threads, from, to, where, limit);
    }

    /**
     * Adds processes, each written as {@link ProcessPattern} says.
     *
     * @throws SelectionException if a text names no process
     */
    public Selection processes(final String... names) {
        return new Selection(patterns, only, joined(processes, Stream.of(names).map(ProcessPattern::parse)), threads,
            from, to, where, limit);
    }

    /**
     * Adds threads, each written as {@link ThreadPattern} says.
     *
     * @throws SelectionException if a text names no thread
     */
    public Selection threads(final String... names) {
        return new Selection(patterns, only, processes,
            joined(threads, Stream.of(names).map(ThreadPattern::parse)), from, to, where, limit);
    }

    /** Sets the begin of the range of time. An event at exactly this time is selected. */
    public Selection from(final TimeBound bound) {
        return new Selection(patterns, only, processes, threads, bound, to, where, limit);
    }

    /** Sets the end of the range of time. An event at exactly this time is not selected. */
    public Selection to(final TimeBound bound) {
        return new Selection(patterns, only, processes, threads, from, bound, where, limit);
    }

    /**
     * Does the same as {@link #from(TimeBound)}.
     *
     * @throws SelectionException if the text is not a {@link TimeBound}
     */
    public Selection from(final String bound) {
        return from(TimeBound.parse(bound));
    }

    /**
     * Does the same as {@link #to(TimeBound)}.
     *
     * @throws SelectionException if the text is not a {@link TimeBound}
     */
    public Selection to(final String bound) {
        return to(TimeBound.parse(bound));
    }

    /** Sets the condition. It replaces a condition that was set before. */
    public Selection where(final Where condition) {
        return new Selection(patterns, only, processes, threads, from, to, condition, limit);
    }

    /**
     * Does the same as {@link #where(Where)}.
     *
     * @throws SelectionException if the text is not a condition as {@link Where} describes it
     */
    public Selection where(final String condition) {
        return where(Where.parse(condition));
    }

    /**
     * Sets how many events are selected at most.
     *
     * @throws SelectionException if the number is negative
     */
    public Selection first(final long count) {
        if (count < 0) {
            throw new SelectionException("the number of events is negative: " + count);
        }
        return new Selection(patterns, only, processes, threads, from, to, where, count);
    }

    /** Begin of the range of time; empty if it was not set. */
    public Optional<TimeBound> from() {
        return Optional.ofNullable(from);
    }

    /** End of the range of time; empty if it was not set. */
    public Optional<TimeBound> to() {
        return Optional.ofNullable(to);
    }

    /** The processes, one of which must have fired an event; an empty list stands for all processes. */
    public List<ProcessPattern> processes() {
        return processes;
    }

    /** The threads, one of which must have fired an event; an empty list stands for all threads. */
    public List<ThreadPattern> threads() {
        return threads;
    }

    /** The greatest number of events that are selected. */
    public long limit() {
        return limit;
    }

    /** A selection of the same names, and of nothing else: of any time and thread, whatever the fields are. */
    public Selection namesAlone() {
        return new Selection(patterns, only, List.of(), List.of(), null, null, null, Long.MAX_VALUE);
    }

    /** A selection of the same processes and the same time, whatever the events are. */
    public Selection rangeAlone() {
        return new Selection(List.of(), null, processes, List.of(), from, to, null, Long.MAX_VALUE);
    }

    /** The same selection of any time, and of any number of events. */
    public Selection ofAnyTime() {
        return new Selection(patterns, only, processes, threads, null, null, where, Long.MAX_VALUE);
    }

    /** Whether an event may be left out because of its time, its process, its thread or the limit. */
    public boolean isPartial() {
        return from != null || to != null || !processes.isEmpty() || !threads.isEmpty() || limit != Long.MAX_VALUE;
    }

    /** Whether every event of the trace is selected. */
    public boolean isAll() {
        return patterns.isEmpty() && only == null && where == null && !isPartial();
    }

    /**
     * Makes a filter for each kind of event.
     *
     * @param layouts of all events of a trace
     * @return the filter of each layout; a layout without a filter is not selected
     * @throws SelectionException if a name matches none of the layouts, or the condition does not fit those that it
     *                            matches
     */
    public Map<EventLayout, EventFilter> filters(final Collection<EventLayout> layouts) {
        requireNames(layouts);
        final WhereBinder binder = new WhereBinder();
        final Map<EventLayout, EventFilter> filters = filters(layouts, binder);
        binder.requireFits();
        return filters;
    }

    /** As {@link #filters}, of a trace that may declare what the names and the condition fit later. */
    public Map<EventLayout, EventFilter> filtersSoFar(final Collection<EventLayout> layouts) {
        return filters(layouts, new WhereBinder());
    }

    private Map<EventLayout, EventFilter> filters(final Collection<EventLayout> layouts, final WhereBinder binder) {
        final List<Glob> globs = patterns.stream().map(Glob::ofEvents).toList();
        final Map<EventLayout, EventFilter> filters = new IdentityHashMap<>();
        for (final EventLayout layout : layouts) {
            final String name = layout.schema().name();
            if ((only == null || only.equals(name))
                && (globs.isEmpty() || globs.stream().anyMatch(glob -> glob.matches(name)))) {
                final EventFilter filter = where == null ? EventFilter.ALL
                    : EventFilter.of(binder.bind(where.expression(), layout));
                if (filter != null) {
                    filters.put(layout, filter);
                }
            }
        }
        return filters;
    }

    private void requireNames(final Collection<EventLayout> layouts) {
        for (final String pattern : patterns) {
            final Glob glob = Glob.ofEvents(pattern);
            if (layouts.stream().map(EventLayout::schema).map(EventSchema::name).noneMatch(glob::matches)) {
                throw new SelectionException("no event of the trace fits '" + pattern + "'; there are "
                    + names(layouts));
            }
        }
    }

    private static String names(final Collection<EventLayout> layouts) {
        final List<String> names = new ArrayList<>(layouts.stream().map(layout -> layout.schema().name()).distinct()
            .sorted().toList());
        if (names.isEmpty()) {
            return "none at all";
        }
        final int more = names.size() - MOST_NAMES;
        return String.join(", ", more > 0 ? names.subList(0, MOST_NAMES) : names)
            + (more > 0 ? " and " + more + " more" : "");
    }
}
