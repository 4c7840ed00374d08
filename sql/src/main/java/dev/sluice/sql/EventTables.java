// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.query.EventFilter;
import dev.sluice.store.query.EventLayout;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tracepoints of a trace as tables: those of which events are selected. Stateless. */
final class EventTables {
    /** What makes events belong into one table. */
    private record Key(String event, List<FieldSchema> fields) {
    }

    private EventTables() {
    }

    /**
     * A table for each tracepoint.
     *
     * @throws dev.sluice.store.query.SelectionException if the selection does not fit the trace
     */
    static List<EventTable> of(final TraceEvents events) {
        final List<EventLayout> layouts = new ArrayList<>();
        for (final TargetTrace target : events.reader().targets()) {
            target.schemas().forEach(schema -> layouts.add(new EventLayout(schema)));
        }
        final Map<EventLayout, EventFilter> selected = events.selection().filters(layouts);
        final Map<Key, EventTable> tables = new LinkedHashMap<>();
        for (final EventLayout layout : layouts) {
            final EventSchema schema = layout.schema();
            if (selected.containsKey(layout)) {
                tables.computeIfAbsent(new Key(schema.name(), schema.fields()), key -> new EventTable(events, schema))
                    .add(schema);
            }
        }
        return List.copyOf(tables.values());
    }
}
