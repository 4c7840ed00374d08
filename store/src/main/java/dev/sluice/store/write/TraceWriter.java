// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.ring.ClockTriple;
import dev.sluice.ring.DistinctError;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.store.os.Crc32cOfMemory;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import dev.sluice.store.segment.DocumentView;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.SparseRollCycles;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Appends documents to a new trace: a directory with one segment, {@code 0000}, which is a Chronicle Queue.
 * <p>
 * For one thread at a time. An append that returned survives the death of this process at any later moment (not of
 * the machine: nothing is forced to disk). An append that was interrupted by death is as if it had never begun.
 * Packets are copied once, from the caller's memory into the queue's mapped pages, with no allocation.
 * <p>
 * If the disk fills up, or the trace reaches its limits, packets are refused; what tells of their loss, and the end,
 * still find the room that was reserved ahead of the last packet. Whatever fails otherwise throws {@link
 * TraceStoreException} and so does every later append; what was appended before stays readable. Closing is idempotent
 * and gives back the space that was reserved ahead.
 */
public final class TraceWriter implements AutoCloseable {
    // 1. The queue rolls to another file by the clock alone. Its clock is therefore stopped at the trace's begin: a
    //    segment is one file however long the recording takes.
    // 2. With the sparse cycle the queue's own index costs 32 KiB a segment; our reader does not need it.
    // 3. A document is 4 modulo 8 long because the queue puts a 4-byte word before each. Its length is chosen from
    //    where it lies, so that the alignment is found again after the queue has written an index page of its own.

    private static final long BLOCK_LENGTH = 64L << 20;
    /** Room kept beyond a document for what the queue adds: its next length word and an index page. */
    private static final long RESERVE_AHEAD = 1L << 20;
    /** Of that, what documents that end a full trace leave to the queue. */
    private static final long QUEUE_ROOM = 128L << 10;
    /** Free space asked for before the queue's first pages are touched. */
    private static final long LEAST_SPACE = 4L << 20;
    private static final byte[] NO_BYTES = {};

    private final TraceDirectory directory;
    private final SingleChronicleQueue queue;
    private final ExcerptAppender appender;
    private final Crc32cOfMemory crc = new Crc32cOfMemory();
    private FileSpace space;
    private long fileEnd;
    private long bytesWritten;
    private long documents;
    private int targets;
    private TraceStoreException failure;
    private boolean closed;

    static {
        ChronicleStart.withoutFiles();
    }

    private TraceWriter(final TraceDirectory directory, final TraceInfo info) {
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

    /** Appends the first document, which makes the queue's file, and takes the file under control. */
    private void begin(final TraceInfo info, final TraceLimits limits) {
        append(DocumentKind.TRACE, DocumentDescriptor.NO_TARGET, DocumentCodec.encode(info));
        directory.protectFiles();
        space = new FileSpace(
            directory.openFile(appender.currentFile().getName()), FileSpace.STEP, limits);
    }

    /**
     * Makes a trace that may be as large as its disk.
     *
     * @param directory made with mode 0700, with its parents; if it is there already, it must be empty, our own and
     *                  writable by nobody else
     * @throws TraceStoreException if it is not, or cannot be made; nothing new is left behind then
     */
    public static TraceWriter create(final Path directory, final TraceInfo info) {
        return create(directory, info, TraceLimits.NONE);
    }

    /** The same with limits: {@link #tryPacket} keeps to them, and {@link #full()} tells before they are reached. */
    public static TraceWriter create(final Path directory, final TraceInfo info, final TraceLimits limits) {
        final TraceDirectory made = TraceDirectory.create(directory);
        TraceWriter writer = null;
        try {
            requireSpace(made, limits);
            writer = new TraceWriter(made, info);
            writer.begin(info, limits);
            return writer;
        } catch (final FileCallException e) {
            discard(writer, made);
            throw new TraceStoreException("cannot make the trace " + directory + ": " + e.getMessage()
                + "; choose another directory (-o DIR)", e);
        } catch (final RuntimeException e) {
            discard(writer, made);
            throw e;
        }
    }

    private static void discard(final TraceWriter writer, final TraceDirectory directory) {
        if (writer != null) {
            writer.closeQueue();
        }
        directory.discard();
    }

    private static void requireSpace(final TraceDirectory directory, final TraceLimits limits) {
        final long[] space = FileCalls.space(directory.segment());
        final long keepFree = limits.keepFree(space[1]);
        if (space[0] < keepFree + LEAST_SPACE) {
            throw new TraceStoreException("too little space for a trace: directory=" + directory.path() + " usable="
                + space[0] + " bytes, of which " + keepFree + " are kept free, and " + LEAST_SPACE + " are needed; free"
                + " some space, keep less of it free (--keep-free SIZE) or record to another file system (-o DIR)");
        }
    }

    /**
     * Adds a target.
     *
     * @return its index, from 0, for the other methods
     */
    public int addTarget(final TargetInfo info) {
        if (targets >= DocumentDescriptor.MAX_TARGETS) {
            throw new IllegalStateException("too many targets: targets=" + targets);
        }
        append(DocumentKind.TARGET, targets, DocumentCodec.encode(info));
        return targets++;
    }

    /**
     * Adds entries of a target's schema log, encoded by {@link dev.sluice.ring.SchemaCodec}: all so far or only the
     * new ones.
     */
    public void schema(final int target, final byte[] log) {
        append(DocumentKind.SCHEMA, checkTarget(target), log);
    }

    /** Adds a clock reading. At least one near the begin and one near the end make wall time exact. */
    public void clock(final int target, final ClockTriple triple) {
        append(DocumentKind.CLOCK, checkTarget(target), DocumentCodec.encode(triple));
    }

    /** Adds a ring's owner; before the first packet of that ring and generation. */
    public void thread(final int target, final ThreadInfo info) {
        append(DocumentKind.THREAD, checkTarget(target), DocumentCodec.encode(info));
    }

    /** Adds a loss. Losses of one ring and cause add up. */
    public void loss(final int target, final LossInfo info) {
        append(DocumentKind.LOSS, checkTarget(target), DocumentCodec.encode(info));
    }

    /** Adds an error of a target's tracer, or its newer count. */
    public void error(final int target, final DistinctError error) {
        append(DocumentKind.ERROR, checkTarget(target), DocumentCodec.encode(error));
    }

    /** Adds a stall. Two with one begin are one: what the later one has refused adds to the earlier one's. */
    public void stall(final int target, final StallInfo info) {
        append(DocumentKind.STALL, checkTarget(target), DocumentCodec.encode(info));
    }

    /** Adds a target's end; its last document. */
    public void end(final int target, final EndInfo info) {
        append(DocumentKind.END, checkTarget(target), DocumentCodec.encode(info));
    }

    /**
     * Adds a packet as it was drained: 128 bytes of header ({@link PacketHeaderDescriptor}) and the content, padded
     * to 8. It is stored as it is; whoever received it has checked it. Packets of one ring come in the order of their
     * sequence numbers, also for trap streams, whose begin position and events before are counted like a ring's.
     *
     * @param target      its index
     * @param address     of the header, mapped for the whole length; not kept
     * @param lengthBytes header and padded content
     */
    public void packet(final int target, final long address, final int lengthBytes) {
        if (!tryPacket(target, address, lengthBytes)) {
            throw new TraceStoreException("no room for a packet: directory=" + directory.path() + " documents="
                + documents + ": " + space.problem() + "; what was appended before stays readable. Free some space or"
                + " record to another file system (-o DIR)");
        }
    }

    /**
     * As {@link #packet}.
     *
     * @return false if there is no room for it: then it is not stored, and what tells of it still can be
     */
    public boolean tryPacket(final int target, final long address, final int lengthBytes) {
        if (lengthBytes < PacketHeaderDescriptor.LENGTH) {
            throw new IllegalArgumentException("packet too short: length=" + lengthBytes);
        }
        checkTarget(target);
        checkUsable(lengthBytes);
        if (!space.reserve(fileEnd + spanned(lengthBytes) + RESERVE_AHEAD)) {
            return false;
        }
        append(DocumentKind.PACKET, target, NO_BYTES, address, lengthBytes);
        return true;
    }

    /** Why the recording should end, while there is room for what is on its way; null if it should not. Any thread. */
    public TraceFull full() {
        return space.full();
    }

    private static long spanned(final int payloadLength) {
        return payloadLength + (long) DocumentDescriptor.PAYLOAD_OFFSET + Long.BYTES;
    }

    /**
     * Adds a document of another trace, of which all targets are copied in their order. The first document of a trace
     * is made anew instead.
     *
     * @param document checked by its reader
     */
    public void copy(final DocumentView document) {
        if (document.kind() == DocumentKind.TARGET) {
            if (document.target() < targets) {
                // A later segment repeats it.
                return;
            }
            targets++;
        }
        append(document.kind(), checkTarget(document.target()), NO_BYTES, document.payloadAddress(),
            document.payloadLength());
    }

    private int checkTarget(final int target) {
        if (target < 0 || target >= targets) {
            throw new IllegalArgumentException("no such target: target=" + target + " targets=" + targets);
        }
        return target;
    }

    private void append(final DocumentKind kind, final int target, final byte[] payload) {
        append(kind, target, payload, 0, payload.length);
    }

    /** Appends from the array, or from the address if there is one. */
    private void append(final DocumentKind kind, final int target, final byte[] array, final long address,
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
        if (closed) {
            throw new IllegalStateException("trace writer is closed: directory=" + directory.path());
        }
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
    public long bytesWritten() {
        return bytesWritten;
    }

    /** Targets added so far. */
    public int targets() {
        return targets;
    }

    /** Documents appended so far. */
    public long documents() {
        return documents;
    }

    /** The trace's directory. */
    public Path directory() {
        return directory.path();
    }

    /**
     * Gives the trace's files to another user. Needs the right to; what is appended later is theirs as well.
     *
     * @throws TraceStoreException if it is refused
     */
    public void giveTo(final int uid, final int gid) {
        try {
            directory.giveTo(uid, gid);
        } catch (final FileCallException e) {
            throw new TraceStoreException("cannot give the trace to uid " + Integer.toUnsignedString(uid) + ": "
                + e.getMessage() + "; record to another file system (-o DIR)", e);
        }
    }

    /** Closes and removes everything, the directory too if it was made here: as if there had never been a trace. */
    public void discard() {
        if (!closed) {
            closed = true;
            closeQueue();
            space.close();
            directory.discard();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            final RuntimeException flaw = closeQueue();
            truncate();
            if (flaw != null && failure == null) {
                throw flaw;
            }
        } finally {
            space.close();
            directory.close();
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
            space.truncate(fileEnd + DocumentDescriptor.QUEUE_WORD_LENGTH + 4095 & -4096L);
        } catch (final FileCallException e) {
            throw new TraceStoreException("cannot truncate the trace's file: directory=" + directory.path() + ": "
                + e.getMessage() + "; it is complete, but takes more space than it needs", e);
        }
    }
}
