// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

/**
 * A column of a group of rows.
 *
 * @param dictionary its distinct values, or null
 * @param data       its rows
 * @param nulls      how many of them are null
 * @param least      no value is less, encoded; or null if that is not known
 * @param most       no value is more; or null
 */
record Chunk(Page dictionary, Page data, int nulls, byte[] least, byte[] most) {
}
