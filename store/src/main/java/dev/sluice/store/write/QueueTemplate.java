// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.os.FileCalls;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.agrona.BufferUtil;

/**
 * The files of a new queue as Chronicle has made them, to be made again for each further segment: so a rotation maps
 * nothing, starts nothing, and leaves nothing behind in memory. A queue's files say nothing of where they are, so a
 * copy is a queue of its own. Immutable once it was made.
 */
final class QueueTemplate {
    private final NewQueueFile queue;
    private final Map<String, byte[]> files = new LinkedHashMap<>();

    /**
     * Reads the files of a new queue.
     *
     * @throws dev.sluice.store.os.FileCallException if they cannot be read
     */
    QueueTemplate(final SegmentFolder folder, final NewQueueFile queue) {
        this.queue = queue;
        for (final String name : folder.names()) {
            final int fd = folder.openFile(name);
            try {
                files.put(name, read(fd, name.equals(queue.name()) ? queue.end() : FileCalls.status(fd).size()));
            } finally {
                FileCalls.closeDescriptor(fd);
            }
        }
    }

    private static byte[] read(final int fd, final long length) {
        final ByteBuffer buffer = BufferUtil.allocateDirectAligned((int) length, Long.BYTES);
        final long address = BufferUtil.address(buffer);
        long read = 0;
        long count = 1;
        while (read < length && count > 0) {
            count = FileCalls.read(fd, address + read, length - read, read);
            read += count;
        }
        return Memory.getBytes(address, (int) read);
    }

    /** The queue's file, with the first document in it. */
    NewQueueFile queue() {
        return queue;
    }

    /** Bytes of all files. */
    long length() {
        return files.values().stream().mapToLong(bytes -> bytes.length).sum();
    }

    /**
     * Makes the files in another folder.
     *
     * @throws dev.sluice.store.os.FileCallException if the disk is full, or fails
     */
    void copyTo(final SegmentFolder folder) {
        files.forEach((name, bytes) -> {
            final int fd = folder.makeFile(name);
            try {
                write(fd, bytes);
            } finally {
                FileCalls.closeDescriptor(fd);
            }
        });
    }

    private static void write(final int fd, final byte[] bytes) {
        final ByteBuffer buffer = BufferUtil.allocateDirectAligned(Math.max(1, bytes.length), Long.BYTES);
        final long address = BufferUtil.address(buffer);
        Memory.putBytes(address, bytes, 0, bytes.length);
        for (long written = 0; written < bytes.length;) {
            written += FileCalls.write(fd, address + written, bytes.length - written, written);
        }
    }
}
