// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import org.duckdb.DuckDBDataChunkWriter;

/** One reading of a table, in pieces of as many rows as DuckDB takes at a time. For one thread at a time. */
interface TableChunks {
    /**
     * Writes the next rows, column by column.
     *
     * @return how many; 0 after the last
     */
    long fill(DuckDBDataChunkWriter chunk);
}
