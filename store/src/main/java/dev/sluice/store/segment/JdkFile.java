// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.text.FileText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A file that is read with the means of the JDK. It follows no link: it compares the opened file with what the name
 * stood for before and after. The JDK has no call to open without waiting (somebody who puts a pipe in the place of the
 * file at that very moment can make the opening wait), and no call to step over holes (a damaged sparse file is read
 * more slowly). So this way is for programs that read traces from directories to which nobody else can write.
 */
final class JdkFile implements ReadOnlyFile {
    private final Path file;
    private final Object key;
    private final long length;
    private FileChannel channel;
    private boolean isReleased;

    JdkFile(final Path file) {
        this.file = file;
        try {
            final BasicFileAttributes named = attributes();
            key = named.fileKey();
            length = named.size();
            channel = openSame();
        } catch (final IOException e) {
            throw new TraceStoreException("cannot open the trace's file: file=" + file + ": " + FileText.of(e)
                + "; read it as a user who may", e);
        }
    }

    private BasicFileAttributes attributes() throws IOException {
        final BasicFileAttributes attributes =
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        ReadOnlyFile.requireRegular(file, attributes);
        return attributes;
    }

    private FileChannel openSame() throws IOException {
        if (isReleased) {
            throw new IOException("released: " + file);
        }
        attributes();
        final FileChannel opened = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        try {
            final Object now = attributes().fileKey();
            if (key != null && !key.equals(now)) {
                throw new TraceStoreException("the trace's file was replaced while it was opened: file=" + file);
            }
            return opened;
        } catch (final IOException | TraceStoreException e) {
            opened.close();
            throw e;
        }
    }

    /** An interrupt closes a channel. In that case the same file is opened again, and the thread stays interrupted. */
    @Override
    public synchronized int read(final ByteBuffer buffer, final long offset, final int wanted) {
        boolean isInterrupted = Thread.interrupted();
        final ByteBuffer rest = buffer.duplicate();
        rest.limit(rest.position() + wanted);
        try {
            while (rest.hasRemaining()) {
                try {
                    if (channel.read(rest, offset + wanted - rest.remaining()) < 0) {
                        break;
                    }
                } catch (final ClosedChannelException e) {
                    isInterrupted |= Thread.interrupted();
                    channel = openSame();
                }
            }
            return wanted - rest.remaining();
        } catch (final IOException e) {
            throw new TraceStoreException("reading failed: file=" + file + " offset=" + offset + ": "
                + FileText.of(e)
                + "; its disk fails, or is gone", e);
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public synchronized void release() {
        isReleased = true;
        try {
            channel.close();
        } catch (final IOException e) {
            // It was read only: nothing is lost.
            return;
        }
    }

    @Override
    public long nextData(final long offset) {
        return offset;
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
    public synchronized long lengthNow() {
        boolean isInterrupted = Thread.interrupted();
        try {
            if (!channel.isOpen()) {
                channel = openSame();
            }
            return channel.size();
        } catch (final IOException e) {
            isInterrupted |= Thread.interrupted();
            throw new TraceStoreException("the trace's file is gone: file=" + file + ": " + FileText.of(e)
                + "; what was read before is all", e);
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
