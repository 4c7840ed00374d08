// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.store.format.DocumentDescriptor;

/**
 * Layout of the index of a queue file. The index has what one walk through the file finds, so that the next reader need
 * not walk. It lies beside the file, under the file's name with {@link #SUFFIX}. Little-endian.
 * <pre>
 *  +---------------------------------------------------------------+
 *  |                          magic (u64)                          |   0
 *  +-------------------------------+-------------------------------+
 *  |         version (u32)         | CRC32C of all after it (u32)  |   8
 *  +-------------------------------+-------------------------------+
 *  |            length of the queue file, bytes (u64)              |  16
 *  +---------------------------------------------------------------+
 *  |       when the queue file was changed last, ns (u64)          |  24
 *  +---------------------------------------------------------------+
 *  |                   number of documents (u64)                   |  32
 *  +---------------------------------------------------------------+
 *  |                   documents, one after another                |  40
 *  +---------------------------------------------------------------+
 * </pre>
 * The entry of a document has its offset in the queue file (u64) and its head (16 bytes). If the document is a packet
 * that has a header, the first 128 bytes of the payload follow.
 */
final class SegmentIndexDescriptor {
    /** The index has the name of the queue file with this ending. */
    static final String SUFFIX = ".index";
    static final long MAGIC = 0x5845_4449_4355_4C53L;
    /** An index of another version is ignored and written anew. */
    static final int VERSION = 1;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int CRC_OFFSET = VERSION_OFFSET + Integer.BYTES;
    static final int FILE_LENGTH_OFFSET = CRC_OFFSET + Integer.BYTES;
    static final int FILE_TIME_OFFSET = FILE_LENGTH_OFFSET + Long.BYTES;
    static final int COUNT_OFFSET = FILE_TIME_OFFSET + Long.BYTES;
    static final int LENGTH = COUNT_OFFSET + Long.BYTES;

    /** Bytes of an entry that every document has. */
    static final int ENTRY_LENGTH = Long.BYTES + DocumentDescriptor.PAYLOAD_OFFSET;
    /** Further bytes of an entry if the document is a packet. */
    static final int PACKET_LENGTH = PacketHeaderDescriptor.LENGTH;
    /** A file with fewer documents than this is read as fast without an index. */
    static final int LEAST_DOCUMENTS = 1_024;
    /** A larger index is neither written nor read, because it would take too much of the reader's memory. */
    static final int MOST_BYTES = 64 << 20;

    private SegmentIndexDescriptor() {
    }
}
