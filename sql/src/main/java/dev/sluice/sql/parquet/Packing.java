// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

/**
 * Two of Parquet's encodings of whole numbers: differences (DELTA_BINARY_PACKED), and runs of small numbers
 * (RLE_DICTIONARY and the levels that say which rows are null). Stateless.
 */
final class Packing {
    private static final int BLOCK = 128;
    private static final int PARTS = 4;
    private static final int PART = BLOCK / PARTS;
    private static final int GROUP = 8;
    /** A shorter run costs less among single numbers. */
    private static final int SHORTEST_RUN = 2 * GROUP;

    private Packing() {
    }

    /** How many bits the numbers up to a largest one take; at least 1. */
    static int width(final int largest) {
        return Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(largest));
    }

    /**
     * Puts numbers by their differences.
     *
     * @param is32 whether readers calculate in 32 bits, so that differences wrap there
     */
    static void differences(final ByteBuilder to, final long[] values, final int count, final boolean is32) {
        to.putVarint(BLOCK);
        to.putVarint(PARTS);
        to.putVarint(count);
        to.putZigZag(count == 0 ? 0 : is32 ? (int) values[0] : values[0]);
        final long[] block = new long[BLOCK];
        for (int from = 1; from < count; from += BLOCK) {
            final int size = Math.min(BLOCK, count - from);
            long least = Long.MAX_VALUE;
            for (int i = 0; i < size; i++) {
                final long difference = values[from + i] - values[from + i - 1];
                block[i] = is32 ? (int) difference : difference;
                least = Math.min(least, block[i]);
            }
            putBlock(to, block, size, least, is32);
        }
    }

    private static void putBlock(final ByteBuilder to, final long[] block, final int size, final long least,
        final boolean is32) {
        final int[] widths = new int[PARTS];
        for (int part = 0; part < PARTS; part++) {
            long bits = 0;
            for (int i = part * PART; i < (part + 1) * PART; i++) {
                // What is behind the last number is nothing above the least.
                block[i] = i >= size ? 0 : is32 ? block[i] - least & 0xFFFF_FFFFL : block[i] - least;
                bits |= block[i];
            }
            widths[part] = Long.SIZE - Long.numberOfLeadingZeros(bits);
        }
        to.putZigZag(least);
        for (final int width : widths) {
            to.put(width);
        }
        for (int part = 0; part * PART < size; part++) {
            pack(to, block, part * PART, PART, widths[part]);
        }
    }

    /** Puts numbers of so many bits each, as whole words of 64 bits and bytes. */
    private static void pack(final ByteBuilder to, final long[] values, final int from, final int count,
        final int width) {
        if (width == 0) {
            return;
        }
        long word = 0;
        int bits = 0;
        for (int i = from; i < from + count; i++) {
            final long value = values[i];
            word |= value << bits;
            bits += width;
            if (bits >= Long.SIZE) {
                to.putLong(word);
                bits -= Long.SIZE;
                word = bits == 0 ? 0 : value >>> width - bits;
            }
        }
        to.putLowest(word, bits + Byte.SIZE - 1 >>> 3);
    }

    /**
     * Puts small numbers: equal ones that follow each other as one, others by their bits.
     *
     * @param width how many bits each takes at most, from 1
     */
    static void runs(final ByteBuilder to, final int[] values, final int count, final int width) {
        int from = 0;
        int at = 0;
        while (at < count) {
            // Single numbers come in groups of eight, so a run can begin only at the end of such a group.
            final int run = runLength(values, at, count);
            if (run >= SHORTEST_RUN || run == count - at && from == at) {
                singles(to, values, from, at, width);
                to.putVarint((long) run << 1);
                to.putLowest(values[at], width + Byte.SIZE - 1 >>> 3);
                at += run;
                from = at;
            } else {
                at = Math.min(count, at + GROUP);
            }
        }
        singles(to, values, from, at, width);
    }

    private static int runLength(final int[] values, final int from, final int count) {
        final int value = values[from];
        int at = from + 1;
        while (at < count && values[at] == value) {
            at++;
        }
        return at - from;
    }

    private static void singles(final ByteBuilder to, final int[] values, final int from, final int end,
        final int width) {
        if (from == end) {
            return;
        }
        final int groups = (end - from + GROUP - 1) / GROUP;
        to.putVarint((long) groups << 1 | 1);
        long word = 0;
        int bits = 0;
        for (int i = from; i < from + groups * GROUP; i++) {
            final long value = i < end ? values[i] : 0;
            word |= value << bits;
            bits += width;
            if (bits >= Long.SIZE) {
                to.putLong(word);
                bits -= Long.SIZE;
                word = bits == 0 ? 0 : value >>> width - bits;
            }
        }
        to.putLowest(word, bits + Byte.SIZE - 1 >>> 3);
    }
}
