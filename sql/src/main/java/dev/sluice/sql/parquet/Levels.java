// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import java.util.Arrays;

/** Which rows of a column have a value. For one thread. */
final class Levels {
    private int[] present = {};
    private int rows;
    private int nulls;

    void add(final boolean isPresent) {
        if (!isPresent || nulls > 0) {
            if (rows >= present.length) {
                present = Arrays.copyOf(present, Math.max(1024, 2 * rows));
            }
            if (nulls == 0) {
                // Nothing was kept as long as each row had a value.
                Arrays.fill(present, 0, rows, 1);
            }
            present[rows] = isPresent ? 1 : 0;
            nulls += isPresent ? 0 : 1;
        }
        rows++;
    }

    int rows() {
        return rows;
    }

    int nulls() {
        return nulls;
    }

    long bytes() {
        return (long) present.length * Integer.BYTES;
    }

    /** Puts them as a page begins with them. */
    void put(final ByteBuilder to) {
        final ByteBuilder runs = new ByteBuilder();
        if (nulls == 0) {
            runs.putVarint((long) rows << 1);
            runs.put(1);
        } else {
            Packing.runs(runs, present, rows, 1);
        }
        to.putInt(runs.length());
        to.put(runs.array(), 0, runs.length());
    }

    void clear() {
        rows = 0;
        nulls = 0;
    }

    /** Gives back what many rows have taken; there are none. */
    void free() {
        present = new int[0];
    }
}
