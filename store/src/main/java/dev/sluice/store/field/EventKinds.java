// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.IdTable;
import dev.sluice.store.query.EventFilter;
import dev.sluice.store.query.EventLayout;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The kinds of events that are selected, of all targets. Immutable: any thread. */
public final class EventKinds {
    /** One kind of event. */
    public record Kind(TargetTrace target, EventSchema schema) {
    }

    /**
     * A table with an entry for some of the kinds. For one thread.
     *
     * @param <T> type of the entries
     */
    public static final class Table<T> {
        private final List<IdTable<T>> byTarget = new ArrayList<>();

        private IdTable<T> ofTarget(final int target) {
            while (byTarget.size() <= target) {
                byTarget.add(new IdTable<>());
            }
            return byTarget.get(target);
        }

        /** Puts an entry for a kind. It replaces an entry that was put before. */
        public void put(final Kind kind, final T value) {
            ofTarget(kind.target().index()).put(kind.schema().id(), value);
        }

        /** The entry of a kind, or null. */
        public T get(final Kind kind) {
            return ofTarget(kind.target().index()).get(kind.schema().id());
        }

        /** The entry of an event's kind, or null. */
        public T get(final EventView event) {
            final int target = event.target().index();
            return target < byTarget.size() ? byTarget.get(target).get(event.schema().id()) : null;
        }
    }

    private final List<Kind> kinds = new ArrayList<>();

    /**
     * Finds the kinds of events that are selected.
     *
     * @throws SelectionException if the selection does not fit the trace
     */
    public EventKinds(final TraceEvents events) {
        final List<EventLayout> layouts = new ArrayList<>();
        final List<Kind> all = new ArrayList<>();
        for (final TargetTrace target : events.reader().targets()) {
            for (final EventSchema schema : target.schemas()) {
                layouts.add(new EventLayout(schema));
                all.add(new Kind(target, schema));
            }
        }
        final Map<EventLayout, EventFilter> filters = events.selection().filters(layouts);
        for (int i = 0; i < layouts.size(); i++) {
            if (filters.containsKey(layouts.get(i))) {
                kinds.add(all.get(i));
            }
        }
    }

    /** All selected kinds. */
    public List<Kind> all() {
        return kinds;
    }

    /**
     * The selected kinds that have a field.
     *
     * @throws SelectionException if no kind has it
     */
    public List<Kind> having(final FieldName field) {
        final List<Kind> having =
            kinds.stream().filter(kind -> field.indexIn(kind.schema()) != FieldName.NONE).toList();
        if (having.isEmpty()) {
            throw field.missing(kinds.stream().map(Kind::schema).toList());
        }
        return having;
    }
}
