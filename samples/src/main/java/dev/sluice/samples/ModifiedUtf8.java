// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

/** Decodes the modified UTF-8 of class files: U+0000 in two bytes, supplementary characters as two surrogates. */
final class ModifiedUtf8 {
    private ModifiedUtf8() {
    }

    /**
     * Decodes a text. The caller vouches for the range.
     *
     * @throws MalformedClassFileException if the bytes are not modified UTF-8
     */
    static String decode(final byte[] bytes, final int start, final int length) throws MalformedClassFileException {
        final char[] chars = new char[length];
        final int end = start + length;
        int count = 0;
        int offset = start;
        while (offset < end) {
            final int first = bytes[offset] & 0xFF;
            if (first < 0x80) {
                chars[count++] = (char) first;
                offset++;
            } else if ((first & 0xE0) == 0xC0) {
                chars[count++] = (char) ((first & 0x1F) << 6 | continuation(bytes, offset + 1, end));
                offset += 2;
            } else if ((first & 0xF0) == 0xE0) {
                chars[count++] = (char) ((first & 0x0F) << 12 | continuation(bytes, offset + 1, end) << 6
                    | continuation(bytes, offset + 2, end));
                offset += 3;
            } else {
                throw new MalformedClassFileException("byte " + first + " starts no character, offset=" + offset);
            }
        }
        return new String(chars, 0, count);
    }

    private static int continuation(final byte[] bytes, final int offset, final int end)
        throws MalformedClassFileException {
        if (offset >= end || (bytes[offset] & 0xC0) != 0x80) {
            throw new MalformedClassFileException("character cut short, offset=" + offset);
        }
        return bytes[offset] & 0x3F;
    }
}
