// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCalls;
import dev.sluice.store.text.FileText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder of a segment, held open. Its files are reached through its descriptor, whatever the folder is called by
 * now. For one thread at a time. Closing is idempotent.
 */
final class SegmentFolder implements AutoCloseable {
    private static final int FILE_MODE = 0600;
    private static final int CLOSED = -1;

    private int fd;

    /** Takes over a folder's descriptor. */
    SegmentFolder(final int fd) {
        this.fd = fd;
    }

    int fd() {
        return fd;
    }

    /** A path to the folder that holds even if directories are renamed, for as long as this object is open. */
    Path held() {
        return held(fd);
    }

    static Path held(final int directory) {
        return Path.of("/proc/self/fd/" + directory);
    }

    /** Opens a file that is there. The caller owns the descriptor. */
    int openFile(final String name) {
        return FileCalls.open(fd, name, FileCalls.O_RDWR | FileCalls.O_NOFOLLOW);
    }

    /** Makes a file that is not there yet. The caller owns the descriptor. */
    int makeFile(final String name) {
        return FileCalls.create(fd, name, FILE_MODE);
    }

    /** Gives access to the files to their owner alone. */
    void protectFiles() {
        for (final String name : names()) {
            final int file = openFile(name);
            try {
                FileCalls.changeMode(file, FILE_MODE);
            } finally {
                FileCalls.closeDescriptor(file);
            }
        }
    }

    /** Names of the files. */
    List<String> names() {
        return names(fd);
    }

    /** Names of what is in a directory. */
    static List<String> names(final int directory) {
        try (Stream<Path> entries = Files.list(held(directory))) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        } catch (final IOException e) {
            throw new TraceStoreException("cannot list the trace's files: " + FileText.of(e)
                + "; what was appended before stays readable", e);
        }
    }

    /** Removes the files; the folder stays, empty. */
    void removeFiles() {
        for (final String name : names()) {
            FileCalls.remove(fd, name, false);
        }
    }

    @Override
    public void close() {
        if (fd != CLOSED) {
            FileCalls.closeDescriptor(fd);
            fd = CLOSED;
        }
    }
}
