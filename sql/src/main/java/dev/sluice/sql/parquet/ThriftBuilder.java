// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import java.nio.charset.StandardCharsets;

/**
 * Structures in Thrift's compact protocol, which Parquet's headers are in. Fields are put by ascending numbers. For one
 * thread.
 */
final class ThriftBuilder {
    private static final int TRUE = 1;
    private static final int FALSE = 2;
    private static final int BYTE = 3;
    private static final int I16 = 4;
    private static final int I32 = 5;
    private static final int I64 = 6;
    private static final int BINARY = 8;
    private static final int LIST = 9;
    private static final int STRUCT = 12;
    private static final int DEEPEST = 16;
    /** The largest step and the largest size that fit into the byte of the type. */
    private static final int NIBBLE = 15;

    private final ByteBuilder bytes = new ByteBuilder();
    private final int[] last = new int[DEEPEST];
    private int depth;

    private void field(final int number, final int type) {
        final int step = number - last[depth];
        if (step <= NIBBLE) {
            bytes.put(step << 4 | type);
        } else {
            bytes.put(type);
            bytes.putZigZag(number);
        }
        last[depth] = number;
    }

    ThriftBuilder bool(final int number, final boolean value) {
        field(number, value ? TRUE : FALSE);
        return this;
    }

    ThriftBuilder i8(final int number, final int value) {
        field(number, BYTE);
        bytes.put(value);
        return this;
    }

    ThriftBuilder i16(final int number, final int value) {
        field(number, I16);
        bytes.putZigZag(value);
        return this;
    }

    ThriftBuilder i32(final int number, final int value) {
        field(number, I32);
        bytes.putZigZag(value);
        return this;
    }

    ThriftBuilder i64(final int number, final long value) {
        field(number, I64);
        bytes.putZigZag(value);
        return this;
    }

    ThriftBuilder binary(final int number, final byte[] value) {
        field(number, BINARY);
        return item(value);
    }

    ThriftBuilder text(final int number, final String value) {
        return binary(number, value.getBytes(StandardCharsets.UTF_8));
    }

    private ThriftBuilder list(final int number, final int type, final int size) {
        field(number, LIST);
        if (size < NIBBLE) {
            bytes.put(size << 4 | type);
        } else {
            bytes.put(NIBBLE << 4 | type);
            bytes.putVarint(size);
        }
        return this;
    }

    /** Begins a list of structures, each of which {@link #begin()} and {@link #end} put. */
    ThriftBuilder structs(final int number, final int size) {
        return list(number, STRUCT, size);
    }

    ThriftBuilder i32s(final int number, final int... values) {
        list(number, I32, values.length);
        for (final int value : values) {
            bytes.putZigZag(value);
        }
        return this;
    }

    /** A list of one text. */
    ThriftBuilder texts(final int number, final String value) {
        return list(number, BINARY, 1).item(value.getBytes(StandardCharsets.UTF_8));
    }

    private ThriftBuilder item(final byte[] value) {
        bytes.putVarint(value.length);
        bytes.put(value);
        return this;
    }

    /** Begins a structure that is a field. */
    ThriftBuilder begin(final int number) {
        field(number, STRUCT);
        return begin();
    }

    /** Begins a structure that is an item of a list, or all. */
    ThriftBuilder begin() {
        last[++depth] = 0;
        return this;
    }

    ThriftBuilder end() {
        bytes.put(0);
        depth--;
        return this;
    }

    /** A structure without fields, as a field. */
    ThriftBuilder empty(final int number) {
        return begin(number).end();
    }

    byte[] copy() {
        return bytes.copy();
    }
}
