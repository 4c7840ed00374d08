// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import dev.sluice.store.read.EventView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The rows of a column of texts, as UTF-8, or of bytes. Few different ones are written as a dictionary of them, others
 * by their lengths and their bytes. For one thread.
 */
final class TextRows extends ColumnRows {
    private static final int FIRST_ROWS = 1024;
    private static final int FIRST_BYTES = 4096;
    private static final int FEW = 1 << 15;
    private static final int FEW_BYTES = 1 << 20;
    /** The longest value that a reader is told of in advance. */
    private static final int LONGEST_BOUND = 64;

    private final int index;
    private final ByteBuilder bytes = new ByteBuilder();
    /** Where each value ends. */
    private int[] ends = new int[FIRST_ROWS];
    private int count;

    /**
     * Rows.
     *
     * @param index which of the event's fields; -1 if they are of none
     */
    TextRows(final ParquetFile.Column column, final int index) {
        super(column);
        this.index = index;
    }

    @Override
    void add(final EventView event) {
        final byte[] value = event.getBytes(index);
        if (value == null) {
            addNull();
        } else {
            add(column().type() == ColumnType.TEXT ? sound(value) : value);
        }
    }

    /** Takes a value. */
    void add(final byte[] value) {
        levels().add(true);
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, 2 * count);
        }
        bytes.put(value);
        ends[count++] = bytes.length();
    }

    /** The same bytes, or if they are no UTF-8, those of the text that readers make of them. */
    private static byte[] sound(final byte[] value) {
        for (final byte one : value) {
            if (one < 0) {
                return new String(value, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
            }
        }
        return value;
    }

    @Override
    long bytes() {
        return bytes.array().length + (long) ends.length * Integer.BYTES + levels().bytes();
    }

    @Override
    void free() {
        super.free();
        bytes.shrink(FIRST_BYTES);
        ends = new int[FIRST_ROWS];
    }

    private int begin(final int value) {
        return value == 0 ? 0 : ends[value - 1];
    }

    private int length(final int value) {
        return ends[value] - begin(value);
    }

    @Override
    Chunk take(final PageMaker pages) {
        final int[] first = new int[Math.min(count, FEW)];
        final int[] indexes = pages.indexes(count);
        final int distinct = find(first, indexes);
        Page dictionary = null;
        final Page page;
        if (distinct > 0) {
            final ByteBuilder to = pages.begin();
            for (int i = 0; i < distinct; i++) {
                to.putInt(length(first[i]));
                to.put(bytes.array(), begin(first[i]), length(first[i]));
            }
            dictionary = pages.dictionary(distinct);
            NumberRows.putIndexes(beginRows(pages), indexes, count, distinct);
            page = pages.data(levels().rows(), Page.DICTIONARY);
        } else if (count == 0) {
            beginRows(pages);
            page = pages.data(levels().rows(), Page.PLAIN);
        } else {
            final ByteBuilder to = beginRows(pages);
            final long[] lengths = new long[count];
            for (int i = 0; i < count; i++) {
                lengths[i] = length(i);
            }
            Packing.differences(to, lengths, count, true);
            to.put(bytes.array(), 0, bytes.length());
            page = pages.data(levels().rows(), Page.LENGTHS_AND_BYTES);
        }
        final Chunk chunk = chunk(dictionary, page);
        levels().clear();
        bytes.clear();
        count = 0;
        return chunk;
    }

    /**
     * Finds the different values.
     *
     * @param first   gets for each where it is first met
     * @param indexes gets for each row which of them it is
     * @return how many; 0 if they are more than few, or none
     */
    private int find(final int[] first, final int[] indexes) {
        int[] slots = new int[1024];
        int distinct = 0;
        int length = 0;
        for (int i = 0; i < count; i++) {
            int slot = hash(i) & slots.length - 1;
            while (slots[slot] != 0 && !isEqual(first[slots[slot] - 1], i)) {
                slot = slot + 1 & slots.length - 1;
            }
            if (slots[slot] == 0) {
                length += length(i);
                if (distinct == first.length || length > FEW_BYTES) {
                    return 0;
                }
                first[distinct++] = i;
                slots[slot] = distinct;
                indexes[i] = distinct - 1;
                if (2 * distinct > slots.length) {
                    slots = spread(first, distinct, 2 * slots.length);
                }
            } else {
                indexes[i] = slots[slot] - 1;
            }
        }
        return distinct;
    }

    private int[] spread(final int[] first, final int distinct, final int slotCount) {
        final int[] slots = new int[slotCount];
        for (int i = 0; i < distinct; i++) {
            int slot = hash(first[i]) & slotCount - 1;
            while (slots[slot] != 0) {
                slot = slot + 1 & slotCount - 1;
            }
            slots[slot] = i + 1;
        }
        return slots;
    }

    private int hash(final int value) {
        int hash = 1;
        for (int i = begin(value); i < ends[value]; i++) {
            hash = 31 * hash + bytes.array()[i];
        }
        return hash ^ hash >>> Short.SIZE;
    }

    private boolean isEqual(final int one, final int other) {
        return Arrays.equals(bytes.array(), begin(one), ends[one], bytes.array(), begin(other), ends[other]);
    }

    private Chunk chunk(final Page dictionary, final Page page) {
        int least = 0;
        int most = 0;
        for (int i = 1; i < count; i++) {
            least = compare(i, least) < 0 ? i : least;
            most = compare(i, most) > 0 ? i : most;
        }
        final boolean isKnown = count > 0 && length(least) <= LONGEST_BOUND && length(most) <= LONGEST_BOUND;
        return new Chunk(dictionary, page, levels().nulls(), isKnown ? copy(least) : null,
            isKnown ? copy(most) : null);
    }

    private int compare(final int one, final int other) {
        return Arrays.compareUnsigned(bytes.array(), begin(one), ends[one], bytes.array(), begin(other), ends[other]);
    }

    private byte[] copy(final int value) {
        return Arrays.copyOfRange(bytes.array(), begin(value), ends[value]);
    }
}
