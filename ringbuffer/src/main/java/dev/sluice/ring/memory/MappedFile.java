// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import org.agrona.BufferUtil;

/**
 * A shared mapping of a file in pieces of at most 1 GiB, made when first asked for or all at once. Any thread; a piece
 * stays mapped as long as this object is reachable (Java unmaps when it is collected), so whoever holds addresses holds
 * this too.
 */
public final class MappedFile {
    /** Longest mapping. */
    public static final long PIECE_LENGTH = 1L << 30;

    private final FileChannel channel;
    private final FileChannel.MapMode mode;
    private final long lengthBytes;
    private final MappedByteBuffer[] pieces;

    /**
     * Prepares the mapping; nothing is mapped yet.
     *
     * @param channel     open for reading, and for writing if it is to be written; stays the caller's
     * @param mode        READ_ONLY or READ_WRITE
     * @param lengthBytes length of the file; what is touched must not lie behind its end
     */
    public MappedFile(final FileChannel channel, final FileChannel.MapMode mode, final long lengthBytes) {
        this.channel = channel;
        this.mode = mode;
        this.lengthBytes = lengthBytes;
        this.pieces = new MappedByteBuffer[
            Math.toIntExact((lengthBytes + PIECE_LENGTH - 1) / PIECE_LENGTH)];
    }

    /** Length of the file. */
    public long lengthBytes() {
        return lengthBytes;
    }

    /**
     * Address of a range, which must not cross a multiple of 1 GiB.
     *
     * @throws IOException               if the kernel refuses the mapping
     * @throws IndexOutOfBoundsException if the range is not inside the file and inside one piece
     */
    public synchronized long address(final long offset, final long rangeBytes) throws IOException {
        final long inPiece = offset & PIECE_LENGTH - 1;
        if (offset < 0 || rangeBytes < 0 || rangeBytes > lengthBytes - offset
            || inPiece + rangeBytes > PIECE_LENGTH) {
            throw new IndexOutOfBoundsException(
                "range outside a piece: offset=" + offset + " length=" + rangeBytes + " file=" + lengthBytes);
        }
        final int piece = (int) (offset / PIECE_LENGTH);
        if (pieces[piece] == null) {
            final long begin = piece * PIECE_LENGTH;
            pieces[piece] = map(begin, Math.min(PIECE_LENGTH, lengthBytes - begin));
        }
        return BufferUtil.address(pieces[piece]) + inPiece;
    }

    /**
     * Maps all pieces. Mapping makes the file as long as it is to be; after this call the file may be made shorter, as
     * long as nothing behind its end is touched.
     *
     * @throws IOException if the kernel refuses a mapping, as it does where address space is limited; some pieces may
     *     be mapped then
     */
    public synchronized void mapAll() throws IOException {
        for (long begin = 0; begin < lengthBytes; begin += PIECE_LENGTH) {
            address(begin, 0);
        }
    }

    /**
     * The first piece as a buffer, which keeps the mapping by itself: for what must not hold this object.
     *
     * @throws IOException if the kernel refuses the mapping
     */
    public synchronized ByteBuffer view() throws IOException {
        address(0, 0);
        return pieces[0].duplicate();
    }

    /** A channel closes for good when an interrupted thread uses it, and application threads may be interrupted. */
    private MappedByteBuffer map(final long begin, final long pieceLength) throws IOException {
        final boolean isInterrupted = Thread.interrupted();
        try {
            return channel.map(mode, begin, pieceLength);
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
