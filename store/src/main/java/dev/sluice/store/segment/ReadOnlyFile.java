// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import dev.sluice.store.format.TraceStoreException;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.agrona.BufferUtil;

/**
 * A regular file that is read by pread into memory of our own. Whoever may write to the file may truncate or change it
 * at any time: of a mapping that would end the JVM, or change what was checked already.
 * <p>
 * Immutable: any thread. There is nothing to close: the descriptor goes with the last reference to this object. An
 * interrupt of a reading thread does not close it, as it would one of the JDK's channels.
 */
final class ReadOnlyFile {
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int SEEK_DATA = 3;
    private static final int EINTR = 4;
    private static final int ENXIO = 6;
    private static final Cleaner CLEANER = Cleaner.create();

    static {
        Native.register(ReadOnlyFile.class, Platform.C_LIBRARY_NAME);
    }

    private final Path file;
    private final int fd;
    private final long length;

    /**
     * Opens a file.
     *
     * @throws TraceStoreException if it is none, or may not be read
     */
    ReadOnlyFile(final Path file) {
        this.file = file;
        try {
            final BasicFileAttributes named =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            requireRegular(named);
            // Without waiting: it may have become a pipe since.
            fd = open(file.toString(), O_NONBLOCK | O_CLOEXEC);
            CLEANER.register(this, closer(fd));
            final BasicFileAttributes opened =
                Files.readAttributes(Path.of("/proc/self/fd/" + fd), BasicFileAttributes.class);
            requireRegular(opened);
            if (named.fileKey() != null && !named.fileKey().equals(opened.fileKey())) {
                throw new TraceStoreException("the trace's file was replaced while it was opened: file=" + file);
            }
            length = opened.size();
        } catch (final IOException | LastErrorException e) {
            throw new TraceStoreException("cannot open the trace's file: file=" + file + ": " + e.getMessage()
                + "; read it as a user who may", e);
        }
    }

    /** Refers to the descriptor alone: what refers to the object keeps it from being collected. */
    private static Runnable closer(final int descriptor) {
        return () -> close(descriptor);
    }

    private void requireRegular(final BasicFileAttributes attributes) {
        if (!attributes.isRegularFile()) {
            throw new TraceStoreException("not a regular file: file=" + file + " is a "
                + (attributes.isSymbolicLink() ? "symbolic link" : attributes.isDirectory() ? "directory"
                : "pipe, socket or device") + "; a trace's file is none of these");
        }
    }

    private static native int open(String path, int flags) throws LastErrorException;

    private static native long pread(int fd, long address, long length, long offset) throws LastErrorException;

    private static native long lseek(int fd, long offset, int whence) throws LastErrorException;

    private static native int close(int fd);

    /**
     * Reads bytes.
     *
     * @param buffer direct; where to from its position on, which stays
     * @return how many: less than wanted at the end of the file, which may have been truncated since it was opened
     */
    int read(final ByteBuffer buffer, final long offset, final int wanted) {
        final long address = BufferUtil.address(buffer) + buffer.position();
        int read = 0;
        while (read < wanted) {
            try {
                final long count = pread(fd, address + read, wanted - read, offset + read);
                if (count <= 0) {
                    break;
                }
                read += (int) count;
            } catch (final LastErrorException e) {
                if (e.getErrorCode() != EINTR) {
                    throw new TraceStoreException("pread failed: file=" + file + " offset=" + offset + ": "
                        + e.getMessage() + "; its disk fails, or is gone", e);
                }
            }
        }
        java.lang.ref.Reference.reachabilityFence(this);
        return read;
    }

    /** The first offset at or behind another that is not in a hole, or -1 if only a hole follows. */
    long nextData(final long offset) {
        try {
            return lseek(fd, offset, SEEK_DATA);
        } catch (final LastErrorException e) {
            // Where the file system knows no holes, all is data.
            return e.getErrorCode() == ENXIO ? -1 : offset;
        } finally {
            java.lang.ref.Reference.reachabilityFence(this);
        }
    }

    Path file() {
        return file;
    }

    /** Bytes when it was opened. */
    long length() {
        return length;
    }
}
