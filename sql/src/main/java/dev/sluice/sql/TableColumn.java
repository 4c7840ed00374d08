// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import org.duckdb.DuckDBColumnType;

/**
 * A column that DuckDB is given, and what a view makes of it. Immutable.
 *
 * @param name       unique in its table
 * @param type       what DuckDB is given
 * @param expression SQL for what the view shows, or null for the column as it is
 */
record TableColumn(String name, DuckDBColumnType type, String expression) {
    /** A column that is shown as it is. */
    static TableColumn plain(final String name, final DuckDBColumnType type) {
        return new TableColumn(name, type, null);
    }

    /** As an item of the view's list. */
    String item() {
        final String quoted = SqlNames.quote(name);
        return expression == null ? quoted : expression + " AS " + quoted;
    }
}
