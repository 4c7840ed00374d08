// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.memory;

import org.agrona.UnsafeApi;

/**
 * The bytes that a String keeps its characters in when all of them are below U+0100, read in place eight at a time:
 * the fast path of {@link Utf8}. They are never written to. Where a JDK keeps them otherwise there is no fast path.
 * Stateless: any thread.
 */
final class Latin1 {
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long BASE = UnsafeApi.arrayBaseOffset(byte[].class);
    private static final long VALUE = offset("value");
    private static final long CODER = offset("coder");
    private static final boolean IS_KNOWN = VALUE > 0 && CODER > 0 && isAsExpected();

    private Latin1() {
    }

    private static long offset(final String field) {
        try {
            return UnsafeApi.objectFieldOffset(String.class, field);
        } catch (final RuntimeException | LinkageError e) {
            return 0;
        }
    }

    private static boolean isAsExpected() {
        return UnsafeApi.getReference("a\u00E9", VALUE) instanceof byte[] narrow && narrow.length == 2
            && narrow[0] == 'a' && narrow[1] == (byte) 0xE9
            && UnsafeApi.getByte("a\u00E9", CODER) == 0 && UnsafeApi.getByte("\u20AC", CODER) == 1;
    }

    /** The characters as bytes, one each, or null if some do not fit or nobody knows. Not to be changed. */
    static byte[] of(final String text) {
        return IS_KNOWN && UnsafeApi.getByte(text, CODER) == 0 ? (byte[]) UnsafeApi.getReference(text, VALUE) : null;
    }

    /** How many of the bytes are above 0x7F: characters that take two bytes in UTF-8. */
    static int countHigh(final byte[] bytes) {
        int count = 0;
        int i = 0;
        for (; i + Long.BYTES <= bytes.length; i += Long.BYTES) {
            count += Long.bitCount(UnsafeApi.getLong(bytes, BASE + i) & HIGH_BITS);
        }
        for (; i < bytes.length; i++) {
            count += bytes[i] >>> Integer.SIZE - 1;
        }
        return count;
    }

    /**
     * Copies bytes to memory.
     *
     * @return false if one was above 0x7F: then what was written is to be written again
     */
    static boolean putAscii(final byte[] bytes, final long address) {
        long high = 0;
        int i = 0;
        for (; i + Long.BYTES <= bytes.length; i += Long.BYTES) {
            final long word = UnsafeApi.getLong(bytes, BASE + i);
            high |= word;
            Memory.putLong(address + i, word);
        }
        if (i + Integer.BYTES <= bytes.length) {
            final int word = UnsafeApi.getInt(bytes, BASE + i);
            high |= word & 0xFFFF_FFFFL;
            Memory.putInt(address + i, word);
            i += Integer.BYTES;
        }
        for (; i < bytes.length; i++) {
            high |= bytes[i] & 0xFFL;
            Memory.putByte(address + i, bytes[i]);
        }
        return (high & HIGH_BITS) == 0;
    }
}
