// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import dev.sluice.store.read.EventView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The rows of the columns that say who fired an event. All of them follow from which owner it was, so that is kept for
 * each row; columns that tell the owners apart in the same way share the page of their rows. For one thread.
 */
final class OwnerRows {
    private static final int RECENT = 64;
    private static final int FIRST_ROWS = 1024;

    private final Owner[] recent = new Owner[RECENT];
    private final int[] recentIndexes = new int[RECENT];
    private final Map<Owner, Integer> known = new HashMap<>();
    private final List<Owner> owners = new ArrayList<>();
    private int[] rows = new int[FIRST_ROWS];
    private int count;

    /** Takes the owner of an event. */
    void add(final EventView event) {
        final int slot = event.ring() & RECENT - 1;
        if (recent[slot] == null || !recent[slot].isOf(event)) {
            recent[slot] = Owner.of(event);
            recentIndexes[slot] = known.computeIfAbsent(recent[slot], owner -> {
                owners.add(owner);
                return owners.size() - 1;
            });
        }
        if (count == rows.length) {
            rows = Arrays.copyOf(rows, 2 * count);
        }
        rows[count++] = recentIndexes[slot];
    }

    long bytes() {
        return (long) rows.length * Integer.BYTES;
    }

    /** Gives back what many rows have taken; there are none. */
    void free() {
        rows = new int[FIRST_ROWS];
    }

    /** The chunks of some columns, by what each says of an owner; forgets the rows. */
    List<Chunk> take(final PageMaker pages, final List<Function<Owner, Object>> columns) {
        final Map<List<Integer>, Page> shared = new HashMap<>();
        final List<Chunk> chunks = new ArrayList<>();
        for (final Function<Owner, Object> column : columns) {
            chunks.add(chunk(pages, column, shared));
        }
        // Owners of rows that are written are forgotten, as there can be a great many in time.
        Arrays.fill(recent, null);
        known.clear();
        owners.clear();
        count = 0;
        return chunks;
    }

    private Chunk chunk(final PageMaker pages, final Function<Owner, Object> column,
        final Map<List<Integer>, Page> shared) {
        final Map<Object, Integer> values = new LinkedHashMap<>();
        final List<Integer> ofOwners = owners.stream().map(column)
            .map(value -> values.computeIfAbsent(value, key -> values.size())).toList();
        final ByteBuilder to = pages.begin();
        values.keySet().forEach(value -> put(to, value));
        final Page dictionary = pages.dictionary(values.size());
        final Page data = shared.computeIfAbsent(ofOwners, key -> {
            final int[] indexes = pages.indexes(count);
            final int[] ofOwner = key.stream().mapToInt(Integer::intValue).toArray();
            for (int i = 0; i < count; i++) {
                indexes[i] = ofOwner[rows[i]];
            }
            NumberRows.putIndexes(pages.begin(), indexes, count, values.size());
            return pages.data(count, Page.DICTIONARY);
        });
        return new Chunk(dictionary, data, 0, bound(values, true), bound(values, false));
    }

    private static void put(final ByteBuilder to, final Object value) {
        if (value instanceof Long number) {
            to.putLong(number);
        } else if (value instanceof Integer number) {
            to.putInt(number);
        } else {
            final byte[] text = ((String) value).getBytes(StandardCharsets.UTF_8);
            to.putInt(text.length);
            to.put(text);
        }
    }

    /** The least or the greatest value; of texts none is told. */
    private static byte[] bound(final Map<Object, Integer> values, final boolean isLeast) {
        Object bound = null;
        for (final Object value : values.keySet()) {
            if (value instanceof String) {
                return null;
            }
            final long number = ((Number) value).longValue();
            if (bound == null || isLeast == number < ((Number) bound).longValue()) {
                bound = value;
            }
        }
        final ByteBuilder bytes = new ByteBuilder();
        put(bytes, bound);
        return bytes.copy();
    }
}
