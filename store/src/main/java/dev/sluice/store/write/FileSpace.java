// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;

/**
 * Writes zeros to a file ahead of the stores into its mapping. For one thread. This has two reasons:
 * <ol>
 * <li>A full disk is then an error code here. A store to a mapped page that cannot be allocated is an InternalError
 * thrown at some later instruction, and a compare-and-set there kills the JVM.
 * <li>Ten times the speed on ext4: a write makes large folios in the page cache, while first stores to a hole make
 * one page at a time, each with its own journal transaction (measured: 4.5 against 0.46 GB/s).
 * </ol>
 * This class also enforces the trace's limits: the trace's size, and the space that is left free on the disk.
 */
final class FileSpace implements AutoCloseable {
    /** Bytes written at a time: so few that they are still in the second-level cache when the packets come. */
    static final int STEP = 1 << 20;

    /** The greatest size of the segment's other files: the queue's table of names. */
    private static final long OTHER_FILES = 256 << 10;
    private static final ByteBuffer ZEROS = BufferUtil.allocateDirectAligned(STEP, Memory.PAGE_LENGTH);

    private final int fd;
    private final long maxEnd;
    private final long softEnd;
    private final long keepFree;
    private final long softFree;
    private boolean open = true;
    private long reservedEnd;
    private volatile TraceFull full;
    private String problem = "";

    /**
     * Takes over an open file.
     *
     * @param begin offset from which on nothing is in use yet
     */
    FileSpace(final int fd, final long begin, final TraceLimits limits) {
        this.fd = fd;
        reservedEnd = begin;
        final long[] space = FileCalls.space(fd);
        keepFree = limits.keepFree(space[1]);
        softFree = keepFree + TraceLimits.margin(Math.max(0, space[0] - keepFree));
        maxEnd = limits.maxBytes() - OTHER_FILES;
        softEnd = maxEnd - TraceLimits.margin(maxEnd);
    }

    /**
     * Makes sure that the file has pages up to an offset.
     *
     * @return false if the trace may not become so long, or the disk is full: then the file has the pages that it had,
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
        try {
            reservedEnd += FileCalls.write(fd, BufferUtil.address(ZEROS), length, reservedEnd);
            return true;
        } catch (final FileCallException e) {
            if (e.errno() != FileCalls.ENOSPC && e.errno() != FileCalls.EDQUOT) {
                throw new TraceStoreException(e.getMessage() + "; what was appended before stays readable. The disk"
                    + " fails, or is gone: record to another file system (-o DIR)", e);
            }
            full = TraceFull.DISK;
            problem = e.getMessage();
            return false;
        }
    }

    /** Whether the file has pages up to an offset already. */
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
