// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import java.util.List;

/** Something that DuckDB reads as a table. Immutable: any thread may open it, several at a time. */
interface SqlTable {
    /** All columns. */
    List<TableColumn> columns();

    /** Items of the view beside those of the columns, in front of them. */
    default List<String> items() {
        return List.of();
    }

    /**
     * Begins to read.
     *
     * @param columns indexes of those that are asked for, in their order
     */
    TableChunks open(int[] columns);
}
