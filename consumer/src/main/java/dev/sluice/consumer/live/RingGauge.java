// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.live;

import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Follows one ring. Each look takes a copy of the slot's words, which an owner and a drainer change meanwhile, and
 * believes of it only what adds up: a chunk's events count if the chunk has the same occupant before and after they
 * were copied (R9). For one thread.
 */
final class RingGauge {
    private static final int ATTEMPTS = 5;
    private static final long NOT_ADDED = -1;

    private final TargetRegion region;
    private final int ring;
    /** Begin of the chunk that the last look ended in; 0 if the ring was never used, -1 before the first. */
    private long chunkBegin = -1;
    /** Position up to which the last look has counted. */
    private long end = -1;
    private long written;
    private long peakBytes;
    private RingReading last;

    /**
     * The newest events of a ring that could be read.
     *
     * @param begin        begin position of a chunk
     * @param eventsBefore events of the ring before it
     * @param contentEnd   position behind its last event; 0 if it is open
     * @param count        its events, if it is closed
     */
    private record Chunk(long begin, long eventsBefore, long contentEnd, long count) {
        boolean isOpen() {
            return contentEnd == 0;
        }
    }

    /**
     * A gauge that has not looked yet.
     *
     * @param isNew whether the ring was never used before: then all of its events are new, too
     */
    RingGauge(final TargetRegion region, final int ring, final boolean isNew) {
        this.region = region;
        this.ring = ring;
        if (isNew) {
            chunkBegin = 0;
            end = 0;
        }
    }

    /**
     * Looks at the ring.
     *
     * @param pulled position that a consumer in pull mode has come to, as the control file's word has it
     * @param scratch where copies go
     * @param counts  gets the events since the last look, as far as they are still there
     */
    void look(final long pulled, final LookBuffer scratch, final EventCounts counts) {
        if (last != null && last.undrainedBytes() == 0 && region.tail(ring) == end) {
            // Nothing was fired, and nothing is refused where there is room.
            return;
        }
        for (int i = 0; i < ATTEMPTS; i++) {
            final Slot slot = slot(scratch);
            if (end < 0 && slot.tailAcquire() <= region.chunkLength()) {
                // Positions begin behind a chunk's length, so it was never used: all that it will have is new.
                chunkBegin = 0;
                end = 0;
            }
            if (slot.ringLength() == 0 || follow(slot, scratch, counts)) {
                read(slot, pulled);
                return;
            }
            // Its owner has gone on meanwhile, or has fired an event that was declared since.
            counts.refresh();
            if (end < 0) {
                beginBehind(slot);
            }
        }
        if (end >= 0) {
            read(slot(scratch), pulled);
        }
    }

    /**
     * Takes what a chunk says of the events before it for what the ring had at the first look, if more cannot be had:
     * without that, all that the ring has ever had would be taken for new at the next look.
     */
    private void beginBehind(final Slot slot) {
        final int used = (int) (slot.usedLength() / region.chunkLength());
        for (int i = 0; i < used; i++) {
            final long at = slot.address() + SlotDescriptor.chunkOffset(i);
            final long begin = Memory.getLong(at + ChunkDescriptor.BEGIN_POSITION_OFFSET);
            final long before = Memory.getLong(at + ChunkDescriptor.EVENTS_BEFORE_OFFSET);
            // One at tail, or behind it, is open and has no event yet.
            if (begin > end && isAt(slot, begin, i) && PacketHeader.isCount(before)
                && region.chunkBegin(slot, begin) == begin) {
                chunkBegin = begin;
                end = begin;
                written = before;
            }
        }
    }

    private Slot slot(final LookBuffer scratch) {
        final Slot words = region.snapshot(ring, scratch.slot());
        // With an address of a ring, overwritten events are counted that the owner has not added up yet.
        return new Slot(ring, words.address(), scratch.ring(), region.ringStride(), region.chunkLength());
    }

    /** Counts what is new. Returns false if what was copied does not add up. */
    private boolean follow(final Slot slot, final LookBuffer scratch, final EventCounts counts) {
        final long tail = slot.tailAcquire();
        final List<Chunk> chunks = chunks(slot, tail);
        if (chunks.isEmpty()) {
            // A ring that was used has a chunk, be it one that its owner is just entering.
            return end >= 0;
        }
        final Chunk newest = chunks.get(0);
        final boolean isFirst = end < 0;
        counts.pairs().beginRing(slot.tid(), slot.streamClass());
        final long newEnd = newest.isOpen() ? tail : newest.contentEnd;
        // Tail is copied before the chunks: the one that it was in may have another occupant by now.
        if (newEnd < end || newEnd < tail || newest.isOpen() && tail - newest.begin > region.chunkLength()) {
            return false;
        }
        long total = newest.eventsBefore + newest.count;
        if (newest.isOpen()) {
            final boolean isSame = newest.begin == chunkBegin;
            final int more = count(slot, newest.begin, isSame ? end : newest.begin, tail, scratch, counts,
                isFirst ? NOT_ADDED : isSame ? written : newest.eventsBefore);
            if (more == EventWalker.MALFORMED) {
                return false;
            }
            total = isSame ? written + more : newest.eventsBefore + more;
        }
        if (!PacketHeader.isCount(total) || total < written || region.chunkBegin(slot, newest.begin) != newest.begin) {
            return false;
        }
        if (!isFirst) {
            addOlder(slot, newest.isOpen() ? chunks.subList(1, chunks.size()) : chunks, scratch, counts);
        }
        counts.pairs().endRing(written);
        chunkBegin = newest.begin;
        end = newEnd;
        written = total;
        return true;
    }

    /** Adds the events of closed chunks, the newest first, until it has had enough. */
    private void addOlder(final Slot slot, final List<Chunk> chunks, final LookBuffer scratch,
        final EventCounts counts) {
        for (final Chunk chunk : chunks) {
            final long from = Math.max(chunk.begin, end);
            if (!chunk.isOpen() && from < chunk.contentEnd && chunk.contentEnd - chunk.begin <= region.chunkLength()
                && scratch.spend(chunk.contentEnd - from)) {
                // What is gone meanwhile is not counted: then the events that were seen are fewer than those written.
                count(slot, chunk.begin, from, chunk.contentEnd, scratch, counts,
                    from == chunk.begin ? chunk.eventsBefore : written);
            }
        }
    }

    /**
     * Number of events between two positions of a chunk; {@link EventWalker#MALFORMED} if they cannot be had.
     *
     * @param first number of the first of them among all of the ring; {@link #NOT_ADDED} if they are to be counted only
     */
    private int count(final Slot slot, final long begin, final long from, final long to, final LookBuffer scratch,
        final EventCounts counts, final long first) {
        final int length = (int) (to - from);
        region.copyRing(ring, from & slot.ringLength() - 1, scratch.ring(), length);
        final StreamClass streamClass = slot.streamClass();
        final int events = counts.count(scratch.ring(), length, streamClass);
        // The copy was made by a call of the kernel, so this load comes after it.
        if (events == EventWalker.MALFORMED || region.chunkBegin(slot, begin) != begin) {
            return EventWalker.MALFORMED;
        }
        if (first != NOT_ADDED) {
            counts.add(scratch.ring(), events, streamClass, first);
        }
        return events;
    }

    /** The chunks that have events since the last look, the newest first. */
    private List<Chunk> chunks(final Slot slot, final long tail) {
        final List<Chunk> chunks = new ArrayList<>();
        final int used = (int) (slot.usedLength() / region.chunkLength());
        for (int i = 0; i < used; i++) {
            final long at = slot.address() + SlotDescriptor.chunkOffset(i);
            final long begin = Memory.getLong(at + ChunkDescriptor.BEGIN_POSITION_OFFSET);
            // A begin of zero: never used. A begin at tail: open, without an event yet.
            if (begin > 0 && begin < tail && begin >= chunkBegin && isAt(slot, begin, i)) {
                chunks.add(new Chunk(begin, Memory.getLong(at + ChunkDescriptor.EVENTS_BEFORE_OFFSET),
                    Memory.getLong(at + ChunkDescriptor.CONTENT_END_OFFSET),
                    Integer.toUnsignedLong(Memory.getInt(at + ChunkDescriptor.EVENT_COUNT_OFFSET))));
            }
        }
        chunks.sort(Comparator.comparingLong(Chunk::begin).reversed());
        chunks.removeIf(chunk -> chunk.contentEnd != 0 && (chunk.contentEnd < chunk.begin
            || (chunk.contentEnd & EventDescriptor.ALIGNMENT - 1) != 0));
        return chunks.stream().map(chunk -> chunk.isOpen() ? new Chunk(chunk.begin, chunk.eventsBefore, 0, 0) : chunk)
            .toList();
    }

    private void read(final Slot slot, final long pulled) {
        final long tail = slot.tailAcquire();
        final long head = Math.max(slot.headVolatile(tail), pulled == 0 ? 0 : slot.position(pulled, tail));
        final long undrained = Math.min(undrained(slot, head, tail), slot.ringLength());
        peakBytes = Math.max(peakBytes, undrained);
        final long state = slot.stateVolatile();
        last = new RingReading(ring, slot.tid(), slot.name(),
            SlotDescriptor.state(state) == SlotDescriptor.STATE_ACTIVE, written, sound(slot.discardedAcquire()),
            sound(slot.stalledAcquire()), sound(slot.overwrittenAcquire()), sound(slot.blockedNsAcquire()),
            sound(slot.trapsAcquire()), undrained, slot.ringLength(), peakBytes);
    }

    /**
     * Bytes behind head that hold events. What lies between head and tail may be a hole for the most part: an owner
     * whose events are drained goes back to the ring's first chunk.
     */
    private long undrained(final Slot slot, final long head, final long tail) {
        long bytes = 0;
        final int used = (int) (slot.usedLength() / region.chunkLength());
        for (int i = 0; i < used; i++) {
            final long at = slot.address() + SlotDescriptor.chunkOffset(i);
            final long begin = Memory.getLong(at + ChunkDescriptor.BEGIN_POSITION_OFFSET);
            if (begin > 0 && begin < tail && isAt(slot, begin, i)) {
                final long contentEnd = Memory.getLong(at + ChunkDescriptor.CONTENT_END_OFFSET);
                final long last = Math.min(contentEnd == 0 ? tail : contentEnd, begin + region.chunkLength());
                bytes += Math.max(0, last - Math.max(begin, head));
            }
        }
        return bytes;
    }

    /** Whether a chunk may begin there, being the ring's chunk of that index. */
    private boolean isAt(final Slot slot, final long begin, final int index) {
        return slot.chunkBegin(begin) == begin && (begin & slot.ringLength() - 1) / region.chunkLength() == index;
    }

    /** A count that no real ring can have is taken for 0. */
    private static long sound(final long count) {
        return PacketHeader.isCount(count) ? count : 0;
    }

    /** What the last look has found, and the peak since the last call; null if the ring was never used. */
    RingReading take() {
        final RingReading taken = last == null || last.lengthBytes() == 0 ? null : last;
        if (last != null) {
            peakBytes = last.undrainedBytes();
            last = new RingReading(last.ring(), last.tid(), last.name(), last.isOwned(), last.written(),
                last.discarded(), last.stalled(), last.overwritten(), last.blockedNs(), last.traps(),
                last.undrainedBytes(), last.lengthBytes(), peakBytes);
        }
        return taken;
    }
}
