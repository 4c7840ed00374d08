// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.os.Crc32cOfMemory;
import dev.sluice.store.os.FileCalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.agrona.BufferUtil;

/**
 * The end of a queue's file, where documents are appended by two calls: what the document holds, and a zero in the
 * place of the length word that comes behind it; then its own length word, which makes it valid. So a reader at any
 * moment, and one after the death of this process at any moment, finds documents that are whole and a zero behind
 * them. For one thread.
 */
final class DocumentFile {
    private static final int WORD = DocumentDescriptor.QUEUE_WORD_LENGTH;
    /** At most so many zeros follow a payload: those that align the next document, and the next length word. */
    private static final int MOST_ZEROS = Long.BYTES + WORD;
    private static final int PIECES = 3;
    private static final int PIECE_LENGTH = 2 * Long.BYTES;

    private static final int HEAD_AT = PIECES * PIECE_LENGTH;
    private static final int ZEROS_AT = HEAD_AT + DocumentDescriptor.PAYLOAD_OFFSET;
    private static final int WORD_AT = ZEROS_AT + MOST_ZEROS;
    private static final int SCRATCH_LENGTH = WORD_AT + WORD;

    private final int fd;
    private final Crc32cOfMemory crc = new Crc32cOfMemory();
    private final ByteBuffer scratch =
        BufferUtil.allocateDirectAligned(SCRATCH_LENGTH, Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final long vectors = BufferUtil.address(scratch);
    /** Holds payloads that are arrays. */
    private ByteBuffer copy = BufferUtil.allocateDirectAligned(1 << 12, Long.BYTES);
    private long end;

    /**
     * For appending at the end of what is in the file.
     *
     * @param fd  stays the caller's
     * @param end offset of the first length word that is zero, 4 modulo 8
     */
    DocumentFile(final int fd, final long end) {
        this.fd = fd;
        this.end = end;
    }

    /** Offset of the next length word. */
    long end() {
        return end;
    }

    /** Bytes of the file that a document needs at most, with the length word behind it. */
    static long spanned(final int payloadLength) {
        return DocumentDescriptor.PAYLOAD_OFFSET + (long) payloadLength + MOST_ZEROS;
    }

    /** The bytes of a document that stands alone. */
    static byte[] document(final long offset, final DocumentKind kind, final int target, final byte[] payload) {
        final CRC32C crc = new CRC32C();
        crc.update(payload);
        final int length = lengthAt(offset, payload.length);
        final ByteBuffer whole = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        head(whole, 0, length, kind, target, (int) crc.getValue(), payload.length);
        return whole.put(DocumentDescriptor.PAYLOAD_OFFSET, payload).array();
    }

    private static void head(final ByteBuffer bytes, final int at, final int length, final DocumentKind kind,
        final int target, final int checksum, final int payloadLength) {
        bytes.putInt(at + DocumentDescriptor.LENGTH_OFFSET, length)
            .putShort(at + DocumentDescriptor.KIND_OFFSET, (short) kind.code())
            .putShort(at + DocumentDescriptor.TARGET_OFFSET, (short) target)
            .putInt(at + DocumentDescriptor.CRC_OFFSET, checksum)
            .putInt(at + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET, payloadLength);
    }

    /** The least length that holds the payload and puts the next document's payload at a multiple of 8. */
    private static int lengthAt(final long offset, final int payloadLength) {
        final int least = DocumentDescriptor.PAYLOAD_OFFSET + payloadLength;
        return least + (int) (-(offset + least + WORD) & Long.BYTES - 1);
    }

    /** Copies a payload to memory of this object, where it stays until the next call; returns its address. */
    long copy(final byte[] payload) {
        if (copy.capacity() < payload.length) {
            copy = BufferUtil.allocateDirectAligned(Integer.highestOneBit(payload.length) << 1, Long.BYTES);
        }
        final long address = BufferUtil.address(copy);
        Memory.putBytes(address, payload, 0, payload.length);
        return address;
    }

    /**
     * Appends a document, whose payload nobody changes meanwhile. The space for it is taken already.
     *
     * @throws dev.sluice.store.os.FileCallException if it cannot be written: then there is none
     */
    void append(final DocumentKind kind, final int target, final long address, final int length) {
        final long begin = end + WORD;
        final int documentLength = lengthAt(begin, length);
        head(scratch, HEAD_AT, documentLength, kind, target, crc.of(address, length), length);
        piece(0, vectors + HEAD_AT, DocumentDescriptor.PAYLOAD_OFFSET);
        piece(1, address, length);
        piece(2, vectors + ZEROS_AT, documentLength - DocumentDescriptor.PAYLOAD_OFFSET - length + WORD);
        writePieces(begin, documentLength + WORD);
        Memory.putInt(vectors + WORD_AT, documentLength);
        write(vectors + WORD_AT, WORD, end);
        end = begin + documentLength;
    }

    private void piece(final int index, final long address, final long length) {
        Memory.putLong(vectors + index * PIECE_LENGTH, address);
        Memory.putLong(vectors + index * PIECE_LENGTH + Long.BYTES, length);
    }

    private void writePieces(final long offset, final long length) {
        long written = FileCalls.writeTogether(fd, vectors, PIECES, offset);
        if (written == length) {
            return;
        }
        // The kernel has stopped in the middle, for a signal for example: the rest is written piece by piece.
        long begin = 0;
        for (int i = 0; i < PIECES; i++) {
            final long address = Memory.getLong(vectors + i * PIECE_LENGTH);
            final long pieceEnd = begin + Memory.getLong(vectors + i * PIECE_LENGTH + Long.BYTES);
            if (written < pieceEnd) {
                write(address + written - begin, pieceEnd - written, offset + written);
                written = pieceEnd;
            }
            begin = pieceEnd;
        }
    }

    private void write(final long address, final long length, final long offset) {
        for (long written = 0; written < length;) {
            written += FileCalls.write(fd, address + written, length - written, offset + written);
        }
    }
}
