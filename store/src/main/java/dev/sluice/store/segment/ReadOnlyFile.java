// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.store.format.TraceStoreException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A regular file that is read into private memory. Somebody who may write to the file may truncate or change it at any
 * time. With a mapping, that would end the JVM or change bytes that were checked already.
 * <p> Any thread may read. There is nothing to close: the descriptor is closed after the last reference to the object
 * is gone, or by {@link #release} before. An interrupt of a reading thread ends neither the reading nor the use of the
 * file by other threads.
 */
public interface ReadOnlyFile {
    /**
     * Opens a file in the safest way that the class path allows; see {@link FileOpener}.
     *
     * @throws TraceStoreException if it is not a regular file, or may not be read
     */
    static ReadOnlyFile open(final Path file) {
        return ChosenOpener.OPENER.open(file);
    }

    /**
     * Reads bytes.
     *
     * @param buffer a direct buffer; the bytes are put at its position, which does not change
     * @return the number of bytes read; less than wanted at the end of the file, which may have been truncated since it
     *         was opened
     * @throws TraceStoreException if the disk fails
     */
    int read(ByteBuffer buffer, long offset, int wanted);

    /** The first offset, from the given one on, that is not in a hole of the file; or -1 if only a hole follows. */
    long nextData(long offset);

    /** Closes the descriptor, when no thread reads any more: reading fails from now on. Idempotent. */
    void release();

    /** The path of the file, for messages. */
    Path file();

    /** Length of the file in bytes when it was opened. */
    long length();

    /**
     * Length of the file in bytes by now. A file that was removed since it was opened still has its length.
     *
     * @throws TraceStoreException if it cannot be told, as after {@link #release}
     */
    long lengthNow();

    /**
     * Refuses what is not a regular file.
     *
     * @throws TraceStoreException that says what it is instead
     */
    static void requireRegular(final Path file, final BasicFileAttributes attributes) {
        if (!attributes.isRegularFile()) {
            throw new TraceStoreException("not a regular file: file=" + file + " is a "
                + (attributes.isSymbolicLink() ? "symbolic link" : attributes.isDirectory() ? "directory"
                : "pipe, socket or device") + "; a trace's file is none of these");
        }
    }
}
