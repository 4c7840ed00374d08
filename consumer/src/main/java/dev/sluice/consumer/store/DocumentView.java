// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import dev.sluice.ring.Memory;

/**
 * Flyweight over one stored document, valid during the callback that it is passed to. For one thread.
 */
public final class DocumentView {
    private long number;
    private long address;
    private int lengthBytes;
    /** Keeps the mapping alive. */
    private SegmentFile segment;

    DocumentView() {
    }

    DocumentView wrap(final SegmentFile newSegment, final long offset, final int newLengthBytes,
        final long newNumber) {
        segment = newSegment;
        address = newSegment.address(offset);
        lengthBytes = newLengthBytes;
        number = newNumber;
        return this;
    }

    /** Checks what the head says; the payload's checksum is a call of its own. */
    void checkHead() {
        if (lengthBytes < DocumentDescriptor.PAYLOAD_OFFSET) {
            throw damaged("length=" + lengthBytes + " is less than a document's head");
        }
        final int stated = Memory.getInt(address + DocumentDescriptor.LENGTH_OFFSET);
        final long padding = (long) lengthBytes - DocumentDescriptor.PAYLOAD_OFFSET - payloadLength();
        if (stated != lengthBytes || payloadLength() < 0 || padding < 0 || padding >= Long.BYTES) {
            throw damaged("lengths do not fit together: queue=" + lengthBytes + " document=" + stated + " payload="
                + payloadLength());
        }
    }

    /** Compares the payload with its checksum. */
    void checkPayload(final Crc32cOfMemory crc) {
        if (!isIntact(crc)) {
            throw damaged("checksum differs");
        }
    }

    /** Whether the payload has its checksum. */
    boolean isIntact(final Crc32cOfMemory crc) {
        return crc.of(payloadAddress(), payloadLength()) == Memory.getInt(address + DocumentDescriptor.CRC_OFFSET);
    }

    /** An error about this document. */
    TraceStoreException damaged(final String problem) {
        return new TraceStoreException(describe() + ": " + problem);
    }

    TraceStoreException damaged(final RuntimeException cause) {
        return new TraceStoreException(describe() + ": " + cause.getMessage(), cause);
    }

    private String describe() {
        final String kind = lengthBytes < DocumentDescriptor.PAYLOAD_OFFSET ? "no kind"
            : kind() == null ? "kind " + kindCode() : kind().name();
        return "document " + number + " (" + kind + ") of " + segment.file();
    }

    byte[] payload() {
        return Memory.getBytes(payloadAddress(), payloadLength());
    }

    int kindCode() {
        return Short.toUnsignedInt(Memory.getShort(address + DocumentDescriptor.KIND_OFFSET));
    }

    /** Number of the document in the trace, from 0. */
    public long number() {
        return number;
    }

    /** Its kind, or null for one that this version does not know. */
    public DocumentKind kind() {
        return DocumentKind.ofCode(kindCode());
    }

    /** Index of its target, or {@link DocumentDescriptor#NO_TARGET}. */
    public int target() {
        return Short.toUnsignedInt(Memory.getShort(address + DocumentDescriptor.TARGET_OFFSET));
    }

    /** Where the payload is mapped, for reading only. */
    public long payloadAddress() {
        return address + DocumentDescriptor.PAYLOAD_OFFSET;
    }

    /** Bytes of the payload. */
    public int payloadLength() {
        return Memory.getInt(address + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET);
    }
}
