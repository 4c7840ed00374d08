// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.PaceInfo;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TickerInfo;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.segment.DocumentView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Appends documents to a new trace: a directory with one segment, {@code 0000} ({@link Segment}), or with as many as
 * its {@link SegmentRotation} says. Each segment can be read by itself. What was stored in segments that were removed
 * is told apart from what was lost.
 * <p>
 * For one thread at a time. An append that returned survives the death of this process at any later moment (not of
 * the machine: nothing is forced to disk). An append that was interrupted by death is as if it had never begun.
 * Packets are copied once, by the kernel from the caller's memory to the file's pages, with no allocation; where the
 * trace rotates, an object each.
 * <p>
 * If the disk fills up, or the trace reaches its limits, packets are refused; what tells of their loss, and the end,
 * still find the room that was reserved ahead of the last packet. Whatever fails otherwise throws {@link
 * TraceStoreException} and so does every later append; what was appended before stays readable. Closing is idempotent
 * and gives back the space that was reserved ahead.
 */
public final class TraceWriter implements AutoCloseable {
    /** Free space asked for before the queue's first pages, which Chronicle maps, are touched. */
    private static final long LEAST_SPACE = 4L << 20;

    private final TraceDirectory directory;
    private final SegmentList segments;
    /** What each segment repeats, by target; empty if there is one segment only. */
    private final List<TargetCarry> carries = new ArrayList<>();
    /** By target, the number of the last segment that has a packet of it. */
    private final List<Integer> lastSegments = new ArrayList<>();
    private int targets;
    private boolean closed;

    private TraceWriter(final TraceDirectory directory, final SegmentList segments) {
        this.directory = directory;
        this.segments = segments;
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

    /**
     * Makes a trace with limits: {@link #tryPacket} keeps to them, and {@link #full()} tells before they are reached.
     */
    public static TraceWriter create(final Path directory, final TraceInfo info, final TraceLimits limits) {
        return create(directory, info, limits, SegmentRotation.NONE);
    }

    /** Makes a trace with limits that rotates: {@link #rotateIfDue} and {@link #removeOld} are to be called as well. */
    public static TraceWriter create(final Path directory, final TraceInfo info, final TraceLimits limits,
        final SegmentRotation rotation) {
        final TraceDirectory made = TraceDirectory.create(directory);
        try {
            requireSpace(made, limits);
            return new TraceWriter(made, new SegmentList(made,
                Segment.create(made.path(), made.makeFirst(), info, limits), rotation));
        } catch (final FileCallException e) {
            made.discard();
            throw new TraceStoreException("cannot make the trace " + directory + ": " + e.getMessage()
                + "; choose another directory (-o DIR)", e);
        } catch (final RuntimeException e) {
            made.discard();
            throw e;
        }
    }

    private static void requireSpace(final TraceDirectory directory, final TraceLimits limits) {
        final long[] space = directory.space();
        final long keepFree = limits.keepFree(space[1]);
        final long needed = limits.others().getAsLong();
        if (needed > keepFree && space[0] < needed + LEAST_SPACE) {
            throw new TraceStoreException("too little space for a trace: directory=" + directory.path() + " usable="
                + space[0] + " bytes, of which the recording that goes on there may need " + needed + ", and "
                + LEAST_SPACE + " are needed; free some space, or name a directory on another file system (-o DIR)");
        }
        if (space[0] < keepFree + LEAST_SPACE) {
            throw new TraceStoreException("too little space for a trace: directory=" + directory.path() + " usable="
                + space[0] + " bytes, of which " + keepFree + " are kept free, and " + LEAST_SPACE + " are needed; free"
                + " some space, or name a directory on another file system (-o DIR)"
                + (keepFree > 0 ? "; record can keep less of it free (--keep-free SIZE)" : ""));
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
        if (segments.isRotating()) {
            carries.add(new TargetCarry(targets, info));
            lastSegments.add(segments.number());
        }
        return targets++;
    }

    /**
     * Adds entries of a target's schema log, encoded by {@link dev.sluice.ring.event.SchemaCodec}: all so far or only
     * the new ones.
     */
    public void schema(final int target, final byte[] log) {
        append(DocumentKind.SCHEMA, checkTarget(target), log);
        carry(target, carry -> carry.schema(log));
    }

    /** Adds a clock reading. At least one near the begin and one near the end make wall time exact. */
    public void clock(final int target, final ClockTriple triple) {
        append(DocumentKind.CLOCK, checkTarget(target), DocumentCodec.encode(triple));
        carry(target, carry -> carry.clock(triple));
    }

    /** Adds what the ticker of a target's clock has proven by now. */
    public void ticker(final int target, final TickerInfo info) {
        append(DocumentKind.TICKER, checkTarget(target), DocumentCodec.encode(info));
        carry(target, carry -> carry.ticker(info));
    }

    /** Adds a ring's owner; before the first packet of that ring and generation. */
    public void thread(final int target, final ThreadInfo info) {
        append(DocumentKind.THREAD, checkTarget(target), DocumentCodec.encode(info));
        carry(target, carry -> carry.thread(info));
    }

    /** Adds a loss. Losses of one ring and cause add up. */
    public void loss(final int target, final LossInfo info) {
        append(DocumentKind.LOSS, checkTarget(target), DocumentCodec.encode(info));
        carry(target, carry -> carry.loss(info));
    }

    /** Adds an error of a target's tracer, or its newer count. */
    public void error(final int target, final DistinctError error) {
        append(DocumentKind.ERROR, checkTarget(target), DocumentCodec.encode(error));
        carry(target, carry -> carry.error(error));
    }

    /** Adds a stall. Two with one begin are one: what the later one has refused adds to the earlier one's. */
    public void stall(final int target, final StallInfo info) {
        append(DocumentKind.STALL, checkTarget(target), DocumentCodec.encode(info));
        carry(target, carry -> carry.stall(info));
    }

    /** Adds what a target is asked to fire from now on. */
    public void selection(final int target, final TargetInfo.Selection selection) {
        append(DocumentKind.SELECTION, checkTarget(target), DocumentCodec.encode(selection));
        carry(target, carry -> carry.selection(selection));
    }

    /** Adds what the receiving thread did with its time. */
    public void pace(final int target, final PaceInfo info) {
        append(DocumentKind.PACE, checkTarget(target), DocumentCodec.encode(info));
        carry(target, carry -> carry.pace(info));
    }

    /** Adds a target's end; its last document. */
    public void end(final int target, final EndInfo info) {
        append(DocumentKind.END, checkTarget(target), DocumentCodec.encode(info));
        carry(target, carry -> carry.end(info));
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
                + documents() + ": " + problem() + "; what was appended before stays readable. Free"
                + " some space or record to another file system (-o DIR)");
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
        checkOpen();
        if (segments.isRotating() && segments.isDue(lengthBytes)) {
            rotate();
        }
        if (!segments.current().hasRoom(lengthBytes)) {
            return false;
        }
        segments.current().append(DocumentKind.PACKET, target, address, lengthBytes);
        if (segments.isRotating()) {
            segments.added(carries.get(target).packet(address));
            lastSegments.set(target, segments.number());
        }
        return true;
    }

    /** Why the last packet was refused; empty if none was. */
    public String problem() {
        return segments.current().problem();
    }

    /**
     * Begins the next segment if it is time to. To be called some times a second, as nothing else may be appended.
     *
     * @throws TraceStoreException if it cannot be made and the disk is not full
     */
    public void rotateIfDue() {
        checkOpen();
        if (segments.isRotating() && segments.isDue(0)) {
            rotate();
        }
    }

    private void rotate() {
        try {
            segments.rotate(carries);
        } catch (final FileCallException e) {
            throw new TraceStoreException("cannot remove the oldest segment of the trace: directory="
                + directory.path() + ": " + e.getMessage() + "; what was appended stays readable", e);
        }
        for (int i = 0; i < carries.size(); i++) {
            if (carries.get(i).hasEnded() && lastSegments.get(i) < segments.oldest()) {
                carries.get(i).forgetDetails();
            }
        }
    }

    /**
     * Removes the files of segments that were let go. To be called now and then by one thread, while others may append.
     *
     * @throws TraceStoreException if that fails
     */
    public void removeOld() {
        try {
            segments.removeHidden();
        } catch (final FileCallException e) {
            throw new TraceStoreException("cannot remove an old segment of the trace: directory=" + directory.path()
                + ": " + e.getMessage() + "; what was appended stays readable", e);
        }
    }

    /**
     * Bytes that must stay free on the file system so that appending can go on: what the segments that stay still grow
     * by, and what ends a recording when it is reached.
     */
    public long freeNeeded() {
        return segments.freeNeeded();
    }

    /** Number of events that were stored in segments that were removed since. */
    public long removedEvents() {
        return segments.removedEvents();
    }

    /** Number of segments begun so far. */
    public int segments() {
        return segments.number() + 1;
    }

    private void carry(final int target, final Consumer<TargetCarry> note) {
        if (segments.isRotating()) {
            note.accept(carries.get(target));
        }
    }

    /** Why the recording should end, while there is room for what is on its way; null if it should not. Any thread. */
    public TraceFull full() {
        return segments.full();
    }

    /**
     * Adds a document of another trace, of which all targets are copied in their order; to a trace that does not
     * rotate. The first document of a trace is made anew instead.
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
        checkOpen();
        segments.current().append(document.kind(), checkTarget(document.target()), document.payloadAddress(),
            document.payloadLength());
    }

    private int checkTarget(final int target) {
        if (target < 0 || target >= targets) {
            throw new IllegalArgumentException("no such target: target=" + target + " targets=" + targets);
        }
        return target;
    }

    private void append(final DocumentKind kind, final int target, final byte[] payload) {
        checkOpen();
        segments.current().append(kind, target, payload);
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("trace writer is closed: directory=" + directory.path());
        }
    }

    /** Bytes of all documents so far, with the queue's length words. */
    public long bytesWritten() {
        return segments.bytesWritten();
    }

    /** Targets added so far. */
    public int targets() {
        return targets;
    }

    /** Documents appended so far. */
    public long documents() {
        return segments.documents();
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
            segments.discard();
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
            segments.close();
        } finally {
            directory.close();
        }
    }
}
