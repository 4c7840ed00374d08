// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;

/**
 * Counts the events of a ring that nobody writes to, by the chunks' own counts only, because a drainer in shared mode
 * does not publish its count. Works on a copy of the slot's words.
 *
 * @param eventsBefore events written before head
 * @param skipped      of the events written after head, those that the owner has overwritten: the owner steps over a
 *                     chunk that is being read, so it does not always overwrite the oldest events first (R9)
 */
record RingCensus(long eventsBefore, long skipped) {
    /**
     * Counts the events of a ring.
     *
     * @param slot   copy of a slot's words
     * @param walker its schema
     * @return null if the ring was never used, or contradicts itself
     */
    static RingCensus of(final Slot slot, final EventWalker walker) {
        return slot.ringLength() == 0 ? null : new Count(slot, walker).take();
    }

    /**
     * Counts the events from one position to another, both in the same chunk.
     *
     * @return fewer if they contradict the schema
     */
    static long events(final Slot slot, final long from, final long to, final EventWalker walker) {
        final long mask = slot.ringLength() - 1;
        long count = 0;
        long at = from;
        while (at < to) {
            final int length = walker.lengthOf(slot.ringAddress() + (at & mask), to - at, slot.streamClass());
            if (length == EventWalker.MALFORMED) {
                return count;
            }
            at += EventDescriptor.align(length);
            count++;
        }
        return count;
    }

    /** One pass over all chunks. */
    private static final class Count {
        private final Slot slot;
        private final EventWalker walker;
        private final long ringLength;
        private final long tail;
        private final long head;
        private long newestBegin = -1;
        private long total;
        private long firstBegin = Long.MAX_VALUE;
        private long firstEventsBefore;
        private long left;

        Count(final Slot slot, final EventWalker walker) {
            this.slot = slot;
            this.walker = walker;
            ringLength = slot.ringLength();
            tail = slot.tailAcquire();
            head = slot.headVolatile(tail);
        }

        RingCensus take() {
            for (int i = 0; i < SlotDescriptor.MAX_CHUNKS; i++) {
                add(i, slot.address() + SlotDescriptor.chunkOffset(i));
            }
            if (newestBegin < 0) {
                return null;
            }
            long before = total;
            if (firstBegin != Long.MAX_VALUE) {
                final long drained = firstBegin < head ? events(slot, firstBegin, head, walker) : 0;
                before = firstEventsBefore + drained;
                left -= drained;
            }
            final long skipped = total - before - left;
            return before < 0 || skipped < 0 || skipped > slot.overwrittenAcquire() ? null
                : new RingCensus(before, skipped);
        }

        private void add(final int index, final long chunk) {
            final long begin = Memory.getLong(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET);
            // A begin of zero: the chunk was never used, because the first position is a chunk's length. A begin at
            // tail: the chunk is open and has no event yet.
            if (begin <= 0 || begin >= tail || (begin & slot.chunkLength() - 1) != 0) {
                return;
            }
            final long eventsBefore = Memory.getLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET);
            final boolean isClosed = Memory.getLong(chunk + ChunkDescriptor.CONTENT_END_OFFSET) != 0;
            final long count = isClosed
                ? Integer.toUnsignedLong(Memory.getInt(chunk + ChunkDescriptor.EVENT_COUNT_OFFSET))
                : tail <= begin + slot.chunkLength() ? events(slot, begin, tail, walker) : 0;
            if (begin > newestBegin) {
                newestBegin = begin;
                total = eventsBefore + count;
            }
            final long state = Memory.getLong(chunk + ChunkDescriptor.STATE_OFFSET);
            final boolean isGone = ChunkDescriptor.isOf(state, begin)
                && ChunkDescriptor.state(state) == ChunkDescriptor.STATE_OVERWRITTEN;
            // When a ring grows, old chunks stay where they were; all of their events were drained.
            if (begin >= slot.chunkBegin(head) && !isGone && (begin & ringLength - 1) / slot.chunkLength() == index) {
                left += count;
                if (begin < firstBegin) {
                    firstBegin = begin;
                    firstEventsBefore = eventsBefore;
                }
            }
        }
    }
}
