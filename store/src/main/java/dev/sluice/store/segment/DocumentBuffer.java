// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.store.format.TraceStoreException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.agrona.BufferUtil;

/**
 * A copy of a piece of a file in private memory, which nobody else can change. The bytes have the same alignment as in
 * the file. For one thread.
 */
public final class DocumentBuffer {
    private static final ByteBuffer NONE = BufferUtil.allocateDirectAligned(Long.BYTES, Long.BYTES);
    /** Room after the piece, so that loading a whole word at its end stays inside the memory. */
    private static final int MARGIN = 2 * Long.BYTES;

    private final int leastRead;
    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer = NONE;
    /** A second view of the same memory, whose position the checksum moves. */
    private ByteBuffer window = NONE;
    private ReadOnlyFile file;
    private long begin;
    private long end;

    /**
     * Makes an empty buffer.
     *
     * @param leastRead the fewest bytes to read at once; a caller that continues to read right after them needs no new
     *                  read
     */
    public DocumentBuffer(final int leastRead) {
        this.leastRead = leastRead;
    }

    /**
     * Loads bytes of a file, unless they are loaded already.
     *
     * @return their address, valid until the next call; or 0 if the file ends before the last of them
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
            buffer = allocate(newFile, Math.max(length + Long.BYTES + MARGIN, 64));
            window = buffer.duplicate();
        }
        buffer.clear().position(shift);
        file = newFile;
        begin = offset;
        end = offset + newFile.read(buffer, offset, length);
    }

    private static ByteBuffer allocate(final ReadOnlyFile file, final int length) {
        try {
            return BufferUtil.allocateDirectAligned(length, Long.BYTES);
        } catch (final OutOfMemoryError e) {
            // Memory is short only for this trace, whose size asks for it. The JVM itself can go on.
            throw new TraceStoreException("too little memory: a packet of every ring is read at a time: file="
                + file.file() + " bytes=" + length + "; give Java more (-XX:MaxDirectMemorySize, or -Xmx)", e);
        }
    }

    /**
     * The CRC32C of loaded bytes.
     *
     * @param address     of the first byte: an address that {@link #load} has returned, or one after it
     * @param lengthBytes number of bytes; all of them must be loaded
     */
    int checksum(final long address, final int lengthBytes) {
        final int offset = (int) (address - BufferUtil.address(buffer));
        window.limit(offset + lengthBytes).position(offset);
        crc.reset();
        crc.update(window);
        return (int) crc.getValue();
    }

    /** Moves the content of another buffer into this one. The other buffer is empty afterwards. */
    void take(final DocumentBuffer other) {
        buffer = other.buffer;
        window = other.window;
        file = other.file;
        begin = other.begin;
        end = other.end;
        other.free();
    }

    /** Forgets what was read, because the file may have grown or changed since. */
    void forget() {
        end = begin;
    }

    /** Gives the memory back. */
    public void free() {
        buffer = NONE;
        window = NONE;
        forget();
    }
}
