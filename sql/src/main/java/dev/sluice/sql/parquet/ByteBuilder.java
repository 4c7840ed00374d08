// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Bytes that grow at their end. Numbers are little-endian. For one thread. */
final class ByteBuilder {
    private static final VarHandle INTS =
        MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int VARINT_BITS = 7;
    private static final int VARINT_MORE = 0x80;

    private byte[] bytes = new byte[1024];
    private int length;

    /** The bytes, and more behind them; another array after the next one is added. */
    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    /** Gives back what a large piece has taken. */
    void shrink(final int mostLength) {
        if (bytes.length > mostLength) {
            bytes = new byte[mostLength];
            length = 0;
        }
    }

    /** Makes room, and returns where the next byte goes. */
    private int grow(final int by) {
        final int at = length;
        if (bytes.length - at < by) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - Long.BYTES,
                Math.max(at + (long) by, 2L * bytes.length)));
        }
        length = at + by;
        return at;
    }

    void put(final int value) {
        final int at = grow(1);
        bytes[at] = (byte) value;
    }

    void putInt(final int value) {
        final int at = grow(Integer.BYTES);
        INTS.set(bytes, at, value);
    }

    void putLong(final long value) {
        final int at = grow(Long.BYTES);
        LONGS.set(bytes, at, value);
    }

    /** Puts the lowest bytes of a number. */
    void putLowest(final long value, final int count) {
        for (int i = 0; i < count; i++) {
            put((int) (value >>> i * Byte.SIZE));
        }
    }

    void put(final byte[] source, final int offset, final int count) {
        final int at = grow(count);
        System.arraycopy(source, offset, bytes, at, count);
    }

    void put(final byte[] source) {
        put(source, 0, source.length);
    }

    /** Puts the lowest seven bits first, and marks that more follow. */
    void putVarint(final long value) {
        long rest = value;
        while ((rest & -VARINT_MORE) != 0) {
            put((int) rest & VARINT_MORE - 1 | VARINT_MORE);
            rest >>>= VARINT_BITS;
        }
        put((int) rest);
    }

    /** Puts a number of small magnitude in few bytes. */
    void putZigZag(final long value) {
        putVarint(value << 1 ^ value >> Long.SIZE - 1);
    }

    byte[] copy() {
        return Arrays.copyOf(bytes, length);
    }
}
