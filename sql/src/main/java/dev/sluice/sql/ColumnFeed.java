// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import dev.sluice.store.read.EventView;
import org.duckdb.DuckDBWritableVector;

/** Writes one column of a chunk, value by value, straight into DuckDB's memory. For one thread. */
abstract class ColumnFeed {
    private DuckDBWritableVector vector;

    /** Begins a chunk. */
    void begin(final DuckDBWritableVector newVector) {
        vector = newVector;
    }

    /** Takes the value of an event. */
    final void put(final int row, final EventView event) {
        put(vector, row, event);
    }

    abstract void put(DuckDBWritableVector to, int row, EventView event);

    /** Ends a chunk. */
    final void end(final int rows) {
        end(vector, rows);
        vector = null;
    }

    void end(final DuckDBWritableVector to, final int rows) {
        // Values of a fixed length are written already.
    }

    /** Takes a value of a fixed length. */
    @FunctionalInterface
    interface Value {
        /** Writes one value. */
        void put(DuckDBWritableVector to, int row, EventView event);
    }

    /** A column of values of a fixed length. */
    static ColumnFeed of(final Value value) {
        return new ColumnFeed() {
            @Override
            void put(final DuckDBWritableVector to, final int row, final EventView event) {
                value.put(to, row, event);
            }
        };
    }
}
