// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.store.format.TraceStoreException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
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
    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer = NONE;
    /** The same memory, for the checksum to move about in. */
    private ByteBuffer window = NONE;
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
            // Only this memory is short, which the size of the trace decides: the JVM is as sound as before.
            throw new TraceStoreException("too little memory: a packet of every ring is read at a time: file="
                + file.file() + " bytes=" + length + "; give Java more (-XX:MaxDirectMemorySize, or -Xmx)", e);
        }
    }

    /**
     * The CRC32C of bytes that are loaded.
     *
     * @param address     of the first, as {@link #load} has given it, or behind that
     * @param lengthBytes all of them loaded
     */
    int checksum(final long address, final int lengthBytes) {
        final int offset = (int) (address - BufferUtil.address(buffer));
        window.limit(offset + lengthBytes).position(offset);
        crc.reset();
        crc.update(window);
        return (int) crc.getValue();
    }

    /** Forgets what was read: the file may have grown or changed since. */
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
