// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.drain;

import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import java.lang.invoke.VarHandle;

/**
 * The drainer's side of the chunk states (R9; {@link ChunkDescriptor} has the table). It takes the chunk of a selected
 * batch for reading, so that the chunk's owner does not overwrite it, and gives it back. All changes are by
 * compare-and-set, so that they never undo a change of an owner that overwrites, or of a drainer of another session.
 * Stateless: for the thread that uses the selector.
 */
public final class ChunkReading {
    private static final int READ_ATTEMPTS = 1000;

    private ChunkReading() {
    }

    /** Whether the occupant that begins at a position cannot be read any more. */
    static boolean isGone(final long chunk, final long chunkBegin) {
        final long state = Memory.getLongVolatile(chunk + ChunkDescriptor.STATE_OFFSET);
        return Memory.getLongAcquire(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET) != chunkBegin
            || ChunkDescriptor.isOf(state, chunkBegin)
            && ChunkDescriptor.state(state) == ChunkDescriptor.STATE_OVERWRITTEN;
    }

    /**
     * Takes a selected batch's chunk for reading. From here on, its owner does not overwrite it.
     *
     * @param epoch epoch of the session that reads
     * @return false if the owner has overwritten the chunk since it was selected
     */
    public static boolean begin(final BatchSelector batch, final Slot slot, final int epoch) {
        final long chunkBegin = slot.chunkBegin(batch.begin());
        final long address = batch.stateAddress(slot);
        for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
            final long word = Memory.getLongVolatile(address);
            final int state = ChunkDescriptor.state(word);
            if (!ChunkDescriptor.isOf(word, chunkBegin) || state == ChunkDescriptor.STATE_OVERWRITTEN) {
                return false;
            }
            // If it is READING already, an earlier drain of this reader was interrupted, or a session has ended that
            // read it.
            final boolean open = state == ChunkDescriptor.STATE_OPEN || state == ChunkDescriptor.STATE_OPEN_READING;
            final long reading = ChunkDescriptor.stateWord(chunkBegin, epoch,
                open ? ChunkDescriptor.STATE_OPEN_READING : ChunkDescriptor.STATE_READING);
            if (Memory.compareAndSetLong(address, word, reading)) {
                return true;
            }
        }
        // An owner changes the state a few times at most. A state that changes more often is forged.
        return false;
    }

    /**
     * Whether this reader still has the chunk that {@link #begin} took. If so, what it has copied since then is what
     * the owner wrote.
     */
    public static boolean isHeld(final BatchSelector batch, final Slot slot, final int epoch) {
        final long chunkBegin = slot.chunkBegin(batch.begin());
        // The loads of the copy come before the load of the state.
        VarHandle.loadLoadFence();
        final long word = Memory.getLongVolatile(batch.stateAddress(slot));
        return word == ChunkDescriptor.stateWord(chunkBegin, epoch, ChunkDescriptor.STATE_READING)
            || word == ChunkDescriptor.stateWord(chunkBegin, epoch, ChunkDescriptor.STATE_OPEN_READING);
    }

    /**
     * Gives the chunk back.
     *
     * @param drained whether the batch was drained and head has moved
     * @return false if a reader of another session has taken the chunk since; then this reader's copy must not be used
     */
    public static boolean end(final BatchSelector batch, final Slot slot, final int epoch, final boolean drained) {
        final long chunkBegin = slot.chunkBegin(batch.begin());
        final long address = batch.stateAddress(slot);
        final long reading = ChunkDescriptor.stateWord(chunkBegin, epoch, ChunkDescriptor.STATE_READING);
        final long openReading = ChunkDescriptor.stateWord(chunkBegin, epoch, ChunkDescriptor.STATE_OPEN_READING);
        final long left = drained && slot.chunkBegin(batch.nextHead()) != chunkBegin
            ? ChunkDescriptor.stateWord(chunkBegin, 0, ChunkDescriptor.STATE_DRAINED)
            : ChunkDescriptor.partlyDrainedWord(chunkBegin, drained ? batch.nextHead() : batch.begin());
        return Memory.compareAndSetLong(address, openReading,
                ChunkDescriptor.stateWord(chunkBegin, 0, ChunkDescriptor.STATE_OPEN))
            || Memory.compareAndSetLong(address, reading, left);
    }
}
