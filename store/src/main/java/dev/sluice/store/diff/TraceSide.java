// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.Glob;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.EventKinds.Kind;
import dev.sluice.store.pair.PairConvention;
import dev.sluice.store.pair.PairFigures;
import dev.sluice.store.pair.PairName;
import dev.sluice.store.pair.PairRule;
import dev.sluice.store.pair.Pairs;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One of the two traces, read twice: first to count, then to find out how much consecutive events are alike. Memory
 * grows with rings, kinds of events and their fields, and not with events. For one thread.
 */
final class TraceSide {
    private final TraceEvents events;
    private final SelectionException misfit;
    private final SortedMap<String, EventSeries> series = new TreeMap<>();
    private final EventKinds.Table<KindSeries> kinds = new EventKinds.Table<>();
    private final ThreadNames threads = new ThreadNames();
    private final Map<PairRule, NumberSeries> latencies = new IdentityHashMap<>();
    private final List<PairRule> rules = new ArrayList<>();
    private List<PairFigures> pairs = List.of();
    private TraceAccount account;
    private long count;
    private long firstNs;
    private long lastNs;

    /** What an event of one kind is counted in. */
    private static final class KindSeries {
        private final EventSchema schema;
        private final EventSeries events;
        /** By the field's index; null until the first event, because a trace may declare very many. */
        private NumberSeries[] fields;

        KindSeries(final EventSchema schema, final EventSeries events) {
            this.schema = schema;
            this.events = events;
        }

        void first(final EventView event) {
            if (fields == null) {
                fields = schema.fields().stream().map(events::series).toArray(NumberSeries[]::new);
            }
            events.first();
            for (int i = 0; i < fields.length; i++) {
                if (fields[i] != null) {
                    fields[i].first(event, i);
                }
            }
        }

        void second(final EventView event, final double share) {
            events.second(share);
            for (int i = 0; i < fields.length; i++) {
                if (fields[i] != null) {
                    fields[i].second(event, i);
                }
            }
        }
    }

    /**
     * Looks at what is declared, and reads nothing yet.
     *
     * @throws SelectionException if the pairs that are asked for name keys that their events do not have
     */
    TraceSide(final TraceEvents events) {
        this.events = events;
        SelectionException found = null;
        EventKinds selected = null;
        try {
            selected = new EventKinds(events);
        } catch (final SelectionException e) {
            found = e;
        }
        misfit = found;
        for (final Kind kind : selected == null ? List.<Kind>of() : selected.all()) {
            final EventSeries ofName = series.computeIfAbsent(kind.schema().name(), key -> new EventSeries());
            ofName.declare(kind.schema());
            kinds.put(kind, new KindSeries(kind.schema(), ofName));
        }
    }

    /** Why nothing of this trace is selected, or null: it has no event, or no field, that the selection names. */
    SelectionException misfit() {
        return misfit;
    }

    /** The pairs that the names of events show. */
    List<PairName> pairsByName() {
        return misfit == null ? PairConvention.of(new EventKinds(events)) : List.of();
    }

    /**
     * Reads the trace.
     *
     * @param names the pairs; this trace need not have them
     */
    void read(final List<PairName> names) {
        if (misfit != null) {
            final EventCursor all = events.reader().events().cursor();
            for (boolean more = true; more;) {
                // The account is of events that were read one by one.
                more = all.next();
            }
            account(all);
            return;
        }
        final EventKinds selected = new EventKinds(events);
        for (final PairName name : names) {
            if (hasBoth(name)) {
                rules.add(new PairRule(selected, name, null));
            }
        }
        final Pairs counted = new Pairs(rules, (figures, begin, end, latencyNs) -> { });
        final EventCursor cursor = events.cursor();
        while (cursor.next()) {
            final EventView event = cursor.event();
            lastNs = event.monotonicNs();
            firstNs = count++ == 0 ? lastNs : firstNs;
            kinds.get(event).first(event);
            threads.add(event);
            counted.accept(event);
        }
        counted.finish();
        pairs = counted.figures();
        account(cursor);
        pairs.forEach(figures -> latencies.put(figures.rule(), new NumberSeries(figures.latency())));
        latencies.values().forEach(NumberSeries::finishFirst);
        series.values().forEach(EventSeries::finishFirst);
        readAgain();
    }

    private void readAgain() {
        final double spanNs = Math.max(1, durationNs());
        final Pairs measured = new Pairs(rules,
            (figures, begin, end, latencyNs) -> latencies.get(figures.rule()).second(latencyNs));
        events.forEach(event -> {
            kinds.get(event).second(event, (event.monotonicNs() - firstNs) / spanNs);
            measured.accept(event);
        });
    }

    private void account(final EventCursor cursor) {
        final TraceReader reader = events.reader();
        account = new TraceAccount(reader.targets(), cursor, reader.damageCount() > 0,
            !reader.unknownDocuments().isEmpty());
    }

    /** Whether events that a pair's names fit are declared here. */
    boolean hasBoth(final PairName name) {
        return has(name.begin()) && has(name.end());
    }

    /**
     * Fails if a pair's events are not here, or have no such keys.
     *
     * @throws SelectionException which names what is here
     */
    void require(final PairName name) {
        new PairRule(new EventKinds(events), name, null).label();
    }

    private boolean has(final String pattern) {
        final Glob glob = Glob.ofEvents(pattern);
        return series.keySet().stream().anyMatch(glob::matches);
    }

    TraceReader reader() {
        return events.reader();
    }

    TraceAccount account() {
        return account;
    }

    /** Events by name, also those that never fired. */
    SortedMap<String, EventSeries> events() {
        return Collections.unmodifiableSortedMap(series);
    }

    ThreadNames threads() {
        return threads;
    }

    /** Number of events. */
    long count() {
        return count;
    }

    /** Time from the first event to the last one, ns; 0 if that is no time. */
    long durationNs() {
        final long span = lastNs - firstNs;
        return Math.max(0, span);
    }

    /** So many events in a second; 0 if the trace has no length. */
    double rate(final long number) {
        return durationNs() > 0 ? number * 1e9 / durationNs() : 0;
    }

    /** The figures of a kind of pairs, or null if this trace has none. */
    PairFigures pairs(final PairName name) {
        return pairs.stream().filter(figures -> figures.rule().name().equals(name)).findFirst().orElse(null);
    }

    /** The latencies of a kind of pairs. */
    NumberSeries latencies(final PairFigures figures) {
        return latencies.get(figures.rule());
    }
}
