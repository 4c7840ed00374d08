// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import dev.sluice.store.read.EventView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;
import org.duckdb.DuckDBWritableVector;

/** Writes one column of texts: all of a chunk in one call, as a call costs more than a text. For one thread. */
final class TextFeed extends ColumnFeed {
    private final Function<EventView, byte[]> text;
    private byte[][] texts = new byte[0][];

    /**
     * A feed.
     *
     * @param text gives UTF-8 that is sound, or null
     */
    TextFeed(final Function<EventView, byte[]> text) {
        this.text = text;
    }

    @Override
    void begin(final DuckDBWritableVector newVector) {
        super.begin(newVector);
        if (texts.length < newVector.rowCount()) {
            texts = new byte[(int) newVector.rowCount()][];
        }
    }

    @Override
    void put(final DuckDBWritableVector to, final int row, final EventView event) {
        texts[row] = text.apply(event);
    }

    @Override
    void end(final DuckDBWritableVector to, final int rows) {
        to.setStringUtf8Batch(0, rows == texts.length ? texts : Arrays.copyOf(texts, rows));
    }

    /** The same bytes, or if they are no UTF-8, those of the text that readers make of them. */
    static byte[] sound(final byte[] bytes) {
        if (bytes != null) {
            for (final byte one : bytes) {
                if (one < 0) {
                    return new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
                }
            }
        }
        return bytes;
    }
}
