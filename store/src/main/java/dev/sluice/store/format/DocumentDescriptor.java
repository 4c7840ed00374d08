// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

/**
 * Layout of one document of a trace: a head, the payload, and padding that keeps the next payload 8-aligned in its
 * file. Little-endian.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |       document length, head and padding included (u32)        |   0
 *  +-------------------------------+-------------------------------+
 *  |     {@link DocumentKind} (u16)        |      target index (u16)       |   4
 *  +-------------------------------+-------------------------------+
 *  |                 CRC32C of the payload (u32)                   |   8
 *  +---------------------------------------------------------------+
 *  |                payload length, bytes (u32)                    |  12
 *  +---------------------------------------------------------------+
 *  |                            payload                            |  16
 *  +---------------------------------------------------------------+
 * </pre>
 * In its Chronicle Queue file each document follows a 4-byte length word, so lengths are 4 modulo 8.
 */
public final class DocumentDescriptor {
    /** Version of all documents' layout, stored in the trace document. Readers refuse another version. */
    public static final int FORMAT_VERSION = 1;

    public static final int LENGTH_OFFSET = 0;
    public static final int KIND_OFFSET = LENGTH_OFFSET + Integer.BYTES;
    public static final int TARGET_OFFSET = KIND_OFFSET + Short.BYTES;
    public static final int CRC_OFFSET = TARGET_OFFSET + Short.BYTES;
    public static final int PAYLOAD_LENGTH_OFFSET = CRC_OFFSET + Integer.BYTES;
    /** Where the payload begins: bytes of the head. */
    public static final int PAYLOAD_OFFSET = PAYLOAD_LENGTH_OFFSET + Integer.BYTES;

    /** Bytes of the length word that the queue puts before each document. */
    public static final int QUEUE_WORD_LENGTH = Integer.BYTES;
    /** Greatest payload: a whole schema log with room to spare. Packets are much smaller. */
    public static final int MAX_PAYLOAD_LENGTH = 8 << 20;
    /** Greatest payload of a kind that does not grow with the traced program; writers stay far below it. */
    public static final int MAX_SMALL_PAYLOAD_LENGTH = (1 << 20) + 4096;
    /** Greatest document, head and padding included. */
    public static final int MAX_LENGTH = PAYLOAD_OFFSET + MAX_PAYLOAD_LENGTH + Long.BYTES;
    /** Targets of one trace. */
    public static final int MAX_TARGETS = 65_535;
    /** Target index of documents that belong to no target. */
    public static final int NO_TARGET = 0xFFFF;

    private DocumentDescriptor() {
    }
}
