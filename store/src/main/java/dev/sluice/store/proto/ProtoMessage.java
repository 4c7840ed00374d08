// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.proto;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds a message in the encoding of protocol buffers, with messages inside of it. The length of an inner message is
 * written when the message ends, in four bytes that were kept free. For one thread.
 */
public final class ProtoMessage {
    /** Bytes of a length, which is below 2^28. */
    private static final int LENGTH_BYTES = 4;
    private static final int MOST_VARINT_BYTES = 10;
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int DELIMITED = 2;
    private static final int GROUP_BITS = 7;
    private static final int GROUP = 0x7F;
    private static final int MORE = 0x80;

    private byte[] bytes = new byte[1 << 12];
    private int length;

    private void reserve(final int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    private void varint(final long value) {
        reserve(MOST_VARINT_BYTES);
        long rest = value;
        while ((rest & ~GROUP) != 0) {
            bytes[length++] = (byte) (rest & GROUP | MORE);
            rest >>>= GROUP_BITS;
        }
        bytes[length++] = (byte) rest;
    }

    private void tag(final int field, final int type) {
        varint((long) field << 3 | type);
    }

    /** Adds an integer, a bool or the number of an enum; an int64 as its 64 bits. */
    public ProtoMessage integer(final int field, final long value) {
        tag(field, VARINT);
        varint(value);
        return this;
    }

    /** Adds a double. */
    public ProtoMessage number(final int field, final double value) {
        tag(field, FIXED64);
        reserve(Double.BYTES);
        final long bits = Double.doubleToRawLongBits(value);
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            bytes[length++] = (byte) (bits >>> shift);
        }
        return this;
    }

    /** Adds a text. */
    public ProtoMessage text(final int field, final String value) {
        tag(field, DELIMITED);
        final byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        varint(utf8.length);
        reserve(utf8.length);
        System.arraycopy(utf8, 0, bytes, length, utf8.length);
        length += utf8.length;
        return this;
    }

    /** Begins an inner message; returns what {@link #end} wants. */
    public int begin(final int field) {
        tag(field, DELIMITED);
        reserve(LENGTH_BYTES);
        length += LENGTH_BYTES;
        return length;
    }

    /** Ends an inner message. */
    public ProtoMessage end(final int begin) {
        int rest = length - begin;
        for (int i = begin - LENGTH_BYTES; i < begin; i++) {
            bytes[i] = (byte) (rest & GROUP | (i < begin - 1 ? MORE : 0));
            rest >>>= GROUP_BITS;
        }
        return this;
    }

    /**
     * Writes what was built, and begins anew.
     *
     * @return how many bytes were written
     * @throws IOException if the stream fails
     */
    public int writeTo(final OutputStream out) throws IOException {
        out.write(bytes, 0, length);
        final int written = length;
        length = 0;
        return written;
    }
}
