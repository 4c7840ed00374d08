// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.memory;

/** UTF-8 for events: no allocation, words at a time for ASCII. Stateless: any thread. */
public final class Utf8 {
    private static final int ELLIPSIS = 0x2026;
    private static final int ELLIPSIS_LENGTH = 3;

    private Utf8() {
    }

    /**
     * Bytes that {@link #put} will write for a text: its whole UTF-8 form, or, if that is longer than the limit, the
     * longest prefix that leaves room for an ellipsis, and the ellipsis.
     *
     * @param limit greatest length in bytes, at least 3
     */
    public static int encodedLength(final String text, final int limit) {
        final byte[] latin1 = Latin1.of(text);
        if (latin1 != null && latin1.length <= limit) {
            if (Latin1.isAscii(latin1)) {
                return latin1.length;
            }
            final int length = latin1.length + Latin1.countHigh(latin1);
            if (length <= limit) {
                return length;
            }
        }
        return measure(text, limit);
    }

    private static int measure(final String text, final int limit) {
        final int chars = text.length();
        int length = 0;
        int index = 0;
        while (index < chars) {
            final int width = widthAt(text, index, chars);
            if (length + width > limit) {
                return cutLength(text, limit);
            }
            length += width;
            index += width == 4 ? 2 : 1;
        }
        return length;
    }

    private static int cutLength(final String text, final int limit) {
        final int chars = text.length();
        int length = 0;
        int index = 0;
        while (index < chars) {
            final int width = widthAt(text, index, chars);
            if (length + width > limit - ELLIPSIS_LENGTH) {
                break;
            }
            length += width;
            index += width == 4 ? 2 : 1;
        }
        return length + ELLIPSIS_LENGTH;
    }

    private static int widthAt(final String text, final int index, final int chars) {
        final char c = text.charAt(index);
        if (c < 0x80) {
            return 1;
        }
        if (c < 0x800) {
            return 2;
        }
        return Character.isHighSurrogate(c) && index + 1 < chars && Character.isLowSurrogate(text.charAt(index + 1))
            ? 4 : 3;
    }

    /**
     * Writes the form that {@link #encodedLength} measured.
     *
     * @param encodedLength what it returned for the same text
     */
    public static void put(final String text, final long address, final int encodedLength) {
        if (encodedLength == text.length()) {
            final byte[] latin1 = Latin1.of(text);
            // If it is not ASCII after all, it is cut: character by character.
            if (latin1 != null && Latin1.isAscii(latin1)) {
                Memory.putBytes(address, latin1, 0, latin1.length);
                return;
            }
        }
        putCharacters(text, address, encodedLength);
    }

    private static void putCharacters(final String text, final long address, final int encodedLength) {
        final int chars = text.length();
        int index = 0;
        long at = address;
        final long end = address + encodedLength;
        while (index < chars) {
            final int width = widthAt(text, index, chars);
            final boolean last = index + (width == 4 ? 2 : 1) >= chars;
            if (at + width > end || !last && at + width > end - ELLIPSIS_LENGTH && isCut(text, index, end - at)) {
                putCodePoint(at, ELLIPSIS, ELLIPSIS_LENGTH);
                return;
            }
            putCodePoint(at, codePointAt(text, index, width), width);
            at += width;
            index += width == 4 ? 2 : 1;
        }
    }

    /** Whether the rest of a text needs more than the bytes that are left for it. */
    private static boolean isCut(final String text, final int from, final long left) {
        final int chars = text.length();
        long length = 0;
        int index = from;
        while (index < chars && length <= left) {
            final int width = widthAt(text, index, chars);
            length += width;
            index += width == 4 ? 2 : 1;
        }
        return length > left;
    }

    private static int codePointAt(final String text, final int index, final int width) {
        final char c = text.charAt(index);
        if (width == 4) {
            return Character.toCodePoint(c, text.charAt(index + 1));
        }
        // An unpaired surrogate has no UTF-8 form: the replacement character, three bytes too, stands for it.
        return Character.isSurrogate(c) ? 0xFFFD : c;
    }

    private static void putCodePoint(final long address, final int codePoint, final int width) {
        switch (width) {
            case 1 -> Memory.putByte(address, (byte) codePoint);
            case 2 -> {
                Memory.putByte(address, (byte) (0xC0 | codePoint >> 6));
                Memory.putByte(address + 1, (byte) (0x80 | codePoint & 0x3F));
            }
            case 3 -> {
                Memory.putByte(address, (byte) (0xE0 | codePoint >> 12));
                Memory.putByte(address + 1, (byte) (0x80 | codePoint >> 6 & 0x3F));
                Memory.putByte(address + 2, (byte) (0x80 | codePoint & 0x3F));
            }
            default -> {
                Memory.putByte(address, (byte) (0xF0 | codePoint >> 18));
                Memory.putByte(address + 1, (byte) (0x80 | codePoint >> 12 & 0x3F));
                Memory.putByte(address + 2, (byte) (0x80 | codePoint >> 6 & 0x3F));
                Memory.putByte(address + 3, (byte) (0x80 | codePoint & 0x3F));
            }
        }
    }

    /** The greatest length not above a limit that does not cut a character of UTF-8 bytes. */
    public static int cut(final byte[] utf8, final int limit) {
        if (utf8.length <= limit) {
            return utf8.length;
        }
        int length = limit;
        while (length > 0 && (utf8[length] & 0xC0) == 0x80) {
            length--;
        }
        return length;
    }
}
