// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.where.KeyHash;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What the code of filters calls for values that are no plain numbers. Encoded texts are at the address of their length
 * word. Stateless; any thread. Only {@link #text} may throw, what the application's own code throws.
 */
public final class FilterValues {
    /** {@link NullValue#TEXT} in UTF-8, a character for each byte. */
    private static final String ENCODED_NULL = "\u00e2\u0090\u0080\u0000";

    private FilterValues() {
    }

    /** The text of a field; the one that stands for null for null. */
    public static String text(final CharSequence value) {
        final String text = value == null ? null : value.toString();
        return text == null ? NullValue.TEXT : text;
    }

    /** Whether a text is null. */
    public static boolean isNull(final String text) {
        return text == null || text.equals(NullValue.TEXT);
    }

    /** The code of an enumeration's value. */
    public static int code(final Enum<?> value, final int codeOfNull) {
        return value == null ? codeOfNull : value.ordinal();
    }

    /** 1 for a byte that is not 0. */
    public static long truth(final long value) {
        return (byte) value == 0 ? 0 : 1;
    }

    /** Whether a random number is less than a threshold, without sign. */
    public static boolean isDrawn(final long threshold) {
        return Long.compareUnsigned(ThreadLocalRandom.current().nextLong(), threshold) < 0;
    }

    /** Whether the hash of a key is less than a threshold, without sign. */
    public static boolean isKept(final long key, final long threshold) {
        return Long.compareUnsigned(KeyHash.of(key), threshold) < 0;
    }

    /** Compares two texts by their code points. */
    public static int compare(final String one, final String other) {
        final int common = Math.min(one.length(), other.length());
        for (int i = 0; i < common; i++) {
            final char a = one.charAt(i);
            final char b = other.charAt(i);
            if (a != b) {
                // Surrogates stand for greater code points than any other character, and are not the greatest ones.
                final boolean isSurrogate = Character.isSurrogate(a);
                return isSurrogate == Character.isSurrogate(b) ? a - b : isSurrogate ? 1 : -1;
            }
        }
        return one.length() - other.length();
    }

    /** Whether an encoded text is null. */
    public static boolean isNullAt(final long address) {
        return equalsAt(address, ENCODED_NULL);
    }

    /**
     * Compares an encoded text with another.
     *
     * @param encoded the other's UTF-8, a character for each byte
     */
    public static int compareAt(final long address, final String encoded) {
        final int length = Short.toUnsignedInt(Memory.getShort(address));
        final int common = Math.min(length, encoded.length());
        for (int i = 0; i < common; i++) {
            final int difference = Byte.toUnsignedInt(Memory.getByte(address + Short.BYTES + i)) - encoded.charAt(i);
            if (difference != 0) {
                return difference;
            }
        }
        return length - encoded.length();
    }

    /** Whether an encoded text is the same as another, given as for {@link #compareAt}. */
    public static boolean equalsAt(final long address, final String encoded) {
        return Short.toUnsignedInt(Memory.getShort(address)) == encoded.length() && compareAt(address, encoded) == 0;
    }

    /**
     * Copies an encoded text or byte sequence as a key: a word of its length, and its bytes, filled up with zeros to
     * whole words.
     *
     * @return where the copy ends
     */
    public static long copy(final long address, final long to) {
        final int length = Short.toUnsignedInt(Memory.getShort(address));
        Memory.putLong(to, length);
        final long end = to + Long.BYTES + (length + Long.BYTES - 1 & -Long.BYTES);
        if (length > 0) {
            Memory.putLong(end - Long.BYTES, 0);
            Memory.copy(address + Short.BYTES, to + Long.BYTES, length);
        }
        return end;
    }

    /** The {@link String#hashCode} of an encoded text. */
    public static int hashAt(final long address) {
        final long end = address + Short.BYTES + Short.toUnsignedInt(Memory.getShort(address));
        int hash = 0;
        long at = address + Short.BYTES;
        while (at < end) {
            final int first = Byte.toUnsignedInt(Memory.getByte(at));
            final int width = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
            int point = width == 1 ? first : first & 0xFF >> width + 1;
            for (int i = 1; i < width; i++) {
                point = point << 6 | Memory.getByte(at + i) & 0x3F;
            }
            at += width;
            if (width == 4) {
                hash = 31 * hash + Character.highSurrogate(point);
                hash = 31 * hash + Character.lowSurrogate(point);
            } else {
                hash = 31 * hash + point;
            }
        }
        return hash;
    }
}
