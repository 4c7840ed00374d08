// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.store.format.TraceStoreException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A regular file that is read into memory of our own. Whoever may write to the file may truncate or change it at any
 * time: of a mapping that would end the JVM, or change what was checked already.
 * <p>
 * Any thread may read. There is nothing to close: the descriptor goes with the last reference to the object. An
 * interrupt of a reading thread ends neither the reading nor the use of the file by others.
 */
public interface ReadOnlyFile {
    /**
     * Opens a file, in the safest way that the class path allows: {@link FileOpener}.
     *
     * @throws TraceStoreException if it is none, or may not be read
     */
    static ReadOnlyFile open(final Path file) {
        return ChosenOpener.OPENER.open(file);
    }

    /**
     * Reads bytes.
     *
     * @param buffer direct; where to from its position on, which stays
     * @return how many: less than wanted at the end of the file, which may have been truncated since it was opened
     * @throws TraceStoreException if the disk fails
     */
    int read(ByteBuffer buffer, long offset, int wanted);

    /** The first offset at or behind another that is not in a hole, or -1 if only a hole follows. */
    long nextData(long offset);

    /** Where it is, for people. */
    Path file();

    /** Bytes when it was opened. */
    long length();

    /**
     * Refuses what is not a regular file.
     *
     * @throws TraceStoreException that says what it is
     */
    static void requireRegular(final Path file, final BasicFileAttributes attributes) {
        if (!attributes.isRegularFile()) {
            throw new TraceStoreException("not a regular file: file=" + file + " is a "
                + (attributes.isSymbolicLink() ? "symbolic link" : attributes.isDirectory() ? "directory"
                : "pipe, socket or device") + "; a trace's file is none of these");
        }
    }
}
