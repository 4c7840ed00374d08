// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import java.nio.ByteBuffer;
import org.agrona.BufferUtil;

/**
 * A piece of a file in memory, which nobody else can change. Keeps the alignment that the bytes have in the file. For
 * one thread.
 */
public final class DocumentBuffer {
    private static final ByteBuffer NONE = BufferUtil.allocateDirectAligned(Long.BYTES, Long.BYTES);
    /** Room behind the piece, so that a load of a whole word at its end stays inside. */
    private static final int MARGIN = 2 * Long.BYTES;

    private final int leastRead;
    private ByteBuffer buffer = NONE;
    private ReadOnlyFile file;
    private long begin;
    private long end;

    /**
     * An empty buffer.
     *
     * @param leastRead bytes that are read at once at least, for whoever reads on from there
     */
    public DocumentBuffer(final int leastRead) {
        this.leastRead = leastRead;
    }

    /**
     * Makes bytes of a file available.
     *
     * @return their address until the next call, or 0 if the file ends before
     */
    long load(final ReadOnlyFile newFile, final long offset, final int length) {
        if (newFile != file || offset < begin || offset + length > end) {
            read(newFile, offset, Math.max(length, leastRead));
        }
        return offset + length <= end ? BufferUtil.address(buffer) + (begin & Long.BYTES - 1) + (offset - begin) : 0;
    }

    private void read(final ReadOnlyFile newFile, final long offset, final int length) {
        final int shift = (int) (offset & Long.BYTES - 1);
        if (buffer.capacity() < shift + length + MARGIN) {
            buffer = BufferUtil.allocateDirectAligned(Math.max(length + Long.BYTES + MARGIN, 64), Long.BYTES);
        }
        buffer.clear().position(shift);
        file = newFile;
        begin = offset;
        end = offset + newFile.read(buffer, offset, length);
    }

    /** Forgets what was read: the file may have grown or changed since. */
    void forget() {
        end = begin;
    }

    /** Gives the memory back. */
    public void free() {
        buffer = NONE;
        forget();
    }
}
