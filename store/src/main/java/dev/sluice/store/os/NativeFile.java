// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.os;

import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.segment.ReadOnlyFile;
import dev.sluice.store.text.FileText;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.agrona.BufferUtil;

/**
 * A file that is read by pread. It is opened without following a link, without waiting and without a mapping, and what
 * was opened is compared with the name. Immutable: any thread. An interrupt of a reading thread does not close the
 * descriptor, as it would one of the JDK's channels.
 */
public final class NativeFile implements ReadOnlyFile {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Path file;
    private final int fd;
    private final long length;
    private final Cleaner.Cleanable closing;
    private volatile boolean isReleased;

    /**
     * Opens a file.
     *
     * @throws TraceStoreException if it is none, or may not be read
     */
    NativeFile(final Path file) {
        this.file = file;
        try {
            final BasicFileAttributes named =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            ReadOnlyFile.requireRegular(file, named);
            // Without waiting: it may have become a pipe since.
            // Absolute: the JVM may take its paths from elsewhere than the process does (-Duser.dir).
            fd = FileCalls.open(FileCalls.NO_DIRECTORY, file.toAbsolutePath().toString(), FileCalls.O_NONBLOCK);
            closing = CLEANER.register(this, closer(fd));
            final BasicFileAttributes opened =
                Files.readAttributes(Path.of("/proc/self/fd/" + fd), BasicFileAttributes.class);
            ReadOnlyFile.requireRegular(file, opened);
            if (named.fileKey() != null && !named.fileKey().equals(opened.fileKey())) {
                throw new TraceStoreException("the trace's file was replaced while it was opened: file=" + file);
            }
            length = opened.size();
        } catch (final IOException | FileCallException e) {
            throw new TraceStoreException("cannot open the trace's file: file=" + file + ": " + FileText.of(e)
                + "; read it as a user who may", e);
        }
    }

    /** Refers to the descriptor alone: what refers to the object keeps it from being collected. */
    private static Runnable closer(final int descriptor) {
        return () -> FileCalls.closeDescriptor(descriptor);
    }

    @Override
    public void release() {
        isReleased = true;
        closing.clean();
    }

    /** A descriptor that was closed may be another file's by now. */
    private void requireOpen() {
        if (isReleased) {
            throw new TraceStoreException("read after it was released: file=" + file);
        }
    }

    @Override
    public int read(final ByteBuffer buffer, final long offset, final int wanted) {
        requireOpen();
        final long address = BufferUtil.address(buffer) + buffer.position();
        int read = 0;
        while (read < wanted) {
            try {
                final long count = FileCalls.read(fd, address + read, wanted - read, offset + read);
                if (count <= 0) {
                    break;
                }
                read += (int) count;
            } catch (final FileCallException e) {
                throw new TraceStoreException("pread failed: file=" + file + " offset=" + offset + ": "
                    + e.getMessage() + "; its disk fails, or is gone", e);
            }
        }
        Reference.reachabilityFence(this);
        return read;
    }

    @Override
    public long nextData(final long offset) {
        requireOpen();
        try {
            return FileCalls.nextData(fd, offset);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public long lengthNow() {
        requireOpen();
        try {
            return FileCalls.status(fd).size();
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
