// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.jfr;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes that grow, with the values of Flight Recorder: integers in groups of seven bits, the least first; all else in
 * as many bytes as it has, the greatest first. For one thread.
 */
public final class JfrBytes {
    private static final int FIRST_LENGTH = 1 << 12;
    private static final int GROUP_BITS = 7;
    private static final int GROUP = 0x7F;
    private static final int MORE = 0x80;
    /** The last byte of an integer has eight bits of it, so that 64 bits are nine bytes. */
    private static final int MOST_INTEGER_BYTES = 9;
    /** How a text is written. */
    private static final int NULL_TEXT = 0;
    private static final int EMPTY_TEXT = 1;
    private static final int CONSTANT_TEXT = 2;
    private static final int UTF8_TEXT = 3;

    private byte[] bytes = new byte[FIRST_LENGTH];
    private int length;

    /** Number of bytes. */
    int length() {
        return length;
    }

    /** Forgets all bytes, and keeps the memory. */
    void clear() {
        length = 0;
    }

    private void reserve(final int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    /** Adds an integer of 64 bits, or one of fewer bits that is not negative. */
    public JfrBytes integer(final long value) {
        reserve(MOST_INTEGER_BYTES);
        length += put(length, value);
        return this;
    }

    /** Puts an integer into bytes that are there. */
    private int put(final int at, final long value) {
        long rest = value;
        int i = at;
        while ((rest & ~GROUP) != 0 && i < at + MOST_INTEGER_BYTES - 1) {
            bytes[i++] = (byte) (rest & GROUP | MORE);
            rest >>>= GROUP_BITS;
        }
        bytes[i++] = (byte) rest;
        return i - at;
    }

    /** Number of bytes of an integer that is not negative. */
    private static int lengthOf(final int value) {
        return Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(value) + GROUP_BITS - 1) / GROUP_BITS);
    }

    /** Adds an integer of 32 bits. */
    public JfrBytes int32(final int value) {
        return integer(Integer.toUnsignedLong(value));
    }

    /** Adds an integer of 16 bits. */
    public JfrBytes int16(final int value) {
        return integer(Short.toUnsignedInt((short) value));
    }

    /** Adds a byte, or a boolean as 1 or 0. */
    public JfrBytes int8(final int value) {
        return raw(value, Byte.BYTES);
    }

    /** Adds a float, with all its bits. */
    public JfrBytes float32(final float value) {
        return raw(Float.floatToRawIntBits(value), Float.BYTES);
    }

    /** Adds a double, with all its bits. */
    public JfrBytes float64(final double value) {
        return raw(Double.doubleToRawLongBits(value), Double.BYTES);
    }

    /** Adds an integer in so many bytes, the greatest first. */
    JfrBytes raw(final long value, final int count) {
        reserve(count);
        for (int shift = Byte.SIZE * (count - 1); shift >= 0; shift -= Byte.SIZE) {
            bytes[length++] = (byte) (value >>> shift);
        }
        return this;
    }

    /** Adds a text, or null. */
    public JfrBytes text(final String value) {
        if (value == null) {
            return int8(NULL_TEXT);
        }
        if (value.isEmpty()) {
            return int8(EMPTY_TEXT);
        }
        final byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        int8(UTF8_TEXT).integer(utf8.length);
        reserve(utf8.length);
        System.arraycopy(utf8, 0, bytes, length, utf8.length);
        length += utf8.length;
        return this;
    }

    /** Adds a text by the key of its constant. */
    JfrBytes constantText(final long key) {
        return int8(CONSTANT_TEXT).integer(key);
    }

    /** Begins a record, which has its length before it; {@link #end} takes what is returned. */
    int begin() {
        int8(0);
        return length - 1;
    }

    /** Ends a record: one byte was kept for its length, and the record makes room if it takes more. */
    void end(final int begun) {
        final int content = length - begun - 1;
        int prefix = lengthOf(content);
        // The length counts its own bytes.
        prefix = lengthOf(content + prefix);
        reserve(prefix);
        System.arraycopy(bytes, begun + 1, bytes, begun + prefix, content);
        put(begun, content + prefix);
        length = begun + prefix + content;
    }

    /** Adds the bytes of another. */
    JfrBytes append(final JfrBytes other) {
        reserve(other.length);
        System.arraycopy(other.bytes, 0, bytes, length, other.length);
        length += other.length;
        return this;
    }

    void writeTo(final OutputStream out) throws IOException {
        out.write(bytes, 0, length);
    }
}
