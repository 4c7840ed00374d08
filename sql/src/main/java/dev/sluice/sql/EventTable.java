// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceEvents;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.duckdb.DuckDBDataChunkWriter;

/**
 * The events of one tracepoint in the order of time; those of several targets, or of several class loaders, if their
 * fields are the same. Immutable once every schema is added.
 */
final class EventTable implements SqlTable {
    private final TraceEvents events;
    private final Set<EventSchema> schemas = Collections.newSetFromMap(new IdentityHashMap<>());
    private final EventSchema first;
    private final EventColumns columns;

    EventTable(final TraceEvents events, final EventSchema schema) {
        // Of a limited number of events those of a tracepoint are not the first so many of it.
        this.events = events.selection().limit() == Long.MAX_VALUE
            ? events.select(events.selection().only(schema.name())) : events;
        first = schema;
        columns = new EventColumns(schema);
        add(schema);
    }

    void add(final EventSchema schema) {
        schemas.add(schema);
    }

    /** What the events mean. */
    EventSchema schema() {
        return first;
    }

    @Override
    public List<TableColumn> columns() {
        return columns.list();
    }

    /** A forged time near the ends of 64 bits is no timestamp of DuckDB's, and then null. */
    @Override
    public List<String> items() {
        return List.of("try(make_timestamp_ns(time_ns)) AS \"time\"");
    }

    @Override
    public TableChunks open(final int[] wanted) {
        return new Chunks(events.cursor(), Arrays.stream(wanted).mapToObj(columns::feed).toArray(ColumnFeed[]::new));
    }

    /** One reading. */
    private final class Chunks implements TableChunks {
        private final EventCursor cursor;
        private final ColumnFeed[] feeds;
        private EventSchema known;
        private boolean isKnownOurs;
        private boolean isAtEnd;

        Chunks(final EventCursor cursor, final ColumnFeed[] feeds) {
            this.cursor = cursor;
            this.feeds = feeds;
        }

        @Override
        public long fill(final DuckDBDataChunkWriter chunk) {
            for (int i = 0; i < feeds.length; i++) {
                feeds[i].begin(chunk.vector(i));
            }
            final EventView event = cursor.event();
            final int capacity = (int) chunk.capacity();
            int rows = 0;
            while (rows < capacity && !isAtEnd) {
                isAtEnd = !cursor.next();
                if (!isAtEnd && isOurs(event.schema())) {
                    for (final ColumnFeed feed : feeds) {
                        feed.put(rows, event);
                    }
                    rows++;
                }
            }
            for (final ColumnFeed feed : feeds) {
                feed.end(rows);
            }
            return rows;
        }

        private boolean isOurs(final EventSchema schema) {
            if (schema != known) {
                known = schema;
                isKnownOurs = schemas.contains(schema);
            }
            return isKnownOurs;
        }
    }
}
