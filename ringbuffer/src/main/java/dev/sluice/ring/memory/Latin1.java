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

    /**
     * Whether no byte is above 0x7F. The last word is looked at as a whole, also where it overlaps the one before: few
     * bytes, which are the rule, take no loop, whose begin and end the compiler makes dearer than its middle.
     */
    static boolean isAscii(final byte[] bytes) {
        final int length = bytes.length;
        if (length >= Long.BYTES) {
            long high = wordAt(bytes, 0) | wordAt(bytes, length - Long.BYTES);
            for (int i = Long.BYTES; i < length - Long.BYTES; i += Long.BYTES) {
                high |= wordAt(bytes, i);
            }
            return (high & HIGH_BITS) == 0;
        }
        if (length >= Integer.BYTES) {
            return ((intAt(bytes, 0) | intAt(bytes, length - Integer.BYTES)) & HIGH_BITS) == 0;
        }
        return length == 0 || (bytes[0] | bytes[length >>> 1] | bytes[length - 1]) >= 0;
    }

    /** How many of the bytes are above 0x7F: characters that take two bytes in UTF-8. */
    static int countHigh(final byte[] bytes) {
        int count = 0;
        int i = 0;
        for (; i + Long.BYTES <= bytes.length; i += Long.BYTES) {
            count += Long.bitCount(wordAt(bytes, i) & HIGH_BITS);
        }
        for (; i < bytes.length; i++) {
            count += bytes[i] >>> Integer.SIZE - 1;
        }
        return count;
    }

    private static long wordAt(final byte[] bytes, final int index) {
        return UnsafeApi.getLong(bytes, Memory.ByteArray.BASE + index);
    }

    private static int intAt(final byte[] bytes, final int index) {
        return UnsafeApi.getInt(bytes, Memory.ByteArray.BASE + index);
    }
}
