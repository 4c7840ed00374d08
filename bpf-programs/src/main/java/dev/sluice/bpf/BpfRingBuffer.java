// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.function.LongPredicate;
import org.agrona.UnsafeApi;

/**
 * Reads a BPF_MAP_TYPE_RINGBUF through the pages the kernel shares: records are handed out where they lie.
 *
 * <p>One consumer thread calls {@link #poll}, {@link #await} and {@link #close()}; the position getters may be called
 * from any thread until it is closed. Progress: poll never blocks, but it stops at a record that a program has reserved
 * and not yet submitted, even if later ones are complete; {@link #busyNs} says for how long it has been so, and
 * {@link #skipStuck} goes on behind it once no program runs any more. A full buffer makes the program's reserve fail,
 * which the program counts. Memory order: a record's header is loaded with acquire, which pairs with the kernel's
 * exchange at submit and, for {@link DrainBuffers}, comes before the load of the other buffer's producer position; the
 * consumer position is stored with release after the handler returned, which pairs with the load in reserve.
 */
public final class BpfRingBuffer implements AutoCloseable {

    /** Bytes that the kernel puts before each record, which is padded to a multiple of 8. */
    public static final int RECORD_HEADER_LENGTH = 8;

    private static final int BUSY_BIT = 1 << 31;
    private static final int DISCARD_BIT = 1 << 30;
    private static final int LENGTH_MASK = ~(BUSY_BIT | DISCARD_BIT);
    private static final long NOWHERE = -1;
    private static final int POLLFD_LENGTH = 8;
    private static final int POLLFD_EVENTS_OFFSET = 4;

    private final int fd;
    private final int size;
    private final long mask;
    private final int pageLength;
    private final long consumerPage;
    private final long producerPage;
    private final long data;
    private final Memory pollfd = new Memory(POLLFD_LENGTH);
    /** At or before the kernel's: looked up again only where it matters, as the programs write that line. */
    private long seenProducerPosition;
    private long discardedRecords;
    /** Where the oldest record was busy when it was looked at last, and since when. */
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
        this(map.fd(), checkSize(size), Libc.mapShared(UnsafeApi.pageSize(), Libc.PROT_READ | Libc.PROT_WRITE,
            map.fd(), 0));
    }

    private BpfRingBuffer(final int fd, final int size, final long consumerPage) {
        this(fd, size, consumerPage, mapProducer(fd, size, consumerPage));
    }

    /** Over pages that are mapped already, which {@link #close()} unmaps. */
    BpfRingBuffer(final int fd, final int size, final long consumerPage, final long producerPage) {
        this.fd = fd;
        this.size = size;
        this.mask = size - 1;
        this.pageLength = UnsafeApi.pageSize();
        this.consumerPage = consumerPage;
        this.producerPage = producerPage;
        this.data = producerPage + pageLength;
    }

    private static long mapProducer(final int fd, final int size, final long consumerPage) {
        try {
            return Libc.mapShared(producerLength(size), Libc.PROT_READ, fd, UnsafeApi.pageSize());
        } catch (final BpfException e) {
            Libc.munmap(consumerPage, UnsafeApi.pageSize());
            throw e;
        }
    }

    /** The kernel maps the data twice in a row, so a record that wraps is contiguous here. */
    static long producerLength(final int size) {
        return UnsafeApi.pageSize() + 2L * size;
    }

    /** The size, if it is one that the kernel takes: a power of two, at least a page. */
    static int checkSize(final int size) {
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

    /** Gives discarded records back; whether there is another and the oldest can be read. */
    boolean look() {
        checkOpen();
        while (true) {
            final long position = consumerPosition();
            // The position only says that a header is initialised; the header says whether the record is complete.
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
     * For how long the oldest record has been reserved and not submitted, as far as {@link #poll} has seen it: ns, 0 if
     * it is not. A program takes microseconds for a record, or as long as its thread waits for a page or for a
     * processor. Any thread.
     */
    public long busyNs() {
        return isBusy ? System.nanoTime() - busySinceNs : 0;
    }

    /**
     * Steps over the oldest record if it is busy, and counts it as stuck. Only when no program runs any more, that is
     * after they were detached: nobody will complete it, and those behind it can be read then.
     *
     * @return whether there was one
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

    /** After {@link #look} has found it complete: hands the oldest record out and gives it back. */
    void handOut(final RecordHandler handler) {
        final long position = consumerPosition();
        final int length = lengthAndBits(position);
        try {
            handler.onRecord(address(position), length);
        } finally {
            release(position, length);
        }
    }

    /** After {@link #look} has found it complete: where the oldest record lies. */
    long oldest() {
        return address(consumerPosition());
    }

    /** Looks through all records that are complete by now, and gives none back. */
    boolean contains(final LongPredicate wanted) {
        final long end = producerPosition();
        long position = consumerPosition();
        boolean isFound = false;
        while (position < end && !isFound) {
            // Of a busy record the length is there already.
            final int lengthAndBits = lengthAndBits(position);
            isFound = (lengthAndBits & (BUSY_BIT | DISCARD_BIT)) == 0 && wanted.test(address(position));
            position += requiredCapacity(lengthAndBits & LENGTH_MASK);
        }
        return isFound;
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
     * Waits until the kernel notifies of a record. Only useful when the programs notify (their configuration says so);
     * a signal may end the wait early.
     *
     * @param timeoutMs 0 only looks
     * @return true when there may be something to poll
     */
    public boolean await(final int timeoutMs) {
        checkOpen();
        pollfd.setInt(0, fd);
        pollfd.setInt(POLLFD_EVENTS_OFFSET, Libc.POLLIN);
        final int ready = Libc.poll(Pointer.nativeValue(pollfd), 1, timeoutMs);
        if (ready < 0 && Native.getLastError() != Libc.EINTR) {
            throw new BpfException("poll(ring buffer)", Native.getLastError(), "");
        }
        return ready > 0;
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
            Libc.munmap(producerPage, producerLength(size));
            Libc.munmap(consumerPage, pageLength);
            pollfd.close();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the ring buffer is closed");
        }
    }
}
