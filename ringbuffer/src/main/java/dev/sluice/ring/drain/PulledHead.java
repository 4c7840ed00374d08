// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.drain;

import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.Slot;

/**
 * The target's side of pull mode (docs/protocol.md section 5). A consumer that pulls maps the control file alone and
 * has no way to change a word of the region, so it says in the control file how far it has come, and the target's
 * threads carry that to the ring's head: the owner where it needs room, the control thread in each of its turns.
 * Stateless: any thread of the target.
 */
public final class PulledHead {
    private PulledHead() {
    }

    /**
     * Moves head to where the consumer of a session has pulled. Head never goes back, whoever else moves it: each tries
     * from the word that it has read.
     *
     * @param epoch of the session; a consumer of another one says nothing here
     */
    public static void carry(final ControlFile controlFile, final Slot slot, final int epoch) {
        final long pulled = controlFile.pulledVolatile(slot.index());
        if (epoch == 0 || TaggedWord.epoch(pulled) != epoch) {
            return;
        }
        final long tail = slot.tailAcquire();
        final long position = slot.position(pulled, tail);
        long word = slot.headWordVolatile();
        while (slot.position(word, tail) < position
            && !slot.compareAndSetHeadWord(word, Slot.headWord(epoch, position))) {
            word = slot.headWordVolatile();
        }
    }

    /**
     * Whether a chunk that its owner has marked OVERWRITING may be overwritten, as no consumer is taking a batch out of
     * it. If so, head has been carried as far as the consumer has come in it: none can begin with the chunk any more.
     * The mark is a compare-and-set and this load is volatile, as the consumer's store of the word and its look at the
     * mark are: one of the two sees the other.
     *
     * @param chunkBegin begin of the chunk
     */
    static boolean mayOverwrite(final ControlFile controlFile, final Slot slot, final long chunkBegin) {
        final long appending = controlFile.appendingVolatile(slot.index());
        if (TaggedWord.value(appending) != 0) {
            final long end = slot.position(appending, slot.tailAcquire());
            if (slot.chunkBegin(end - 1) == chunkBegin) {
                return false;
            }
        }
        carry(controlFile, slot, controlFile.activeEpochVolatile());
        return true;
    }
}
