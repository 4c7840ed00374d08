// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.NativeCalls;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.store.os.FileCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.agrona.BufferUtil;

/**
 * A shared file that is mapped for reading and writing, in pieces of at most 1 GiB. Each piece is mapped on first use,
 * so a sparse file of many gigabytes costs address space only where it is used. {@link #address} may be called by any
 * thread. {@link #close()} unmaps the pieces, so it comes after the last use by any thread.
 */
final class SharedMapping implements RegionBytes {
    private final FileChannel channel;
    /** A descriptor of another open file of the same file, for locks. */
    private final int fd;
    private final long length;
    private final List<MappedByteBuffer> pieces = new ArrayList<>();
    /**
     * Addresses of pieces by number; 0 if a piece is not mapped yet. They are kept, because consumers ask for words all
     * the time.
     */
    private final AtomicLongArray addresses;
    private volatile boolean isClosed;

    /**
     * Takes over an open file whose length cannot change, and a descriptor of the same file, open for reading and
     * writing.
     */
    SharedMapping(final FileChannel channel, final long length, final int fd) {
        this.channel = channel;
        this.fd = fd;
        this.length = length;
        addresses = new AtomicLongArray(
            Math.toIntExact((length + RegionDescriptor.PIECE_LENGTH - 1) / RegionDescriptor.PIECE_LENGTH));
    }

    /** The descriptor that locks are taken through. It is open until {@link #close()}. */
    int descriptor() {
        return fd;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public long allocatedBytes() {
        return FileCalls.status(fd).allocated();
    }

    /**
     * The address of a range of the file.
     *
     * @throws AttachException if the range leaves the file or crosses a multiple of 1 GiB
     */
    long address(final long offset, final long rangeLength) {
        final long piece = offset & -RegionDescriptor.PIECE_LENGTH;
        if (offset < 0 || rangeLength < 0 || rangeLength > length || offset > length - rangeLength
            || offset - piece + rangeLength > RegionDescriptor.PIECE_LENGTH) {
            throw AttachException.damaged(
                "range outside of the shared file: offset=" + offset + " length=" + rangeLength + " file=" + length);
        }
        if (isClosed) {
            throw new IllegalStateException("the shared file is closed");
        }
        final int number = (int) (piece / RegionDescriptor.PIECE_LENGTH);
        final long known = number < addresses.length() ? addresses.get(number) : 0;
        return (known != 0 ? known : addressOfPiece(number, piece)) + (offset - piece);
    }

    private synchronized long addressOfPiece(final int number, final long piece) {
        if (isClosed) {
            throw new IllegalStateException("the shared file is closed");
        }
        // An empty range at the file's end may begin in a piece that does not exist.
        if (number >= addresses.length()) {
            throw AttachException.damaged("range outside of the shared file: offset=" + piece + " file=" + length);
        }
        if (addresses.get(number) == 0) {
            final MappedByteBuffer mapped = map(piece);
            pieces.add(mapped);
            addresses.set(number, NativeCalls.get().addressOf(mapped));
        }
        return addresses.get(number);
    }

    @Override
    public long word(final long offset) {
        return Memory.getLongAcquire(address(offset, Long.BYTES));
    }

    @Override
    public long view(final long offset, final int rangeLength) {
        return address(offset, rangeLength);
    }

    @Override
    public void copy(final long offset, final long to, final int rangeLength) {
        Memory.copy(address(offset, rangeLength), to, rangeLength);
    }

    @Override
    public boolean isMapped() {
        return true;
    }

    /** Never true: the file's seals keep it from being truncated. */
    @Override
    public boolean isTruncated() {
        return false;
    }

    private MappedByteBuffer map(final long piece) {
        final long pieceLength = Math.min(RegionDescriptor.PIECE_LENGTH, length - piece);
        try {
            return channel.map(MapMode.READ_WRITE, piece, pieceLength);
        } catch (final IOException e) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "mmap(" + pieceLength + " bytes at " + piece
                + ") failed: " + e.getMessage() + "; raise the limit of address space (ulimit -v)", e);
        }
    }

    @Override
    public synchronized void close() {
        if (!isClosed) {
            isClosed = true;
            pieces.forEach(BufferUtil::free);
            pieces.clear();
            NativeCalls.get().close(fd);
            try {
                channel.close();
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
