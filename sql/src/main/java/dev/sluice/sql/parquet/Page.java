// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

/**
 * A page of a column as it lies in the file: header and compressed values. Immutable, so that columns of equal values
 * share it.
 *
 * @param bytes         header and compressed values
 * @param encoding      Parquet's code of how values are encoded
 * @param plainLength   length of header and values in bytes, before they are compressed
 */
record Page(byte[] bytes, int encoding, int plainLength) {
    static final int PLAIN = 0;
    static final int RUNS = 3;
    static final int DIFFERENCES = 5;
    static final int LENGTHS_AND_BYTES = 6;
    static final int DICTIONARY = 8;
}
