// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;

/**
 * Takes chunks that are full and not drained, for an owner that overwrites, and counts their events (R9). For the owner
 * thread, at most once per chunk. Public only so that the class can be loaded before the first event is fired.
 */
public final class ChunkOverwriter {
    private final Slot slot;
    private final RingControl control;

    ChunkOverwriter(final Slot slot, final RingControl control) {
        this.slot = slot;
        this.control = control;
    }

    /**
     * Makes a full chunk OVERWRITTEN, and adds the events that were not drained from it to the ring's count.
     *
     * @param chunk address of its descriptor
     * @return false if the chunk is not full, or a drainer or a consumer that pulls has taken it meanwhile
     */
    boolean tryOverwrite(final long chunk, final long ringLength) {
        final long occupant = Memory.getLong(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET);
        final long stateAddress = chunk + ChunkDescriptor.STATE_OFFSET;
        final long full = Memory.getLongVolatile(stateAddress);
        if (!ChunkDescriptor.isOf(full, occupant) || ChunkDescriptor.state(full) != ChunkDescriptor.STATE_FULL) {
            return false;
        }
        // The word still says how far a drainer has come that took a part.
        final long overwriting = full + ChunkDescriptor.STATE_OVERWRITING - ChunkDescriptor.STATE_FULL;
        if (!Memory.compareAndSetLong(stateAddress, full, overwriting)) {
            return false;
        }
        boolean isOverwritten = false;
        try {
            isOverwritten =
                control.mayOverwrite(slot, occupant) && tryOverwrite(chunk, occupant, overwriting, ringLength);
            return isOverwritten;
        } finally {
            if (!isOverwritten) {
                // If a drainer has taken the chunk meanwhile, this changes nothing.
                Memory.compareAndSetLong(stateAddress, overwriting, full);
            }
        }
    }

    private boolean tryOverwrite(final long chunk, final long occupant, final long overwriting,
                                 final long ringLength) {
        final long overwritten = ChunkDescriptor.stateWord(occupant, 0, ChunkDescriptor.STATE_OVERWRITTEN);
        // Head is read before the chunk is OVERWRITTEN: a drainer that finds it so steps over it at once, and head then
        // no longer says how much of the chunk was drained.
        final long head = slot.headVolatile(Memory.getLong(slot.address() + SlotDescriptor.TAIL_OFFSET));
        final long address = slot.address() + SlotDescriptor.OVERWRITTEN_OFFSET;
        final long count = Memory.getLong(address) + undelivered(chunk, occupant, head, ringLength - 1);
        // The count is stored before the state, so that whoever finds the chunk OVERWRITTEN finds it counted too:
        // Slot.overwrittenAcquire.
        Memory.putLong(chunk + ChunkDescriptor.OVERWRITTEN_OFFSET, count);
        Memory.putLongRelease(slot.address() + SlotDescriptor.OVERWRITING_OFFSET, occupant);
        if (!Memory.compareAndSetLong(chunk + ChunkDescriptor.STATE_OFFSET, overwriting, overwritten)) {
            return false;
        }
        Memory.putLongRelease(address, count);
        return true;
    }

    /**
     * Counts a chunk whose count stands only in its descriptor: an error, or the death of the former owner, may have
     * left such an OVERWRITTEN chunk.
     */
    void countOverwritten() {
        final long address = slot.address() + SlotDescriptor.OVERWRITTEN_OFFSET;
        final long count = slot.overwrittenAcquire();
        if (count != Memory.getLong(address)) {
            Memory.putLongRelease(address, count);
        }
    }

    private long undelivered(final long chunk, final long occupant, final long head, final long mask) {
        final long count = Integer.toUnsignedLong(Memory.getInt(chunk + ChunkDescriptor.EVENT_COUNT_OFFSET));
        long drained = 0;
        for (long at = occupant; at < head && drained < count; drained++) {
            final int length = control.walker().lengthOf(slot.ringAddress() + (at & mask), slot.chunkLength(),
                slot.streamClass());
            at += EventDescriptor.align(Math.max(1, length));
        }
        return count - drained;
    }
}
