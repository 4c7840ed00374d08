// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.Crc32cOfMemory;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.SparseRollCycles;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * A segment of a trace, being written: a Chronicle Queue with one file, and the space that is reserved ahead in it. It
 * begins with the document of the trace and can be read by itself when the targets, their schema, threads and clock
 * readings that its packets need are appended to it before them. It knows nothing of the documents' meaning: {@link
 * TraceWriter} does. For one thread at a time; {@link #full} is for any.
 * <p>
 * An append that fails makes the segment fail for good; what was appended before stays readable.
 */
final class Segment implements AutoCloseable {
    // 1. The queue rolls to another file by the clock alone. Its clock is therefore stopped at the trace's begin: a
    //    segment is one file however long the recording takes.
    // 2. With the sparse cycle the queue's own index costs 32 KiB a segment; our reader does not need it.
    // 3. A document is 4 modulo 8 long because the queue puts a 4-byte word before each. Its length is chosen from
    //    where it lies, so that the alignment is found again after the queue has written an index page of its own.
    // 4. A page fault in a mapped file has the kernel read ahead, by up to the disk's read_ahead_kb. Ahead of the last
    //    document there is nothing to read: the kernel would fill pages with zeros, which are overwritten next.
    //    docs/decisions/0095 has what that cost.

    private static final long BLOCK_LENGTH = 64L << 20;
    /** Room kept beyond a document for what the queue adds: its next length word and an index page. */
    private static final long RESERVE_AHEAD = 1L << 20;
    /** How much of that room documents at the end of a full trace leave to the queue. */
    private static final long QUEUE_ROOM = 128L << 10;

    private final TraceDirectory directory;
    private final SingleChronicleQueue queue;
    private final ExcerptAppender appender;
    private final Crc32cOfMemory crc = new Crc32cOfMemory();
    private FileSpace space;
    /** The mapped part of the file that was written to last. */
    private BytesStore<?, ?> block;
    private long fileEnd;
    private long bytesWritten;
    private long documents;
    private TraceStoreException failure;

    static {
        ChronicleStart.withoutFiles();
    }

    private Segment(final TraceDirectory directory, final TraceInfo info) {
        this.directory = directory;
        queue = SingleChronicleQueueBuilder.binary(directory.heldSegment())
            .rollCycle(SparseRollCycles.LARGE_HOURLY_XSPARSE)
            .timeProvider(new StoppedClock(info.createdRealtimeNs() / 1_000_000))
            .blockSize(BLOCK_LENGTH)
            .checkInterrupts(false)
            .build();
        appender = queue.createAppender();
        appender.singleThreadedCheckDisabled(true);
    }

    /**
     * Makes the segment's file, with the document of the trace in it.
     *
     * @throws TraceStoreException if it cannot be written
     * @throws FileCallException   if it cannot be taken under control; either way nothing is left open
     */
    static Segment create(final TraceDirectory directory, final TraceInfo info, final TraceLimits limits) {
        final Segment segment = new Segment(directory, info);
        try {
            segment.begin(info, limits);
            return segment;
        } catch (final RuntimeException e) {
            segment.closeQueue();
            throw e;
        }
    }

    /** Appends the first document, which makes the queue's file, and takes the file under control. */
    private void begin(final TraceInfo info, final TraceLimits limits) {
        final byte[] payload = DocumentCodec.encode(info);
        append(DocumentKind.TRACE, DocumentDescriptor.NO_TARGET, payload, 0, payload.length);
        directory.protectFiles();
        space = new FileSpace(
            directory.openFile(appender.currentFile().getName()), FileSpace.STEP, limits);
    }

    /** Whether a document with a payload of this length still fits, with the room that the end needs behind it. */
    boolean hasRoom(final int lengthBytes) {
        checkUsable(lengthBytes);
        return space.reserve(fileEnd + spanned(lengthBytes) + RESERVE_AHEAD);
    }

    /** Why there is no room. */
    String problem() {
        return space.problem();
    }

    /** Why the recording should end, while there is room for what is on its way; null if it should not. Any thread. */
    TraceFull full() {
        return space.full();
    }

    private static long spanned(final int payloadLength) {
        return payloadLength + (long) DocumentDescriptor.PAYLOAD_OFFSET + Long.BYTES;
    }

    /**
     * Appends a document, from the array or, if it is not 0, from the address.
     *
     * @throws TraceStoreException if that fails, or has failed before
     */
    void append(final DocumentKind kind, final int target, final byte[] array, final long address,
        final int length) {
        checkUsable(length);
        final long spanned = spanned(length);
        DocumentContext document = null;
        try {
            reserve(spanned);
            document = appender.writingDocument();
            final Bytes<?> bytes = document.wire().bytes();
            final long position = bytes.writePosition();
            bytes.ensureCapacity(position + spanned);
            enter(bytes.bytesStore());
            final long begin = bytes.addressForWrite(position);
            final int documentLength = lengthFor(begin, length);
            write(begin, kind, target, array, address, length, documentLength);
            bytes.writeSkip(documentLength);
            fileEnd = position + documentLength;
            document.close();
            documents++;
            bytesWritten += documentLength + DocumentDescriptor.QUEUE_WORD_LENGTH;
        } catch (final TraceStoreException e) {
            failure = e;
            throw e;
        } catch (final RuntimeException | InternalError e) {
            throw failed(kind, document, e);
        }
    }

    /** The queue maps its file block by block. Nothing is to be read ahead in any of them (note 4). */
    private void enter(final BytesStore<?, ?> entered) {
        if (entered != block) {
            block = entered;
            // A kernel that does not take the advice makes this slower, and nothing else.
            FileCalls.readNothingAhead(entered.addressForRead(entered.start()),
                entered.capacity() - entered.start());
        }
    }

    /** What ends a trace that is full goes to the room that was reserved before it was. */
    private void reserve(final long spanned) {
        if (space != null && !space.reserve(fileEnd + spanned + RESERVE_AHEAD)
            && !space.isReserved(fileEnd + spanned + QUEUE_ROOM)) {
            throw new TraceStoreException("no room for a document: directory=" + directory.path() + " documents="
                + documents + ": " + space.problem() + "; what was appended before stays readable. Free some space or"
                + " record to another file system (-o DIR)");
        }
    }

    private void write(final long begin, final DocumentKind kind, final int target, final byte[] array,
        final long address, final int length, final int documentLength) {
        final long payload = begin + DocumentDescriptor.PAYLOAD_OFFSET;
        if (address != 0) {
            Memory.copy(address, payload, length);
        } else {
            Memory.putBytes(payload, array, 0, length);
        }
        Memory.zero(payload + length, documentLength - DocumentDescriptor.PAYLOAD_OFFSET - length);
        Memory.putInt(begin + DocumentDescriptor.LENGTH_OFFSET, documentLength);
        Memory.putShort(begin + DocumentDescriptor.KIND_OFFSET, (short) kind.code());
        Memory.putShort(begin + DocumentDescriptor.TARGET_OFFSET, (short) target);
        Memory.putInt(begin + DocumentDescriptor.CRC_OFFSET, crc.of(payload, length));
        Memory.putInt(begin + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET, length);
    }

    /** The least length that holds the payload and puts the next document's payload at a multiple of 8 (note 3). */
    private static int lengthFor(final long begin, final int payloadLength) {
        final int least = DocumentDescriptor.PAYLOAD_OFFSET + payloadLength;
        return least + (int) (-(begin + least + DocumentDescriptor.QUEUE_WORD_LENGTH) & Long.BYTES - 1);
    }

    private void checkUsable(final int length) {
        if (failure != null) {
            throw new TraceStoreException("trace writer has failed before: " + failure.getMessage(), failure);
        }
        if (length > DocumentDescriptor.MAX_PAYLOAD_LENGTH) {
            throw new IllegalArgumentException("payload too long: length=" + length + " limit="
                + DocumentDescriptor.MAX_PAYLOAD_LENGTH);
        }
    }

    private TraceStoreException failed(final DocumentKind kind, final DocumentContext document, final Throwable e) {
        failure = new TraceStoreException("append of a " + kind + " document failed: directory=" + directory.path()
            + " documents=" + documents + ": " + e + "; what was appended before stays readable. If the disk is full,"
            + " free some space or record to another file system (-o DIR)", e);
        if (document != null) {
            // Left open, the document stays marked as incomplete and readers stop before it.
            document.rollbackOnClose();
        }
        return failure;
    }

    /** Bytes of all documents so far, with the queue's length words. */
    long bytesWritten() {
        return bytesWritten;
    }

    /** Documents appended so far. */
    long documents() {
        return documents;
    }

    /** Closes without tidying, for a file that is removed next. Call it once, as the last method. */
    void discard() {
        closeQueue();
        space.close();
    }

    /** Closes and gives back the space that was reserved ahead. Call it once, as the last method. */
    @Override
    public void close() {
        try {
            final RuntimeException flaw = closeQueue();
            truncate();
            if (flaw != null && failure == null) {
                throw flaw;
            }
        } finally {
            space.close();
        }
    }

    /** Returns what went wrong, or null. */
    private TraceStoreException closeQueue() {
        try {
            queue.close();
            return null;
        } catch (final RuntimeException | InternalError e) {
            return new TraceStoreException("closing the queue failed: directory=" + directory.path() + ": " + e, e);
        }
    }

    /** Gives back what was reserved ahead; a length word of zero stays, which says that nothing follows. */
    private void truncate() {
        try {
            space.truncate(Memory.wholePages(fileEnd + DocumentDescriptor.QUEUE_WORD_LENGTH));
        } catch (final FileCallException e) {
            throw new TraceStoreException("cannot truncate the trace's file: directory=" + directory.path() + ": "
                + e.getMessage() + "; it is complete, but takes more space than it needs", e);
        }
    }
}
