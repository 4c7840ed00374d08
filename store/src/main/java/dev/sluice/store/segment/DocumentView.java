// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import java.util.Locale;

/**
 * A flyweight over one stored document, which is read into private memory. It is valid during the callback that it is
 * passed to. For one thread.
 * <p> What the head says is kept from when the view moves to the document. So it is known also when the file becomes
 * short after that, and a file that changes cannot make a document another one.
 */
public final class DocumentView {
    /** What is wrong if the file has become too short for a document. */
    public static final String TRUNCATED = "the file was truncated while it was read";

    private long number;
    private long offset;
    /** Of the bytes that were loaded last; 0 if they are there no more. */
    private long address;
    private int lengthBytes;
    private int kindCode;
    private int target;
    private int payloadLength;
    private SegmentFile segment;
    private DocumentBuffer buffer;
    /** Address of the document's first bytes, if they are known from elsewhere and are not to be read again. */
    private long knownAddress;
    private int knownLength;

    public DocumentView() {
    }

    /** Moves to a document of which only the head is loaded. Returns false if the file has become too short. */
    public boolean move(final SegmentFile newSegment, final DocumentBuffer newBuffer, final long newOffset,
        final int newLengthBytes) {
        segment = newSegment;
        buffer = newBuffer;
        offset = newOffset;
        lengthBytes = newLengthBytes;
        number = -1;
        knownLength = 0;
        kindCode = 0;
        target = DocumentDescriptor.NO_TARGET;
        payloadLength = 0;
        if (!load(DocumentDescriptor.PAYLOAD_OFFSET)) {
            return false;
        }
        keepHead();
        return true;
    }

    private void keepHead() {
        kindCode = kindAt(address);
        target = targetAt(address);
        payloadLength = payloadLengthAt(address);
    }

    private static int kindAt(final long head) {
        return Short.toUnsignedInt(Memory.getShort(head + DocumentDescriptor.KIND_OFFSET));
    }

    private static int targetAt(final long head) {
        return Short.toUnsignedInt(Memory.getShort(head + DocumentDescriptor.TARGET_OFFSET));
    }

    private static int payloadLengthAt(final long head) {
        return Memory.getInt(head + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET);
    }

    /**
     * Moves to a document whose first bytes are known, and which are not read again.
     *
     * @param newKnownAddress address of a copy of these bytes, valid as long as the document is looked at
     * @param newKnownLength  number of these bytes, at least the head
     */
    DocumentView known(final SegmentFile newSegment, final DocumentBuffer newBuffer, final long newOffset,
        final int newLengthBytes, final long newKnownAddress, final int newKnownLength) {
        segment = newSegment;
        buffer = newBuffer;
        offset = newOffset;
        lengthBytes = newLengthBytes;
        number = -1;
        knownAddress = newKnownAddress;
        knownLength = newKnownLength;
        address = newKnownAddress;
        keepHead();
        return this;
    }

    public void numbered(final long newNumber) {
        number = newNumber;
    }

    /** Loads the first bytes of the document. Returns false if the file ends before the last of them. */
    public boolean load(final int length) {
        if (length <= knownLength) {
            address = knownAddress;
            return true;
        }
        address = buffer.load(segment.source(), offset, length);
        return address != 0;
    }

    /** Whether the bytes that were loaded last are still there. */
    public boolean isLoaded() {
        return address != 0;
    }

    /** Returns what is wrong with the head, which must be loaded, or null. */
    String headProblem() {
        if (lengthBytes < DocumentDescriptor.PAYLOAD_OFFSET) {
            return "length=" + lengthBytes + " is less than a document's head";
        }
        final int stated = Memory.getInt(loaded() + DocumentDescriptor.LENGTH_OFFSET);
        final long padding = (long) lengthBytes - DocumentDescriptor.PAYLOAD_OFFSET - payloadLength;
        return stated != lengthBytes || payloadLength < 0 || padding < 0 || padding >= Long.BYTES
            ? "lengths do not fit together: queue=" + lengthBytes + " document=" + stated + " payload="
            + payloadLength : null;
    }

    /** Loads the payload and compares it with its checksum. Returns what is wrong, or null. */
    public String payloadProblem() {
        if (!load(lengthBytes)) {
            return TRUNCATED;
        }
        // The file may have been changed after the head was kept.
        if (payloadLength < 0 || payloadLength > lengthBytes - DocumentDescriptor.PAYLOAD_OFFSET
            || kindAt(address) != kindCode || targetAt(address) != target
            || payloadLengthAt(address) != payloadLength) {
            return knownLength == 0 ? "the file has changed while it was read"
                : "not the document that the index beside the file names; remove the index";
        }
        return buffer.checksum(payloadAddress(), payloadLength)
            == Memory.getInt(address + DocumentDescriptor.CRC_OFFSET) ? null : "checksum differs";
    }

    public TraceDamage damage(final String problem) {
        return new TraceDamage(segment.file(), offset, number,
            kind() == null ? "kind " + kindCode() : kind().name().toLowerCase(Locale.ROOT),
            target() == DocumentDescriptor.NO_TARGET ? -1 : target(), -1, 0, 0, problem);
    }

    /** "document 3 (PACKET) of FILE", for messages. */
    public String describe() {
        return "document " + number + " (" + (kind() == null ? "kind " + kindCode() : kind().name()) + ") of "
            + segment.file();
    }

    public byte[] payload() {
        return Memory.getBytes(payloadAddress(), payloadLength);
    }

    public long offset() {
        return offset;
    }

    public int kindCode() {
        return kindCode;
    }

    /** Number of the document in the trace, from 0. */
    public long number() {
        return number;
    }

    /** The kind of the document, or null if this version does not know it. */
    public DocumentKind kind() {
        return DocumentKind.ofCode(kindCode);
    }

    /** Index of the document's target, or {@link DocumentDescriptor#NO_TARGET}. */
    public int target() {
        return target;
    }

    /**
     * Address of the payload, in memory that nobody changes; for reading only, and as far as it is loaded.
     *
     * @throws IllegalStateException if nothing is
     */
    public long payloadAddress() {
        return loaded() + DocumentDescriptor.PAYLOAD_OFFSET;
    }

    private long loaded() {
        if (address == 0) {
            throw new IllegalStateException("not loaded: document at=" + offset + " of " + segment.file());
        }
        return address;
    }

    /** Length of the payload in bytes. */
    public int payloadLength() {
        return payloadLength;
    }
}
