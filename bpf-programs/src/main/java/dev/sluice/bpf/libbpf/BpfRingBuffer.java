// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import dev.sluice.os.Descriptors;
import dev.sluice.os.Mappings;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import org.agrona.UnsafeApi;

/**
 * Reads a BPF_MAP_TYPE_RINGBUF through the pages the kernel shares: records are handed out where they lie.
 *
 * <p>One consumer thread calls {@link #poll}, {@link #await} and {@link #close()}; the position getters may be called
 * from any thread until it is closed. Progress: poll never blocks, but it stops at a record that a program has reserved
 * and not yet submitted, even if later ones are complete; {@link #busyNs} says for how long that record has been
 * incomplete, and {@link #skipStuck} steps over it once no program runs any more. A full buffer makes the program's
 * reserve fail, which the program counts. Memory order: a record's header is loaded with acquire, which pairs with the
 * kernel's exchange at submit and, for {@code DrainBuffers}, comes before the load of the other buffer's producer
 * position; the consumer position is stored with release after the handler returned, which pairs with the load in
 * reserve.
 */
public final class BpfRingBuffer implements AutoCloseable {

    /** Bytes that the kernel puts before each record, which is padded to a multiple of 8. */
    public static final int RECORD_HEADER_LENGTH = 8;

    /** From then on a record counts as stuck. A page that a program waits for comes sooner, unless it is withheld. */
    public static final long STUCK_NS = TimeUnit.SECONDS.toNanos(10);

    /** The most bytes that a record of our programs takes, with its header and padding. */
    private static final int GREATEST_RECORD = 128 << 10;
    private static final int BUSY_BIT = 1 << 31;
    private static final int DISCARD_BIT = 1 << 30;
    private static final int LENGTH_MASK = ~(BUSY_BIT | DISCARD_BIT);
    private static final long NOWHERE = -1;

    private final int fd;
    private final int size;
    private final long mask;
    private final int pageLength;
    private final long consumerPage;
    private final long producerPage;
    private final long data;
    /**
     * The producer position as last seen; the kernel's may be greater. It is read again only when necessary, because
     * the programs write that cache line.
     */
    private long seenProducerPosition;
    private long discardedRecords;
    /** The position of the oldest record if it was busy at the last look, and since when it has been busy. */
    private long busyPosition = NOWHERE;
    private volatile long busySinceNs;
    private volatile boolean isBusy;
    private volatile long stuckRecords;
    private boolean closed;

    /**
     * Maps a loaded map's pages.
     *
     * @param map  the ring buffer, which must stay loaded until this is closed
     * @param size the map's size in bytes
     */
    public BpfRingBuffer(final BpfMap map, final int size) {
        this(map, checkSize(size), map.pages(0, UnsafeApi.pageSize(), true));
    }

    private BpfRingBuffer(final BpfMap map, final int size, final long consumerPage) {
        this(map.fd(), size, consumerPage, mapProducer(map, size, consumerPage));
    }

    /** Reads through pages that are mapped already. {@link #close()} unmaps them. */
    public BpfRingBuffer(final int fd, final int size, final long consumerPage, final long producerPage) {
        this.fd = fd;
        this.size = size;
        this.mask = size - 1;
        this.pageLength = UnsafeApi.pageSize();
        this.consumerPage = consumerPage;
        this.producerPage = producerPage;
        this.data = producerPage + pageLength;
    }

    private static long mapProducer(final BpfMap map, final int size, final long consumerPage) {
        try {
            return map.pages(UnsafeApi.pageSize(), producerLength(size), false);
        } catch (final BpfException e) {
            Mappings.unmap(consumerPage, UnsafeApi.pageSize());
            throw e;
        }
    }

    /**
     * Bytes of the producer's mapping. The kernel offers the data twice in a row, so that a record that wraps is
     * contiguous. Of the second time only as much is mapped as one record needs: each mapped page counts as memory of
     * this process.
     */
    public static long producerLength(final int size) {
        return UnsafeApi.pageSize() + size + (long) Math.min(size, GREATEST_RECORD);
    }

    /** Returns the size if the kernel accepts it: a power of two, at least a page. */
    public static int checkSize(final int size) {
        if (size < UnsafeApi.pageSize() || Integer.bitCount(size) != 1) {
            throw new IllegalArgumentException("ringBufferBytes=" + size + " must be a power of two of at least "
                + UnsafeApi.pageSize());
        }
        return size;
    }

    /** Bytes that a record of this length takes, header and padding included. */
    public static int requiredCapacity(final int recordLength) {
        return (recordLength + RECORD_HEADER_LENGTH + 7) & ~7;
    }

    /**
     * Hands out complete records in order.
     *
     * @param limit the most records to hand out
     * @return records handed out; 0 when there is none, or the oldest is not complete
     */
    public int poll(final RecordHandler handler, final int limit) {
        int records = 0;
        while (records < limit && look()) {
            records++;
            handOut(handler);
        }
        return records;
    }

    /** Gives discarded records back. Returns whether there is another record and the oldest can be read. */
    public boolean look() {
        checkOpen();
        while (true) {
            final long position = consumerPosition();
            // The position only says that a record's header is initialised; the header says whether the record is
            // complete.
            if (position == seenProducerPosition) {
                seenProducerPosition = producerPosition();
                if (position == seenProducerPosition) {
                    return false;
                }
            }
            final int lengthAndBits = lengthAndBits(position);
            if ((lengthAndBits & BUSY_BIT) != 0) {
                noteBusy(position);
                return false;
            }
            if (isBusy) {
                isBusy = false;
            }
            if ((lengthAndBits & DISCARD_BIT) == 0) {
                return true;
            }
            discardedRecords++;
            release(position, lengthAndBits);
        }
    }

    private void noteBusy(final long position) {
        if (!isBusy || busyPosition != position) {
            busyPosition = position;
            busySinceNs = System.nanoTime();
            isBusy = true;
        }
    }

    /**
     * For how long the oldest record has been reserved and not submitted, as far as {@link #poll} has seen: ns, or 0 if
     * there is no such record. A program takes microseconds for a record, or as long as its thread waits for a page or
     * for a processor. Any thread.
     */
    public long busyNs() {
        return isBusy ? System.nanoTime() - busySinceNs : 0;
    }

    /**
     * Whether the oldest record has been busy for so long that nobody should wait for the records after it. Any thread.
     */
    public boolean isStuck() {
        return busyNs() > STUCK_NS;
    }

    /**
     * Steps over the oldest record if it is busy, and counts it as stuck. Call this only when no program runs any more,
     * that is, after the programs were detached: then nobody will complete the record, and the records after it can be
     * read.
     *
     * @return whether there was such a record
     */
    public boolean skipStuck() {
        if (look() || !isBusy || consumerPosition() == producerPosition()) {
            return false;
        }
        final long position = consumerPosition();
        isBusy = false;
        stuckRecords++;
        release(position, lengthAndBits(position));
        return true;
    }

    /** Records that a program has reserved and never submitted, and that were stepped over. Any thread. */
    public long stuckRecords() {
        return stuckRecords;
    }

    /**
     * Hands the oldest record out and gives it back. Call this only after {@link #look} has found the record complete.
     */
    public void handOut(final RecordHandler handler) {
        final long position = consumerPosition();
        final int length = lengthAndBits(position);
        checkLength(length);
        try {
            handler.onRecord(address(position), length);
        } finally {
            release(position, length);
        }
    }

    /** The address of the oldest record. Call this only after {@link #look} has found the record complete. */
    public long oldest() {
        return address(consumerPosition());
    }

    /** Looks through all records that are complete now, without giving any of them back. */
    public boolean contains(final LongPredicate wanted) {
        final long end = producerPosition();
        long position = consumerPosition();
        boolean isFound = false;
        while (position < end && !isFound) {
            // The length is already valid while a record is busy.
            final int lengthAndBits = lengthAndBits(position);
            isFound = (lengthAndBits & (BUSY_BIT | DISCARD_BIT)) == 0 && wanted.test(address(position));
            position += requiredCapacity(lengthAndBits & LENGTH_MASK);
        }
        return isFound;
    }

    private static void checkLength(final int length) {
        if (requiredCapacity(length) > GREATEST_RECORD) {
            throw new IllegalStateException("record length=" + length + " with its header is more than is mapped behind"
                + " the end=" + GREATEST_RECORD);
        }
    }

    private int lengthAndBits(final long position) {
        return UnsafeApi.getIntAcquire(null, data + (position & mask));
    }

    private long address(final long position) {
        return data + (position & mask) + RECORD_HEADER_LENGTH;
    }

    private void release(final long position, final int lengthAndBits) {
        UnsafeApi.putLongRelease(null, consumerPage, position + requiredCapacity(lengthAndBits & LENGTH_MASK));
    }

    /**
     * Waits until the kernel notifies of a record. Only useful when the programs notify (their configuration says so).
     *
     * @param timeoutMs 0 only looks
     * @return true when there may be something to poll
     */
    public boolean await(final int timeoutMs) {
        checkOpen();
        return Descriptors.isReadable(fd, timeoutMs);
    }

    /** Bytes given back to the kernel since load, discarded records included. */
    public long consumerPosition() {
        checkOpen();
        return UnsafeApi.getLongAcquire(null, consumerPage);
    }

    /** Bytes reserved by programs since load. */
    public long producerPosition() {
        checkOpen();
        return UnsafeApi.getLongAcquire(null, producerPage);
    }

    /** The most bytes that records, each with its header and padding, can take at one time. */
    public int capacity() {
        return size - Long.BYTES; // the kernel refuses a reserve that would make the difference of positions the size
    }

    /** Records that a program reserved and then discarded, as seen by {@link #poll}. Consumer thread only. */
    public long discardedRecords() {
        return discardedRecords;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Mappings.unmap(producerPage, producerLength(size));
            Mappings.unmap(consumerPage, pageLength);
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the ring buffer is closed");
        }
    }
}
