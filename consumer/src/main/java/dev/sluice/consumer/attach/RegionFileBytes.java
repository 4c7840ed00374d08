// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.NativeCalls;
import dev.sluice.ring.memory.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;

/**
 * A region that is a file. Somebody who may write to the file may truncate it; a mapping would then kill this process.
 * So the file is read by pread into this process's own memory. Bytes after the file's end read as zero, which no reader
 * takes for an event, and the truncation is remembered.
 * <p> One read is not a snapshot of one moment. It copies from low to high addresses, so a word is at least as new as
 * the words before it in the same range, as it would be with a chain of acquiring loads.
 */
public final class RegionFileBytes implements RegionBytes {
    private final FileChannel channel;
    private final long length;
    private final Map<Long, ByteBuffer> views = new HashMap<>();
    private final ByteBuffer scratch = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    private volatile boolean isTruncated;

    /**
     * Takes over an open file.
     *
     * @param length bytes that the file may grow to; a read behind its end counts as a truncation, because the target
     *               makes the file longer before it says that something is there
     */
    public RegionFileBytes(final FileChannel channel, final long length) {
        this.channel = channel;
        this.length = length;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public long allocatedBytes() {
        return 0;
    }

    @Override
    public synchronized long word(final long offset) {
        check(offset, Long.BYTES);
        scratch.clear();
        read(scratch, offset);
        return scratch.getLong(0);
    }

    @Override
    public synchronized long view(final long offset, final int rangeLength) {
        check(offset, rangeLength);
        ByteBuffer view = views.get(offset);
        if (view == null || view.capacity() < rangeLength + Long.BYTES) {
            view = ByteBuffer.allocateDirect(rangeLength + Long.BYTES);
            views.put(offset, view);
        }
        final long address = NativeCalls.get().addressOf(view);
        final int begin = (int) (-address & Long.BYTES - 1);
        view.limit(begin + rangeLength).position(begin);
        read(view, offset);
        return address + begin;
    }

    @Override
    public void copy(final long offset, final long to, final int rangeLength) {
        check(offset, rangeLength);
        final ByteBuffer target = NativeCalls.get().bufferAt(to, rangeLength);
        read(target, offset);
    }

    /** Fills the rest of a buffer. After the file's end, it is filled with zeros. */
    private void read(final ByteBuffer target, final long offset) {
        try {
            long at = offset;
            while (target.hasRemaining()) {
                final int count = channel.read(target, at);
                if (count < 0) {
                    isTruncated = true;
                    zero(target);
                    return;
                }
                at += count;
            }
        } catch (final IOException e) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "pread(region, " + target.remaining()
                + " bytes at " + offset + ") failed: " + e.getMessage() + "; its disk fails, or is gone", e);
        }
    }

    private static void zero(final ByteBuffer target) {
        if (target.isDirect()) {
            Memory.zero(NativeCalls.get().addressOf(target) + target.position(), target.remaining());
        } else {
            while (target.hasRemaining()) {
                target.put((byte) 0);
            }
        }
    }

    private void check(final long offset, final int rangeLength) {
        if (offset < 0 || rangeLength < 0 || offset > length - rangeLength) {
            throw AttachException.damaged(
                "range outside of the region: offset=" + offset + " length=" + rangeLength + " file=" + length);
        }
    }

    @Override
    public boolean isMapped() {
        return false;
    }

    @Override
    public boolean isTruncated() {
        return isTruncated;
    }

    @Override
    public synchronized void close() {
        try {
            channel.close();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
