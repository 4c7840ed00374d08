// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

/**
 * Layout of an event in a ring and in a packet: CTF 1.8 event header, then the fields.
 * <pre>
 *  63                                            16 15             0
 *  +-----------------------------------------------+---------------+
 *  |                ticks, low 48 bits             |      id       |   0, aligned to 8
 *  +-----------------------------------------------+---------------+
 *  |   virtual thread id (u64), in class CARRIER only              |
 *  +---------------------------------------------------------------+
 *  |   fields in declared order, byte-aligned; padded to 8         |
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class EventDescriptor {
    /** Bytes of the header word. */
    public static final int HEADER_LENGTH = Long.BYTES;
    /** Bytes of the virtual thread id, in events of a carrier. */
    public static final int VIRTUAL_THREAD_ID_LENGTH = Long.BYTES;
    /** Events begin at multiples of this. */
    public static final int ALIGNMENT = 8;
    /** Bits of the ticks in the header. */
    public static final int TICKS_BITS = 48;
    /** Mask of those bits. */
    public static final long TICKS_MASK = (1L << TICKS_BITS) - 1;
    /** Greatest bytes of one string or byte sequence. */
    public static final int MAX_VARIABLE_LENGTH = 65_535;
    /** A chunk is closed before its ticks span this (R11). */
    public static final long MAX_TICKS_SPAN = 1L << 47;

    private EventDescriptor() {
    }

    /** Packs a header word. */
    public static long header(final long ticks, final int id) {
        return ticks << Short.SIZE | id;
    }

    /** The id of a header word. */
    public static int id(final long header) {
        return (int) header & 0xFFFF;
    }

    /** The low 48 bits of the ticks of a header word. */
    public static long ticks48(final long header) {
        return header >>> Short.SIZE;
    }

    /** The 64-bit ticks of a header word, given ticks at or less than 2^48 before it. */
    public static long ticks(final long header, final long ticksBefore) {
        return ticksBefore + (ticks48(header) - ticksBefore & TICKS_MASK);
    }

    /** Rounds a length up to the alignment of events. */
    public static int align(final int lengthBytes) {
        return lengthBytes + ALIGNMENT - 1 & -ALIGNMENT;
    }
}
