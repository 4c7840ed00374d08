// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.diff.OnlyHere.Kind;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.pair.PairFigures;
import dev.sluice.store.pair.PairName;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.TraceEvents;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Two traces beside each other: rates, percentiles of numeric fields and of latencies of pairs, with the interval in
 * which each change lies, and what only one of them has. Events are compared by name, whatever target fired them. Each
 * trace is read twice. Memory grows with rings, names, fields and threads, not with events. Immutable: any thread.
 * <pre>{@code
 * TraceDiff diff = TraceDiff.of(TraceReader.open(before).events(), TraceReader.open(after).events(),
 *     DiffOptions.DEFAULT);
 * diff.events().stream().filter(event -> event.rate().isChanged()).map(EventDiff::name).forEach(System.out::println);
 * }</pre>
 */
public final class TraceDiff {
    private final DiffOptions options;
    private final TraceSide a;
    private final TraceSide b;
    private final List<PairName> names;
    private final List<OnlyHere> gone = new ArrayList<>();
    private final List<OnlyHere> added = new ArrayList<>();
    private final List<TypeChange> typeChanges = new ArrayList<>();
    private final List<EventDiff> events = new ArrayList<>();
    private final List<NumbersDiff> pairs = new ArrayList<>();
    private final int intervals;

    private TraceDiff(final TraceSide a, final TraceSide b, final List<PairName> names, final DiffOptions options) {
        this.a = a;
        this.b = b;
        this.names = names;
        this.options = options;
        addOnlyHere(a, b, gone);
        addOnlyHere(b, a, added);
        addTypeChanges();
        final Resampling counting = Resampling.counting();
        compare(counting, new ArrayList<>(), new ArrayList<>());
        intervals = counting.intervals();
        compare(counting.drawing(options), events, pairs);
    }

    /**
     * Reads two traces. If the selection fits only one of them, nothing of the other one is selected.
     *
     * @throws TraceStoreException if reading fails
     * @throws SelectionException  if the selection fits neither trace, or the pairs that are asked for are in neither
     */
    public static TraceDiff of(final TraceEvents a, final TraceEvents b, final DiffOptions options) {
        final TraceSide sideA = new TraceSide(a);
        final TraceSide sideB = new TraceSide(b);
        if (sideA.misfit() != null && sideB.misfit() != null) {
            throw sideA.misfit();
        }
        final Set<PairName> names = new LinkedHashSet<>(options.pairs());
        for (final PairName name : names) {
            if (!sideA.hasBoth(name) && !sideB.hasBoth(name)) {
                (sideA.misfit() == null ? sideA : sideB).require(name);
            }
        }
        if (names.isEmpty()) {
            names.addAll(sideA.pairsByName());
            names.addAll(sideB.pairsByName());
        }
        sideA.read(List.copyOf(names));
        sideB.read(List.copyOf(names));
        return new TraceDiff(sideA, sideB, List.copyOf(names), options);
    }

    private static void addOnlyHere(final TraceSide here, final TraceSide there, final List<OnlyHere> found) {
        final Map<String, Long> providers = new TreeMap<>();
        here.events().forEach((name, series) -> providers.merge(provider(name), series.count(), Long::sum));
        there.events().keySet().forEach(name -> providers.remove(provider(name)));
        providers.forEach((name, count) -> found.add(new OnlyHere(Kind.PROVIDER, name, count, false)));
        here.events().forEach((name, series) -> {
            final EventSeries other = there.events().get(name);
            if (other == null || series.count() > 0 && other.count() == 0) {
                found.add(new OnlyHere(Kind.TRACEPOINT, name, series.count(), other != null));
            }
        });
        here.events().forEach((name, series) -> {
            final EventSeries other = there.events().get(name);
            if (other != null) {
                series.declared().keySet().stream().filter(field -> !other.declared().containsKey(field))
                    .forEach(field -> found.add(
                        new OnlyHere(Kind.FIELD, name + '.' + field, series.count(), false)));
            }
        });
        // If there are more threads than are told apart, nobody can say which ones are missing.
        if (there.threads().isWhole()) {
            here.threads().counts().forEach((name, count) -> {
                if (!name.isEmpty() && !there.threads().counts().containsKey(name)) {
                    found.add(new OnlyHere(Kind.THREAD, name, count[0], false));
                }
            });
        }
    }

    private static String provider(final String event) {
        final int colon = event.indexOf(':');
        return colon < 0 ? event : event.substring(0, colon);
    }

    private void addTypeChanges() {
        a.events().forEach((name, series) -> {
            final EventSeries other = b.events().get(name);
            series.declared().forEach((field, types) -> {
                final Map<FieldType, FieldSchema> others = other == null ? null : other.declared().get(field);
                if (others != null && !others.keySet().equals(types.keySet())) {
                    typeChanges.add(new TypeChange(name + '.' + field, types.keySet(), others.keySet()));
                }
            });
        });
    }

    private void compare(final Resampling resampling, final List<EventDiff> toEvents, final List<NumbersDiff> toPairs) {
        a.events().forEach((name, series) -> {
            final EventSeries other = b.events().get(name);
            if (other != null && series.count() > 0 && other.count() > 0) {
                toEvents.add(new EventDiff(name, series.count(), other.count(),
                    resampling.rates(a, series, b, other), fields(resampling, series, other)));
            }
        });
        for (final PairName name : names) {
            final PairFigures ofA = a.pairs(name);
            final PairFigures ofB = b.pairs(name);
            if (ofA != null && ofB != null && ofA.matched() + ofB.matched() > 0) {
                toPairs.add(numbers(resampling, ofA.rule().label(), a.latencies(ofA), b.latencies(ofB)));
            }
        }
    }

    private static List<NumbersDiff> fields(final Resampling resampling, final EventSeries ofA,
        final EventSeries ofB) {
        final List<NumbersDiff> fields = new ArrayList<>();
        ofA.declared().forEach((field, types) -> types.keySet().forEach(type -> {
            final NumberSeries one = ofA.find(field, type);
            final NumberSeries other = ofB.find(field, type);
            if (one != null && other != null) {
                fields.add(numbers(resampling, field, one, other));
            }
        }));
        return fields;
    }

    private static NumbersDiff numbers(final Resampling resampling, final String name, final NumberSeries ofA,
        final NumberSeries ofB) {
        final List<Compared> percentiles = new ArrayList<>();
        for (final Percentile percentile : Percentile.values()) {
            percentiles.add(resampling.percentiles(percentile, ofA, ofB));
        }
        return new NumbersDiff(name, ofA.statistics().field(), ofA.statistics().count(), ofB.statistics().count(),
            percentiles);
    }

    /** How the traces were compared. */
    public DiffOptions options() {
        return options;
    }

    /** How many intervals there are, which hold all together. */
    public int intervals() {
        return intervals;
    }

    /** What the first trace alone has. */
    public List<OnlyHere> gone() {
        return Collections.unmodifiableList(gone);
    }

    /** What the second trace alone has. */
    public List<OnlyHere> added() {
        return Collections.unmodifiableList(added);
    }

    /** Fields whose types are not the same. */
    public List<TypeChange> typeChanges() {
        return Collections.unmodifiableList(typeChanges);
    }

    /** Events that both traces have, by name. */
    public List<EventDiff> events() {
        return Collections.unmodifiableList(events);
    }

    /** Latencies of pairs that both traces have. */
    public List<NumbersDiff> pairs() {
        return Collections.unmodifiableList(pairs);
    }

    /** Whether it is certain that neither trace misses any event. */
    public boolean isWhole() {
        return a.account().isWhole() && b.account().isWhole();
    }

    TraceSide a() {
        return a;
    }

    TraceSide b() {
        return b;
    }

    /** Everything as one object with stable keys: later versions only add some. */
    public ObjectNode toJson() {
        return new DiffJson(this).toJson();
    }

    /** Everything as aligned text. */
    public String toText() {
        return new DiffText(this).toString();
    }
}
