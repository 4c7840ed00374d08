// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.packet;

/**
 * Layout of a packet header: what the drain probe passes, BPF copies, the store keeps and CTF readers parse. It is the
 * CTF 1.8 packet header and packet context of every stream class, little-endian, naturally
 * aligned. {@link StreamClass} has the stream ids.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |          magic (u32)          |        stream id (u32)        |   0
 *  +-------------------------------+-------------------------------+
 *  |                      target id, 16 bytes                      |   8
 *  |                                                               |  16
 *  +---------------------------------------------------------------+
 *  |         timestamp begin: ticks of the first event (u64)       |  24
 *  +---------------------------------------------------------------+
 *  |          timestamp end: ticks of the last event (u64)         |  32
 *  +---------------------------------------------------------------+
 *  |   content size in bits: header to the last event's last byte  |  40
 *  +---------------------------------------------------------------+
 *  |    packet size in bits: header and content, padded to 8 bytes |  48
 *  +---------------------------------------------------------------+
 *  |       sequence: previous of this ring plus one, from 1 (u64)  |  56
 *  +---------------------------------------------------------------+
 *  | events discarded: cumulative discarded plus overwritten (u64) |  64
 *  +---------------------------------------------------------------+
 *  |            begin position in the ring, bytes (u64)            |  72
 *  +---------------------------------------------------------------+
 *  |  events before: written to the ring before this packet (u64)  |  80
 *  +---------------------------------------------------------------+
 *  |                overwritten: cumulative (u64)                  |  88
 *  +-------------------------------+-------------------------------+
 *  |       event count (u32)       |   kernel thread id (u32)      |  96
 *  +-------------------------------+---------------+---------------+
 *  |          ring (u32)           |  epoch (u16)  | hdr len (u16) | 104
 *  +-------------------------------+---------------+---------------+
 *  |                    Java thread id (u64)                       | 112
 *  +-------------------------------+-------------------------------+
 *  |   generation of slot (u32)    |        reserved (u32)         | 120
 *  +-------------------------------+-------------------------------+
 * </pre>
 * Later versions append fields and grow the header length; readers skip what they do not know by that length.
 */
public final class PacketHeaderDescriptor {
    /** Value of {@link #MAGIC_OFFSET}, fixed by CTF 1.8. */
    public static final int MAGIC = 0xC1FC1FC1;

    public static final int MAGIC_OFFSET = 0;
    public static final int STREAM_ID_OFFSET = MAGIC_OFFSET + Integer.BYTES;
    public static final int TARGET_ID_OFFSET = STREAM_ID_OFFSET + Integer.BYTES;
    public static final int TIMESTAMP_BEGIN_OFFSET = TARGET_ID_OFFSET + TargetId.LENGTH;
    public static final int TIMESTAMP_END_OFFSET = TIMESTAMP_BEGIN_OFFSET + Long.BYTES;
    public static final int CONTENT_SIZE_OFFSET = TIMESTAMP_END_OFFSET + Long.BYTES;
    public static final int PACKET_SIZE_OFFSET = CONTENT_SIZE_OFFSET + Long.BYTES;
    public static final int SEQUENCE_OFFSET = PACKET_SIZE_OFFSET + Long.BYTES;
    public static final int EVENTS_DISCARDED_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
    public static final int BEGIN_POSITION_OFFSET = EVENTS_DISCARDED_OFFSET + Long.BYTES;
    public static final int EVENTS_BEFORE_OFFSET = BEGIN_POSITION_OFFSET + Long.BYTES;
    public static final int OVERWRITTEN_OFFSET = EVENTS_BEFORE_OFFSET + Long.BYTES;
    public static final int EVENT_COUNT_OFFSET = OVERWRITTEN_OFFSET + Long.BYTES;
    public static final int TID_OFFSET = EVENT_COUNT_OFFSET + Integer.BYTES;
    public static final int RING_OFFSET = TID_OFFSET + Integer.BYTES;
    public static final int EPOCH_OFFSET = RING_OFFSET + Integer.BYTES;
    public static final int HEADER_LENGTH_OFFSET = EPOCH_OFFSET + Short.BYTES;
    public static final int JAVA_THREAD_ID_OFFSET = HEADER_LENGTH_OFFSET + Short.BYTES;
    public static final int GENERATION_OFFSET = JAVA_THREAD_ID_OFFSET + Long.BYTES;
    public static final int RESERVED_OFFSET = GENERATION_OFFSET + Integer.BYTES;

    /** Bytes of the header as this version writes it. */
    public static final int LENGTH = RESERVED_OFFSET + Integer.BYTES;

    private PacketHeaderDescriptor() {
    }

    /** Bits of a header of this version and of the given number of content bytes, as the two size fields count them. */
    public static long packetBits(final long contentLength) {
        return (LENGTH + contentLength) * Byte.SIZE;
    }
}
