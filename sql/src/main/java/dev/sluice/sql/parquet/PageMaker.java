// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import io.airlift.compress.zstd.ZstdCompressor;

/** Makes pages of encoded values. For one thread. */
final class PageMaker {
    private static final int DATA = 0;
    private static final int DICTIONARY = 2;
    private static final int KEPT_LENGTH = 4 << 20;

    private final ZstdCompressor zstd = new ZstdCompressor();
    private final ByteBuilder values = new ByteBuilder();
    private byte[] compressed = {};
    private int[] indexes = {};

    /** Where the values of the next page are put; empty. */
    ByteBuilder begin() {
        values.shrink(KEPT_LENGTH);
        values.clear();
        return values;
    }

    /** Room for the index of each row in a dictionary; the same each time. */
    int[] indexes(final int count) {
        if (indexes.length < count) {
            indexes = new int[count];
        }
        return indexes;
    }

    /**
     * Makes a page of rows.
     *
     * @param rows     how many
     * @param encoding of those that are not null
     */
    Page data(final int rows, final int encoding) {
        return page(new ThriftBuilder().begin().i32(1, DATA), encoding, thrift -> thrift.begin(5).i32(1, rows)
            .i32(2, encoding).i32(3, Page.RUNS).i32(4, Page.RUNS).end());
    }

    /** Makes a page of the distinct values of a column. */
    Page dictionary(final int count) {
        return page(new ThriftBuilder().begin().i32(1, DICTIONARY), Page.PLAIN,
            thrift -> thrift.begin(7).i32(1, count).i32(2, Page.PLAIN).end());
    }

    /** Puts a part of a page's header. */
    private interface Part {
        void put(ThriftBuilder to);
    }

    private Page page(final ThriftBuilder header, final int encoding, final Part part) {
        final int most = zstd.maxCompressedLength(values.length());
        if (compressed.length < most) {
            compressed = new byte[most];
        }
        final int length = zstd.compress(values.array(), 0, values.length(), compressed, 0, compressed.length);
        header.i32(2, values.length()).i32(3, length);
        part.put(header);
        final byte[] head = header.end().copy();
        final byte[] all = new byte[head.length + length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(compressed, 0, all, head.length, length);
        if (compressed.length > KEPT_LENGTH) {
            compressed = new byte[0];
        }
        return new Page(all, encoding, head.length + values.length());
    }
}
