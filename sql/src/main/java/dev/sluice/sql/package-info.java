// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Queries over a trace, by a DuckDB in this process: a view for each tracepoint, read as a query asks for it. Start at
 * {@link dev.sluice.sql.SqlSession}.
 */
package dev.sluice.sql;
