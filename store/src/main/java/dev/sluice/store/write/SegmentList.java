// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The segments of a trace that rotates: the one that is written, those before it that stay, and those whose files are
 * to be removed. A packet is in exactly one segment. For one thread at a time, but {@link #removeHidden} is for any.
 * <p>
 * The steps of a rotation, each of which may be the last one of this process: the next segment is made, with all that
 * it repeats, where no reader looks for it; the one that is written gets its account; the next one gets its number; the
 * oldest one loses its number; its files are removed. A trace is whole after each of them.
 * <p>
 * Files are removed, and never cut: a reader has all that it has opened, and so has a copy that is a link. Their space
 * comes back when nobody has them any more, which may be late; until then the next segments take other space.
 */
final class SegmentList implements AutoCloseable {
    /** If the thread that removes files is so far behind, whoever rotates does its work. */
    private static final int MOST_HIDDEN = 8;
    /** What is taken ahead of the last document, here and by whoever looks at what is free in the same moment. */
    private static final long TAKEN_AHEAD = 4L << 20;
    /** In less than this part of a period, what was stored says nothing of the whole. */
    private static final int LEAST_SHARE = 8;

    /** A segment that is complete. */
    private record Kept(int number, long bytes, long events) {
    }

    private final TraceDirectory directory;
    private final SegmentRotation rotation;
    private final QueueTemplate template;
    private final FileSpace.Bounds bounds;
    private final Deque<Kept> kept = new ArrayDeque<>();
    private final Queue<Integer> hidden = new ConcurrentLinkedQueue<>();
    private volatile Segment current;
    /** Number of the segment that is written. */
    private int number;
    private long begunNs = System.nanoTime();
    /** Events in the segment that is written. */
    private long events;
    private boolean hasPacket;
    private long keptBytes;
    private long closedBytes;
    private long closedDocuments;
    private long removedEvents;
    private volatile TraceFull full;

    SegmentList(final TraceDirectory directory, final Segment first, final SegmentRotation rotation) {
        this.directory = directory;
        this.rotation = rotation;
        current = first;
        bounds = first.bounds();
        template = rotation.isOn() ? first.template() : null;
    }

    /** The segment that is written. */
    Segment current() {
        return current;
    }

    /** Whether there may be more than one segment. */
    boolean isRotating() {
        return rotation.isOn();
    }

    /** Counts a packet of so many events in the segment that is written. */
    void added(final int eventCount) {
        hasPacket = true;
        events += eventCount;
    }

    /** Whether the next segment is to be begun before so many bytes are appended. */
    boolean isDue(final long moreBytes) {
        return hasPacket && full == null && (current.bytesWritten() + moreBytes > rotation.bytes()
            || System.nanoTime() - begunNs >= rotation.periodNs());
    }

    /**
     * Begins the next segment. If the disk has no room for it the recording is to end, and goes on in this segment
     * until it does.
     *
     * @return whether there is a next segment
     * @throws TraceStoreException if it cannot be made for another reason; what was appended stays readable
     */
    boolean rotate(final List<TargetCarry> targets) {
        if (!bounds.beside(keptBytes + current.length() + FileSpace.OTHER_FILES).hasRoom(template.length())) {
            // A trace of a limited size: its end is near, and it comes in this segment.
            full = TraceFull.SIZE;
            return false;
        }
        final Segment next;
        try {
            next = make(targets);
        } catch (final FileCallException e) {
            if (!FileCalls.isWithoutRoom(e.errno())) {
                throw new TraceStoreException("cannot begin the next segment of the trace: directory="
                    + directory.path() + ": " + e.getMessage() + "; what was appended before stays readable. Record to"
                    + " another file system (-o DIR)", e);
            }
            full = TraceFull.DISK;
            return false;
        }
        if (next == null) {
            return false;
        }
        closeCurrent();
        current = next;
        number++;
        begunNs = System.nanoTime();
        hasPacket = false;
        events = 0;
        dropOldest();
        return true;
    }

    /** Makes the next segment and gives it its number; null if there is no room for what it begins with. */
    private Segment make(final List<TargetCarry> targets) {
        final SegmentFolder folder = directory.makeNext();
        Segment next = null;
        boolean isMade = false;
        try {
            next = Segment.next(directory.path(), folder, template,
                bounds.beside(keptBytes + current.length() + FileSpace.OTHER_FILES));
            // Nobody appends meanwhile: what is fired later comes to the next segment.
            final long atNs = System.nanoTime();
            for (final TargetCarry target : targets) {
                target.writeTo(next, atNs);
            }
            if (next.full() == null) {
                for (int i = 0; i < targets.size(); i++) {
                    current.append(DocumentKind.PROGRESS, i,
                        DocumentCodec.encode(targets.get(i).progress(true, atNs)));
                }
                directory.publishNext(number + 1);
                isMade = true;
            }
        } catch (final TraceStoreException e) {
            if (next == null || next.full() == null) {
                throw e;
            }
        } finally {
            if (!isMade) {
                full = next == null ? null : next.full();
                discard(folder, next);
            }
        }
        return isMade ? next : null;
    }

    private void discard(final SegmentFolder folder, final Segment next) {
        try {
            directory.discardNext(folder);
        } catch (final FileCallException | TraceStoreException e) {
            // Why there is no next segment is on its way; what was made of it is no part of the trace.
            folder.close();
        } finally {
            if (next != null) {
                next.discard();
            }
        }
    }

    private void closeCurrent() {
        final Kept closed = new Kept(number, current.length() + FileSpace.OTHER_FILES, events);
        closedBytes += current.bytesWritten();
        closedDocuments += current.documents();
        current.close();
        kept.addLast(closed);
        keptBytes += closed.bytes;
    }

    private void dropOldest() {
        while (kept.size() >= rotation.keep()) {
            final Kept oldest = kept.getFirst();
            directory.hide(oldest.number);
            kept.removeFirst();
            keptBytes -= oldest.bytes;
            removedEvents += oldest.events;
            hidden.add(oldest.number);
        }
        if (hidden.size() > MOST_HIDDEN) {
            removeHidden();
        }
    }

    /** Removes the files of segments that are none any more: a large one takes a while. Any thread. */
    void removeHidden() {
        for (Integer next = hidden.poll(); next != null; next = hidden.poll()) {
            directory.removeHidden(next);
        }
    }

    /**
     * Bytes that must stay free on the disk so that the recording does not end for want of them. Where segments are
     * bounded by a time, the next ones are taken to be as large as the largest of those that are kept; before there is
     * one, as large as the first one is going to be. A trace that keeps all its segments takes whatever there is: of
     * what it will need nothing is known.
     */
    long freeNeeded() {
        final long needed = bounds.softFree() + TAKEN_AHEAD;
        if (rotation.keep() == Integer.MAX_VALUE) {
            return needed;
        }
        // The next one is begun before the oldest one is removed.
        final long segments = rotation.keep() - kept.size() + 1L;
        return needed + Math.max(0, segments * expectedLength() - current.length());
    }

    private long expectedLength() {
        if (rotation.bytes() != Long.MAX_VALUE) {
            return rotation.bytes() + FileSpace.OTHER_FILES;
        }
        final long largest = kept.stream().mapToLong(Kept::bytes).max().orElse(0);
        return largest > 0 ? Math.max(largest, current.length() + FileSpace.OTHER_FILES)
            : FileSpace.OTHER_FILES + extrapolate(current.bytesWritten(), System.nanoTime() - begunNs,
                rotation.periodNs());
    }

    /** What there will be after a period, if there were so many bytes after a part of it. */
    static long extrapolate(final long bytes, final long agoNs, final long periodNs) {
        final double counted = Math.max(agoNs, periodNs / LEAST_SHARE);
        return (long) (bytes * Math.max(1, periodNs / counted));
    }

    /** Number of the oldest segment that is there. */
    int oldest() {
        return kept.isEmpty() ? number : kept.getFirst().number;
    }

    /** Number of the segment that is written. */
    int number() {
        return number;
    }

    /** Events that were stored in segments that were removed. */
    long removedEvents() {
        return removedEvents;
    }

    /** Why the recording should end; null if it should not. Any thread. */
    TraceFull full() {
        final TraceFull known = full;
        return known != null ? known : current.full();
    }

    /** Bytes of all documents so far, with the queue's length words. */
    long bytesWritten() {
        return closedBytes + current.bytesWritten();
    }

    /** Documents appended so far. */
    long documents() {
        return closedDocuments + current.documents();
    }

    /** Closes without tidying, for a trace that is removed next. */
    void discard() {
        current.discard();
    }

    @Override
    public void close() {
        try {
            removeHidden();
        } finally {
            current.close();
        }
    }
}
