// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import dev.sluice.store.text.FileText;
import java.nio.file.Path;
import java.util.function.IntFunction;

/**
 * A segment of a trace, being written: a Chronicle Queue with one file, and the space that is taken ahead in it. It
 * begins with the document of the trace and can be read by itself when the targets, their schema, threads and clock
 * readings that its packets need are appended to it before them. It knows nothing of the documents' meaning: {@link
 * TraceWriter} does. For one thread at a time; {@link #full} is for any.
 * <p>
 * Chronicle makes the file. Documents are appended by pwrite(2) and not through Chronicle's mapping, where each page
 * costs a fault, which is dear in many virtual machines (docs/decisions/0162), and a full disk is an error in the
 * middle of a copy.
 * <p>
 * An append that fails makes the segment fail for good; what was appended before stays readable.
 */
final class Segment implements AutoCloseable {
    /** Space kept beyond a document for those that come when the trace is full. */
    private static final long RESERVE_AHEAD = 1L << 20;

    private final Path trace;
    private final SegmentFolder folder;
    private final NewQueueFile made;
    private final FileSpace space;
    private final DocumentFile file;
    private long documents = 1;
    private TraceStoreException failure;

    private Segment(final Path trace, final SegmentFolder folder, final NewQueueFile made, final FileSpace space,
        final int fd) {
        this.trace = trace;
        this.folder = folder;
        this.made = made;
        this.space = space;
        file = new DocumentFile(fd, made.end());
    }

    /**
     * Makes the file of a trace's first segment, with the document of the trace in it.
     *
     * @param trace  the trace's directory, for messages
     * @param folder open; the segment closes it
     * @throws TraceStoreException if it cannot be written
     * @throws FileCallException   if it cannot be taken under control; either way nothing is left open
     */
    static Segment create(final Path trace, final SegmentFolder folder, final TraceInfo info,
        final TraceLimits limits) {
        try {
            final NewQueueFile made = NewQueueFile.make(folder, info, offset -> DocumentFile.document(
                offset, DocumentKind.TRACE, DocumentDescriptor.NO_TARGET, DocumentCodec.encode(info)));
            folder.protectFiles();
            return open(trace, folder, made, fd -> new FileSpace(fd, made.end(), limits));
        } catch (final FileCallException | TraceStoreException e) {
            folder.close();
            throw e;
        } catch (final RuntimeException | InternalError e) {
            folder.close();
            throw new TraceStoreException("cannot make the trace's file: directory=" + trace + ": "
                + FileText.of(e) + "; if the disk is full, free some space or record to another file system (-o DIR)",
                e);
        }
    }

    /**
     * Makes the file of a further segment, with the document of the trace in it.
     *
     * @throws FileCallException if it cannot be made; the folder stays open then
     */
    static Segment next(final Path trace, final SegmentFolder folder, final QueueTemplate template,
        final FileSpace.Bounds bounds) {
        template.copyTo(folder);
        final NewQueueFile made = template.queue();
        return open(trace, folder, made, fd -> new FileSpace(fd, made.end(), bounds));
    }

    private static Segment open(final Path trace, final SegmentFolder folder, final NewQueueFile made,
        final IntFunction<FileSpace> space) {
        final int fd = folder.openFile(made.name());
        try {
            return new Segment(trace, folder, made, space.apply(fd), fd);
        } catch (final RuntimeException e) {
            FileCalls.closeDescriptor(fd);
            throw e;
        }
    }

    /** The files of this segment, for further ones; while there is only the trace's document in it. */
    QueueTemplate template() {
        return new QueueTemplate(folder, made);
    }

    FileSpace.Bounds bounds() {
        return space.bounds();
    }

    /** Whether a document with a payload of this length still fits, with the room that the end needs behind it. */
    boolean hasRoom(final int lengthBytes) {
        checkUsable(lengthBytes);
        return space.reserve(file.end() + DocumentFile.spanned(lengthBytes) + RESERVE_AHEAD);
    }

    /** Why there is no room. */
    String problem() {
        return space.problem();
    }

    /** Why the recording should end, while there is room for what is on its way; null if it should not. Any thread. */
    TraceFull full() {
        return space.full();
    }

    /**
     * Appends a document with a payload of an array.
     *
     * @throws TraceStoreException if that fails, or has failed before
     */
    void append(final DocumentKind kind, final int target, final byte[] payload) {
        checkUsable(payload.length);
        append(kind, target, file.copy(payload), payload.length);
    }

    /**
     * Appends a document with a payload in memory, which nobody changes meanwhile.
     *
     * @throws TraceStoreException if that fails, or has failed before
     */
    void append(final DocumentKind kind, final int target, final long address, final int length) {
        beforeAppend(length);
        try {
            file.append(kind, target, address, length);
        } catch (final FileCallException e) {
            throw failed(kind, e);
        }
        documents++;
    }

    private void beforeAppend(final int length) {
        checkUsable(length);
        final long end = file.end() + DocumentFile.spanned(length);
        try {
            // What ends a trace that is full goes to the space that was taken before it was.
            if (space.reserve(end + RESERVE_AHEAD) || space.isReserved(end)) {
                return;
            }
        } catch (final TraceStoreException e) {
            failure = e;
            throw e;
        }
        failure = new TraceStoreException("no room for a document: directory=" + trace + " documents="
            + documents + ": " + space.problem() + "; what was appended before stays readable. Free some space or"
            + " record to another file system (-o DIR)");
        throw failure;
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

    private TraceStoreException failed(final DocumentKind kind, final FileCallException e) {
        failure = new TraceStoreException("append of a " + kind + " document failed: directory=" + trace
            + " documents=" + documents + ": " + e.getMessage() + "; what was appended before stays readable. If the"
            + " disk is full, free some space or record to another file system (-o DIR)", e);
        return failure;
    }

    /** Bytes of all documents so far, with the queue's length words. */
    long bytesWritten() {
        return file.end() - made.begin();
    }

    /** Documents appended so far. */
    long documents() {
        return documents;
    }

    /** Bytes of the file with what the queue put before the first document, when it is closed. */
    long length() {
        return Memory.wholePages(file.end() + DocumentDescriptor.QUEUE_WORD_LENGTH);
    }

    /** Closes without tidying, for a file that is removed next. */
    void discard() {
        space.close();
        folder.close();
    }

    /** The segment's folder, which closes with the segment. */
    SegmentFolder folder() {
        return folder;
    }

    /** Gives back the space that was taken ahead, and closes. */
    @Override
    public void close() {
        try {
            // A length word of zero stays, which says that nothing follows.
            space.truncate(length());
        } catch (final FileCallException e) {
            throw new TraceStoreException("cannot truncate the trace's file: directory=" + trace + ": "
                + e.getMessage() + "; it is complete, but takes more space than it needs", e);
        } finally {
            discard();
        }
    }
}
