// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import dev.sluice.ring.memory.Memory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds lines of text as UTF-8, piece by piece, without making an object for each number or plain text, and writes
 * them in large pieces. For one thread.
 */
public final class LineBytes {
    private static final int CAPACITY = 1 << 16;
    /** More bytes than any number has. */
    private static final int NUMBER_ROOM = 24;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final byte[] TENS = new byte[100];
    private static final byte[] ONES = new byte[100];
    private static final byte[] LEAST = "-9223372036854775808".getBytes(StandardCharsets.US_ASCII);

    static {
        for (int i = 0; i < TENS.length; i++) {
            TENS[i] = (byte) ('0' + i / 10);
            ONES[i] = (byte) ('0' + i % 10);
        }
    }

    private final OutputStream out;
    private final StringBuilder text = new StringBuilder();
    private byte[] bytes = new byte[2 * CAPACITY];
    private int length;
    private long second = Long.MIN_VALUE;
    private byte[] secondText = {};

    /** Makes lines that go to a stream. {@link #flush} flushes the stream; nothing closes it. */
    public LineBytes(final OutputStream out) {
        this.out = out;
    }

    /** The bytes of a text, for {@link #add(byte[])}. */
    public static byte[] of(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void reserve(final int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    /** Adds bytes as they are. */
    public LineBytes add(final byte[] piece) {
        reserve(piece.length);
        System.arraycopy(piece, 0, bytes, length, piece.length);
        length += piece.length;
        return this;
    }

    /** Adds an ASCII character. */
    public LineBytes add(final char character) {
        reserve(1);
        bytes[length++] = (byte) character;
        return this;
    }

    /** Adds a text as it is. */
    public LineBytes add(final CharSequence piece) {
        reserve(piece.length());
        for (int i = 0; i < piece.length(); i++) {
            final char c = piece.charAt(i);
            if (c >= 0x80) {
                return add(of(piece.subSequence(i, piece.length()).toString()));
            }
            bytes[length++] = (byte) c;
        }
        return this;
    }

    /** Adds a number. */
    public LineBytes add(final long number) {
        if (number == Long.MIN_VALUE) {
            return add(LEAST);
        }
        if (number < 0) {
            add('-');
        }
        return addDigits(Math.abs(number));
    }

    /** Adds an unsigned number. */
    public LineBytes addUnsigned(final long number) {
        if (number >= 0) {
            return addDigits(number);
        }
        final long rest = Long.divideUnsigned(number, 10);
        return addDigits(rest).add((char) ('0' + (int) (number - rest * 10)));
    }

    private LineBytes addDigits(final long number) {
        reserve(NUMBER_ROOM);
        int digits = 1;
        for (long limit = 10; digits < 19 && number >= limit; limit *= 10) {
            digits++;
        }
        putDigits(number, length + digits, digits);
        length += digits;
        return this;
    }

    /** Writes so many digits, with leading zeros, that end before an index. */
    private void putDigits(final long number, final int end, final int digits) {
        long rest = number;
        int at = end;
        int left = digits;
        while (rest > Integer.MAX_VALUE) {
            final int pair = (int) (rest % 100);
            rest /= 100;
            bytes[--at] = ONES[pair];
            bytes[--at] = TENS[pair];
            left -= 2;
        }
        int small = (int) rest;
        while (left >= 2) {
            final int pair = small % 100;
            small /= 100;
            bytes[--at] = ONES[pair];
            bytes[--at] = TENS[pair];
            left -= 2;
        }
        if (left > 0) {
            bytes[--at] = (byte) ('0' + small);
        }
    }

    /** Adds a time, CLOCK_REALTIME in ns since 1970, as {@link WallTime#format} writes it. */
    public LineBytes addTime(final long realtimeNs) {
        final long newSecond = Math.floorDiv(realtimeNs, NS_PER_SECOND);
        if (newSecond != second) {
            second = newSecond;
            final String whole = WallTime.format(newSecond * NS_PER_SECOND);
            secondText = of(whole.substring(0, whole.length() - "000000000Z".length()));
        }
        add(secondText);
        reserve(NUMBER_ROOM);
        putDigits(realtimeNs - newSecond * NS_PER_SECOND, length + 9, 9);
        length += 9;
        bytes[length++] = 'Z';
        return this;
    }

    /** Adds a text with the escapes of {@link PrintedText#escape}. */
    public LineBytes addEscaped(final String piece) {
        text.setLength(0);
        PrintedText.escape(text, piece);
        return add(text);
    }

    /**
     * Adds UTF-8 in quotes, with the escapes of {@link PrintedText#quote}.
     *
     * @param address of the first byte
     */
    public LineBytes addQuoted(final long address, final int lengthBytes) {
        reserve(lengthBytes + 2);
        bytes[length] = '"';
        int at = length + 1;
        for (int i = 0; i < lengthBytes; i++) {
            final byte b = Memory.getByte(address + i);
            // All of ASCII but control characters, quotes and backslashes is copied. Most texts have nothing else.
            if (b < ' ' || b == '"' || b == '\\' || b == 0x7F) {
                return add('"').addEscaped(new String(Memory.getBytes(address, lengthBytes), StandardCharsets.UTF_8))
                    .add('"');
            }
            bytes[at++] = b;
        }
        bytes[at++] = '"';
        length = at;
        return this;
    }

    /**
     * Ends a line. Writes the gathered lines if they are long enough.
     *
     * @throws IOException if the stream fails
     */
    public void endLine() throws IOException {
        add('\n');
        if (length >= CAPACITY) {
            write();
        }
    }

    private void write() throws IOException {
        final int whole = length;
        length = 0;
        out.write(bytes, 0, whole);
    }

    /**
     * Writes everything that is gathered.
     *
     * @throws IOException if the stream fails
     */
    public void flush() throws IOException {
        write();
        out.flush();
    }
}
