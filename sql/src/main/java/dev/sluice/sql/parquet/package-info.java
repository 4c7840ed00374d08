// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Parquet files of a trace's events, written while the trace is read once. Start at
 * {@link dev.sluice.sql.parquet.ParquetWriter}.
 */
package dev.sluice.sql.parquet;
