// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.trap;

import java.nio.charset.StandardCharsets;
import org.agrona.UnsafeApi;

/**
 * Decodes one record of a {@link TrapProgram} in place. A flyweight for one thread. It holds an address, so it is valid
 * only as long as the record is. trap.h has the layout and asserts the same offsets.
 *
 * <pre>
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *   |                         ktime_ns (8)                          |   0
 *   |                              tid                              |   8
 *   |                           probe_id                            |  12
 *   |                    argument words (8 each)                    |  16
 *   |                              ...                              |
 *   |                     text of string arguments                  |
 *   +---------------------------------------------------------------+
 * </pre>
 */
public final class TrapRecord {

    /** Offset of CLOCK_MONOTONIC in nanoseconds. */
    public static final int KTIME_OFFSET = 0;
    /** Offset of the kernel thread id as seen in the target. */
    public static final int TID_OFFSET = KTIME_OFFSET + Long.BYTES;
    /** Offset of the probe id given to attach. */
    public static final int PROBE_ID_OFFSET = TID_OFFSET + Integer.BYTES;
    /** Offset of the first argument word. */
    public static final int ARGUMENTS_OFFSET = PROBE_ID_OFFSET + Integer.BYTES;

    private static final long STRING_NULL = 0;
    private static final long STRING_FAULT = -1;
    private static final int STRING_LENGTH_SHIFT = 32;
    private static final int STRING_LENGTH_MASK = Integer.MAX_VALUE;

    private long address;
    private int length;

    /** Puts the flyweight over a record. */
    public TrapRecord wrap(final long recordAddress, final int recordLength) {
        if (recordLength < ARGUMENTS_OFFSET) {
            throw new IllegalArgumentException("recordLength=" + recordLength);
        }
        address = recordAddress;
        length = recordLength;
        return this;
    }

    /** The time of the trap, ns of CLOCK_MONOTONIC (System.nanoTime's clock). */
    public long ktimeNs() {
        return UnsafeApi.getLong(null, address + KTIME_OFFSET);
    }

    /** The kernel thread id as seen in the target. */
    public int tid() {
        return UnsafeApi.getInt(null, address + TID_OFFSET);
    }

    /** The id given to attach. */
    public int probeId() {
        return UnsafeApi.getInt(null, address + PROBE_ID_OFFSET);
    }

    /** The raw word of an integer argument: a narrow type's upper bits are whatever the register held. */
    public long argument(final int index) {
        final int offset = ARGUMENTS_OFFSET + index * Long.BYTES;
        if (index < 0 || offset + Long.BYTES > length) {
            throw new IndexOutOfBoundsException("index=" + index + " length=" + length);
        }
        return UnsafeApi.getLong(null, address + offset);
    }

    /** True when a string argument's address was NULL. */
    public boolean isStringNull(final int index) {
        return argument(index) == STRING_NULL;
    }

    /** True when a string argument's bytes could not be read. */
    public boolean isStringFault(final int index) {
        return argument(index) == STRING_FAULT;
    }

    /** True when a string argument was longer than the 255 bytes that are kept. */
    public boolean isStringTruncated(final int index) {
        final long word = argument(index);
        return word < 0 && word != STRING_FAULT;
    }

    /** Bytes of a string argument, 0 to 255; 0 when it is NULL or could not be read. */
    public int stringLength(final int index) {
        final long word = argument(index);
        return word == STRING_FAULT ? 0 : (int) (word >>> STRING_LENGTH_SHIFT) & STRING_LENGTH_MASK;
    }

    /** Address of a string argument's first byte, which {@link #stringLength} bytes follow. */
    public long stringAddress(final int index) {
        final long word = argument(index);
        final int offset = word == STRING_FAULT ? 0 : (int) word;
        if (offset < 0 || offset + stringLength(index) > length) {
            throw new IllegalStateException("offset=" + offset + " length=" + length);
        }
        return address + offset;
    }

    /**
     * A string argument: null when it was NULL or could not be read. If it was too long, the kept part, cut at a
     * character boundary and ending in an ellipsis.
     */
    public String string(final int index) {
        if (isStringNull(index) || isStringFault(index)) {
            return null;
        }
        final byte[] bytes = new byte[stringLength(index)];
        final long from = stringAddress(index);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = UnsafeApi.getByte(null, from + i);
        }
        if (!isStringTruncated(index)) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
        return new String(bytes, 0, characterBoundary(bytes), StandardCharsets.UTF_8) + "\u2026";
    }

    /** The length without a last character that was cut in the middle. */
    private static int characterBoundary(final byte[] bytes) {
        int start = bytes.length;
        do {
            start--;
        } while (start > 0 && (bytes[start] & 0xc0) == 0x80);
        if (start < 0 || bytes[start] >= 0) {
            return bytes.length;
        }
        final int expected = Integer.numberOfLeadingZeros(~(bytes[start] << 24));
        return start + expected <= bytes.length ? bytes.length : start;
    }
}
