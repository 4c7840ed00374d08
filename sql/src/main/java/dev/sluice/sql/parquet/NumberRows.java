// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.NullValue;
import dev.sluice.store.read.EventView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The rows of a column of numbers, of which floating-point ones are kept as their bits, or of an enumeration, of which
 * the codes are kept. Few different numbers are written as a dictionary of them, others by their differences. For one
 * thread.
 */
final class NumberRows extends ColumnRows {
    /** So many different numbers are few, whatever the number of rows. */
    private static final int FEW = 4096;
    private static final int ROWS_OF_ONE = 16;
    private static final int FIRST_ROWS = 1024;

    private final FieldSchema field;
    private final int index;
    private long[] values = new long[FIRST_ROWS];
    private int count;

    /**
     * Rows of no field.
     *
     * @param column of whole numbers
     */
    NumberRows(final ParquetFile.Column column) {
        this(column, null, -1);
    }

    /**
     * Rows of a field.
     *
     * @param field what it is
     * @param index which of the event's fields
     */
    NumberRows(final ParquetFile.Column column, final FieldSchema field, final int index) {
        super(column);
        this.field = field;
        this.index = index;
    }

    @Override
    void add(final EventView event) {
        switch (column().type()) {
            case FLOAT -> add(Float.floatToRawIntBits((float) event.getDouble(index)));
            case DOUBLE -> add(Double.doubleToRawLongBits(event.getDouble(index)));
            case BOOLEAN -> add(event.getBoolean(index) ? 1 : 0);
            case TEXT -> {
                final long code = event.getLong(index);
                if (NullValue.isCode(field, code)) {
                    addNull();
                } else {
                    add(code);
                }
            }
            default -> add(event.getLong(index));
        }
    }

    /** Takes a value. */
    void add(final long value) {
        levels().add(true);
        if (count == values.length) {
            values = Arrays.copyOf(values, 2 * count);
        }
        values[count++] = value;
    }

    @Override
    long bytes() {
        return (long) values.length * Long.BYTES + levels().bytes();
    }

    @Override
    void free() {
        super.free();
        values = new long[FIRST_ROWS];
    }

    @Override
    Chunk take(final PageMaker pages) {
        final NumberDictionary dictionary = column().type() == ColumnType.BOOLEAN ? null
            : NumberDictionary.of(values, count, pages.indexes(count),
                column().type() == ColumnType.TEXT ? Integer.MAX_VALUE : Math.max(FEW, count / ROWS_OF_ONE));
        final Page page;
        Page distinct = null;
        if (dictionary != null) {
            final ByteBuilder to = pages.begin();
            for (int i = 0; i < dictionary.size(); i++) {
                putPlain(to, dictionary.value(i));
            }
            distinct = pages.dictionary(dictionary.size());
            putIndexes(beginRows(pages), dictionary.indexes(), count, dictionary.size());
            page = pages.data(levels().rows(), Page.DICTIONARY);
        } else {
            page = data(pages);
        }
        final Chunk chunk = chunk(distinct, page, dictionary);
        levels().clear();
        count = 0;
        return chunk;
    }

    /** Puts the rows of a column with a dictionary. */
    static void putIndexes(final ByteBuilder to, final int[] indexes, final int count, final int distinct) {
        final int width = Packing.width(distinct - 1);
        to.put(width);
        Packing.runs(to, indexes, count, width);
    }

    private Page data(final PageMaker pages) {
        final ByteBuilder to = beginRows(pages);
        final ColumnType type = column().type();
        if (count == 0) {
            return pages.data(levels().rows(), Page.PLAIN);
        }
        if (type == ColumnType.BOOLEAN) {
            for (int i = 0; i < count; i += Byte.SIZE) {
                int bits = 0;
                for (int j = i; j < Math.min(count, i + Byte.SIZE); j++) {
                    bits |= (int) values[j] << j - i;
                }
                to.put(bits);
            }
            return pages.data(levels().rows(), Page.PLAIN);
        }
        if (type.isFloating()) {
            for (int i = 0; i < count; i++) {
                putPlain(to, values[i]);
            }
            return pages.data(levels().rows(), Page.PLAIN);
        }
        Packing.differences(to, values, count, type.physical() == ColumnType.Physical.INT32);
        return pages.data(levels().rows(), Page.DIFFERENCES);
    }

    private void putPlain(final ByteBuilder to, final long value) {
        switch (column().type().physical()) {
            case INT64, DOUBLE -> to.putLong(value);
            case BYTES -> {
                final byte[] label = label(value);
                to.putInt(label.length);
                to.put(label);
            }
            case BOOLEAN -> to.put((int) value);
            default -> to.putInt((int) value);
        }
    }

    private byte[] label(final long code) {
        return field.label(code).getBytes(StandardCharsets.UTF_8);
    }

    private Chunk chunk(final Page distinct, final Page page, final NumberDictionary dictionary) {
        final int nulls = levels().nulls();
        if (count == 0 || column().type() == ColumnType.TEXT) {
            return new Chunk(distinct, page, nulls, null, null);
        }
        long least = values[0];
        long most = values[0];
        for (int i = 0; i < (dictionary == null ? count : dictionary.size()); i++) {
            final long value = dictionary == null ? values[i] : dictionary.value(i);
            if (column().type().isFloating() && Double.isNaN(asDouble(value))) {
                return new Chunk(distinct, page, nulls, null, null);
            }
            least = isLess(value, least) ? value : least;
            most = isLess(most, value) ? value : most;
        }
        return new Chunk(distinct, page, nulls, plain(isZero(least) ? bits(-0.0) : least),
            plain(isZero(most) ? 0 : most));
    }

    /** Whether a number is one of the two zeros that are equal: as a bound, it is the one that is beyond the other. */
    private boolean isZero(final long bits) {
        return column().type().isFloating() && asDouble(bits) == 0;
    }

    private long bits(final double value) {
        return column().type() == ColumnType.FLOAT ? Float.floatToRawIntBits((float) value)
            : Double.doubleToRawLongBits(value);
    }

    private byte[] plain(final long value) {
        final ByteBuilder bytes = new ByteBuilder();
        putPlain(bytes, value);
        return bytes.copy();
    }

    private double asDouble(final long bits) {
        return column().type() == ColumnType.FLOAT ? Float.intBitsToFloat((int) bits) : Double.longBitsToDouble(bits);
    }

    private boolean isLess(final long one, final long other) {
        if (column().type().isFloating()) {
            return asDouble(one) < asDouble(other);
        }
        return column().type().isSigned() ? one < other : Long.compareUnsigned(one, other) < 0;
    }
}
