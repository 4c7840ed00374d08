// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of Parquet, written from front to end: groups of rows, each column of a group in one chunk, and behind them
 * what is where. Apache's parquet-format has the numbers of the fields. For one thread; the stream is the caller's to
 * close.
 */
final class ParquetFile {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 2;
    private static final int ZSTD = 6;

    private final OutputStream out;
    private final List<Column> columns;
    private final List<Group> groups = new ArrayList<>();
    private List<Place> places = List.of();
    private long position;

    /** A column as the file's schema has it. */
    record Column(String name, ColumnType type, boolean isOptional) {
    }

    /** Where a chunk lies, and what it is: without its bytes. */
    private record Place(long offset, int dictionaryLength, int dataLength, long plainLength, int encoding, int nulls,
        byte[] least, byte[] most) {
        long length() {
            return (long) dictionaryLength + dataLength;
        }
    }

    /** Rows that lie together. */
    private record Group(int rows, List<Place> places) {
        long plainLength() {
            return places.stream().mapToLong(Place::plainLength).sum();
        }

        long length() {
            return places.stream().mapToLong(Place::length).sum();
        }
    }

    /** Begins a file. */
    ParquetFile(final OutputStream out, final List<Column> columns) throws IOException {
        this.out = out;
        this.columns = List.copyOf(columns);
        write(MAGIC);
    }

    private void write(final byte[] bytes) throws IOException {
        out.write(bytes);
        position += bytes.length;
    }

    /** Begins a group of rows: a chunk of each column follows, in the columns' order. */
    void beginGroup(final int rows) {
        places = new ArrayList<>();
        groups.add(new Group(rows, places));
    }

    void write(final Chunk chunk) throws IOException {
        final long offset = position;
        final Page dictionary = chunk.dictionary();
        if (dictionary != null) {
            write(dictionary.bytes());
        }
        write(chunk.data().bytes());
        places.add(new Place(offset, dictionary == null ? 0 : dictionary.bytes().length, chunk.data().bytes().length,
            chunk.data().plainLength() + (dictionary == null ? 0L : dictionary.plainLength()),
            chunk.data().encoding(), chunk.nulls(), chunk.least(), chunk.most()));
    }

    /** Writes what is where, and with it the end of the file. */
    void end() throws IOException {
        final ThriftBuilder footer = new ThriftBuilder().begin().i32(1, VERSION).structs(2, columns.size() + 1);
        footer.begin().text(4, "events").i32(5, columns.size()).end();
        for (final Column column : columns) {
            footer.begin().i32(1, column.type().physical().code()).i32(3, column.isOptional() ? 1 : 0)
                .text(4, column.name());
            column.type().putMeaning(footer);
            footer.end();
        }
        footer.i64(3, groups.stream().mapToLong(Group::rows).sum()).structs(4, groups.size());
        for (int i = 0; i < groups.size(); i++) {
            putGroup(footer, groups.get(i), i);
        }
        footer.text(6, "sluice").structs(7, columns.size());
        for (int i = 0; i < columns.size(); i++) {
            // The order of values is that of their type.
            footer.begin().empty(1).end();
        }
        final byte[] bytes = footer.end().copy();
        write(bytes);
        final ByteBuilder tail = new ByteBuilder();
        tail.putInt(bytes.length);
        tail.put(MAGIC);
        write(tail.copy());
    }

    private void putGroup(final ThriftBuilder to, final Group group, final int number) {
        to.begin().structs(1, columns.size());
        for (int i = 0; i < columns.size(); i++) {
            to.begin().i64(2, group.places().get(i).offset()).begin(3);
            putChunk(to, columns.get(i), group.places().get(i), group.rows());
            to.end().end();
        }
        to.i64(2, group.plainLength()).i64(3, group.rows()).i64(5, group.places().get(0).offset())
            .i64(6, group.length());
        if (number <= Short.MAX_VALUE) {
            to.i16(7, number);
        }
        to.end();
    }

    private static void putChunk(final ThriftBuilder to, final Column column, final Place place, final int rows) {
        final boolean hasDictionary = place.dictionaryLength() > 0;
        to.i32(1, column.type().physical().code());
        if (hasDictionary) {
            to.i32s(2, Page.PLAIN, Page.RUNS, place.encoding());
        } else {
            to.i32s(2, Page.RUNS, place.encoding());
        }
        to.texts(3, column.name()).i32(4, ZSTD).i64(5, rows).i64(6, place.plainLength()).i64(7, place.length())
            .i64(9, place.offset() + place.dictionaryLength());
        if (hasDictionary) {
            to.i64(11, place.offset());
        }
        to.begin(12).i64(3, place.nulls());
        if (place.least() != null) {
            to.binary(5, place.most()).binary(6, place.least());
        }
        to.end();
    }
}
