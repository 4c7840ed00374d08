// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import dev.sluice.store.read.EventView;

/** The rows of a column that are not written yet. For one thread. */
abstract class ColumnRows {
    private final ParquetFile.Column column;
    private final Levels levels = new Levels();

    ColumnRows(final ParquetFile.Column column) {
        this.column = column;
    }

    final ParquetFile.Column column() {
        return column;
    }

    final Levels levels() {
        return levels;
    }

    /** Takes a field of an event. */
    abstract void add(EventView event);

    /** Takes a null. */
    final void addNull() {
        levels.add(false);
    }

    /** Memory that the rows take, bytes. */
    abstract long bytes();

    /** Encodes the rows, and forgets them. */
    abstract Chunk take(PageMaker pages);

    /** Gives back what many rows have taken; there are none. */
    void free() {
        levels.free();
    }

    /** Begins a page of the rows: with which of them are null, if they can be. */
    final ByteBuilder beginRows(final PageMaker pages) {
        final ByteBuilder to = pages.begin();
        if (column.isOptional()) {
            levels.put(to);
        }
        return to;
    }
}
