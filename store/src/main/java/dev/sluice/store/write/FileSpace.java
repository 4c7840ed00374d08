// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.agrona.BufferUtil;

/**
 * Takes space on the disk ahead of what is written to a file, so that a full disk is found out before a document is
 * begun, and what tells of the loss and the end still find room. Where the file system cannot give space away in
 * advance, zeros are written. This class also enforces the trace's limits: the trace's size, and the space that is left
 * free on the disk. For one thread; {@link #full} is for any.
 */
final class FileSpace implements AutoCloseable {
    /** Bytes taken at a time: if they are zeros, so few that they are still in the cache when the packets come. */
    private static final int STEP = 1 << 20;

    /** The greatest size of the segment's other files: the queue's table of names. */
    static final long OTHER_FILES = 256 << 10;
    private static final ByteBuffer ZEROS = BufferUtil.allocateDirectAligned(STEP, Memory.PAGE_LENGTH);

    private final int fd;
    private final Bounds bounds;
    private final long maxEnd;
    private final long softEnd;
    private final long keepFree;
    private final long softFree;
    private boolean open = true;
    private boolean isAllocating = true;
    private long reservedEnd;
    private volatile TraceFull full;
    private String problem = "";

    /** Takes over the open file of a trace's first segment. */
    FileSpace(final int fd, final long begin, final TraceLimits limits) {
        this(fd, begin, Bounds.of(FileCalls.space(fd), limits));
    }

    /**
     * Takes over an open file.
     *
     * @param begin offset from which on nothing is in use yet
     */
    FileSpace(final int fd, final long begin, final Bounds bounds) {
        this.fd = fd;
        reservedEnd = begin;
        keepFree = bounds.keepFree;
        softFree = bounds.softFree;
        maxEnd = bounds.maxEnd;
        softEnd = bounds.maxEnd - bounds.margin;
        this.bounds = bounds;
    }

    /**
     * What bounds the files of a trace, in bytes.
     *
     * @param maxEnd   greatest length of this file
     * @param margin   how much of it is left for the end of the recording
     * @param keepFree what stays free on the disk for others
     * @param softFree with less than this free, the recording ends
     * @param others   what another recording on the disk needs free; what is free stays above this and above keepFree
     */
    record Bounds(long maxEnd, long margin, long keepFree, long softFree, LongSupplier others) {
        private static Bounds of(final long[] space, final TraceLimits limits) {
            final long keepFree = limits.keepFree(space[1]);
            final long maxEnd = limits.maxBytes() - OTHER_FILES;
            return new Bounds(maxEnd, TraceLimits.margin(maxEnd), keepFree,
                keepFree + TraceLimits.margin(Math.max(0, space[0] - keepFree)), limits.others());
        }

        /** Those of a file beside which others take so many bytes. */
        Bounds beside(final long taken) {
            return new Bounds(maxEnd - taken, margin, keepFree, softFree, others);
        }

        /** Whether a file of so many bytes can be begun, and the trace's end is far. */
        boolean hasRoom(final long bytes) {
            return bytes < maxEnd - margin;
        }
    }

    Bounds bounds() {
        return bounds;
    }

    /**
     * Makes sure that the file has space up to an offset.
     *
     * @return false if the trace may not become so long, or the disk is full: then the file has the space that it had,
     *     or some more
     */
    boolean reserve(final long end) {
        if (end > softEnd) {
            full = TraceFull.SIZE;
        }
        if (end > maxEnd) {
            problem = "it may not be larger than it is";
            return false;
        }
        while (reservedEnd < end) {
            if (!reserveStep((int) Math.min(STEP - reservedEnd % STEP, maxEnd - reservedEnd))) {
                return false;
            }
        }
        return true;
    }

    private boolean reserveStep(final int length) {
        final long free = FileCalls.space(fd)[0];
        if (free - length < softFree) {
            full = TraceFull.DISK;
        }
        if (keepFree > 0 && free - length < keepFree) {
            problem = "its disk has " + free + " bytes left, and " + keepFree + " are kept free";
            return false;
        }
        final long needed = bounds.others.getAsLong();
        if (needed > 0 && free - length < needed) {
            problem = "its disk has " + free + " bytes left, and the recording that goes on there may need " + needed;
            return false;
        }
        try {
            isAllocating = isAllocating && FileCalls.allocate(fd, reservedEnd, length);
            reservedEnd += isAllocating ? length
                : FileCalls.write(fd, BufferUtil.address(ZEROS), length, reservedEnd);
            return true;
        } catch (final FileCallException e) {
            if (!FileCalls.isWithoutRoom(e.errno())) {
                throw new TraceStoreException(e.getMessage() + "; what was appended before stays readable. The disk"
                    + " fails, or is gone: record to another file system (-o DIR)", e);
            }
            full = TraceFull.DISK;
            problem = e.getMessage();
            return false;
        }
    }

    /** Whether the file has space up to an offset already. */
    boolean isReserved(final long end) {
        return end <= reservedEnd;
    }

    /**
     * Why the recording should end now, while there is still room for the batches on their way; null if it need not
     * end.
     */
    TraceFull full() {
        return full;
    }

    /** Why the last call could not reserve space; empty if no call failed. */
    String problem() {
        return problem;
    }

    /** Gives back the space beyond an offset. */
    void truncate(final long end) {
        if (FileCalls.status(fd).size() > end) {
            FileCalls.truncate(fd, end);
        }
    }

    /** Closes the descriptor; the space stays reserved. */
    @Override
    public void close() {
        if (open) {
            open = false;
            FileCalls.closeDescriptor(fd);
        }
    }
}
