// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.memory;

import dev.sluice.ring.RingPages;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.Slot;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The pages of one ring. A ring has one page at first. The pages of its first chunk double whenever they are full; when
 * all of the ring's chunks are full, a whole chunk is added, up to {@code sluice.ring.chunks}, or to what the session
 * says. The owner asks for pages; any thread may {@link #trim} the drained chunks behind the owner.
 * <p>
 * Each chunk has a word: how many bytes, from its begin, have pages, and who holds them.
 * <pre>
 *  0            to length, OPEN   owner, who has allocated them
 *  length       to length, OPEN   owner, entering the chunk, by CAS
 *  length, OPEN to length         owner, having closed the chunk and entered another
 *  length       to length, TAKEN  whoever trims, by CAS; only then it looks whether the chunk is drained
 *  length, TAKEN to 0             the same, having given the pages back
 *  length, TAKEN to length        the same, the chunk being not drained
 * </pre>
 */
public final class RingMemory implements RingPages {
    /** What a ring begins with. */
    public static final int PAGE = Memory.PAGE_LENGTH;

    private static final int OPEN = 1 << 30;
    private static final int TAKEN = 1 << 29;
    private static final int LENGTH = TAKEN - 1;
    private static final int NONE = -1;

    private final TargetMemory memory;
    private final MemoryBudget budget;
    private final Slot slot;
    private final int chunkLength;
    /** The length in bytes up to which the ring may grow with any strategy. */
    private final long ordinaryLength;
    private final LongSupplier mostBytes;
    /** The number of rings that have pages, over all slots. */
    private final AtomicInteger rings;
    private final AtomicIntegerArray words;
    private final AtomicLong backed = new AtomicLong();
    /** Chunks at or above it have never had pages. */
    private volatile int limit;
    /** The number of chunks that the owner holds. Only the owner uses this field and the next two. */
    private int inUse;
    /** The chunk that the owner no longer holds but that nobody may take, or {@link #NONE}. */
    private int kept = NONE;
    /** The budget's count of changes when the budget last refused. */
    private int refusedAt;

    /**
     * Without a page yet.
     *
     * @param mostBytes what the ring may have at most, by the session of the moment
     * @param rings     the number of rings that have pages, over all slots
     */
    public RingMemory(final TargetMemory memory, final Slot slot, final LongSupplier mostBytes,
               final AtomicInteger rings) {
        this.memory = memory;
        this.budget = memory.budget();
        this.slot = slot;
        this.chunkLength = slot.chunkLength();
        this.ordinaryLength = memory.ordinaryRingLength();
        this.mostBytes = mostBytes;
        this.rings = rings;
        this.words = new AtomicIntegerArray((int) (memory.greatestRingLength() / chunkLength));
    }

    /** Gives a new owner's ring its first page; false if there is none. */
    public boolean begin() {
        refusedAt = 0;
        inUse = 0;
        kept = NONE;
        final int length = extend(0, Math.min(PAGE, chunkLength));
        if (length > 0) {
            close(0);
        }
        return length > 0;
    }

    @Override
    public int open(final int chunk) {
        while (true) {
            final int word = words.get(chunk);
            if (word == 0 || (word & TAKEN) != 0) {
                return 0;
            }
            if ((word & OPEN) != 0) {
                opened(chunk, chunk == kept);
                return word & LENGTH;
            }
            if (words.compareAndSet(chunk, word, word | OPEN)) {
                opened(chunk, true);
                return word & LENGTH;
            }
        }
    }

    private void opened(final int chunk, final boolean isNew) {
        inUse += isNew ? 1 : 0;
        if (kept != NONE && kept != chunk) {
            release(kept);
        }
        kept = NONE;
    }

    private void release(final int chunk) {
        // Nobody else changes the word of an open chunk.
        words.set(chunk, words.get(chunk) & LENGTH);
    }

    @Override
    public int extend(final int chunk, final int leastBytes) {
        final int length = open(chunk);
        final int word = words.get(chunk);
        // A word that is not 0 and not the owner's means that another thread is taking the chunk's pages just now.
        if (length >= leastBytes || word != 0 && (word & OPEN) == 0 || refusedAt == budget.changes()) {
            return length;
        }
        final int least = Math.min(chunkLength, (int) Memory.wholePages(leastBytes));
        // A ring that has filled whole chunks will fill this one too.
        final int wanted = length == 0 && backed.get() >= chunkLength ? chunkLength
            : Math.max(least, Math.min(chunkLength, 2 * length));
        final int seen = budget.changes();
        if (allocate(chunk, length, wanted)) {
            return wanted;
        }
        if (least < wanted && allocate(chunk, length, least)) {
            return least;
        }
        refusedAt = seen;
        return length;
    }

    private boolean allocate(final int chunk, final int from, final int to) {
        final int more = to - from;
        if (!memory.allocateDescriptor(slot.index(), chunk) || !take(more)) {
            return false;
        }
        final long at = chunk * (long) chunkLength + from;
        if (!memory.tryPages(memory.region().ringOffset(slot.index()) + at, slot.ringAddress() + at, more)) {
            // The kernel has no page for this memory, so nobody else could get it: owners that were refused before need
            // not ask again because of it.
            budget.neverHad(more);
            return false;
        }
        if (backed.addAndGet(more) == more) {
            rings.incrementAndGet();
        }
        limit = Math.max(limit, chunk + 1);
        words.set(chunk, to | OPEN);
        if (from == 0) {
            opened(chunk, true);
        }
        return true;
    }

    private boolean take(final int more) {
        final long own = backed.get();
        if (own == 0) {
            return budget.take(more, 0);
        }
        if (own + more > mostBytes.getAsLong()) {
            return false;
        }
        final int others = memory.slotCount() - rings.get();
        if (own + more <= ordinaryLength) {
            // Takes memory only if a first page is left for every slot that may still be claimed.
            return budget.take(more, (long) others * (TargetMemory.SLOT_BYTES + PAGE));
        }
        return budget.takeShare(own, more, (long) others * (TargetMemory.SLOT_BYTES + chunkLength));
    }

    @Override
    public void close(final int chunk) {
        inUse--;
        if (inUse > 0) {
            release(chunk);
        } else {
            // A ring keeps its last chunk until it has another chunk: otherwise trimming might leave it with no chunk
            // at all.
            kept = chunk;
        }
    }

    /** Leaves all pages to the next owner: this one fires nothing after all. */
    public void leave() {
        for (int i = 0; i < limit; i++) {
            if ((words.get(i) & OPEN) != 0) {
                release(i);
            }
        }
        inUse = 0;
        kept = NONE;
    }

    /**
     * Gives back the pages of chunks that are not open and whose events are all drained.
     *
     * @return whether any page was given back
     */
    public boolean trim() {
        boolean any = false;
        for (int i = 0; i < limit; i++) {
            final int word = words.get(i);
            if (word != 0 && (word & (OPEN | TAKEN)) == 0 && words.compareAndSet(i, word, word | TAKEN)) {
                boolean isGone = false;
                try {
                    // The chunk is looked at only now that it is taken: the owner cannot enter it any more, so a
                    // drained chunk stays drained.
                    isGone = slot.isChunkDrained(i) && giveBack(i);
                } finally {
                    // If an error interrupts this, the chunk must not stay taken for ever.
                    words.set(i, isGone ? 0 : word);
                }
                any |= isGone;
                if (isGone) {
                    gone(word);
                }
            }
        }
        return any;
    }

    private boolean giveBack(final int chunk) {
        return memory.punch(memory.region().ringOffset(slot.index()) + chunk * (long) chunkLength, chunkLength);
    }

    private void gone(final int length) {
        if (backed.addAndGet(-length) == 0) {
            rings.decrementAndGet();
        }
        budget.giveBack(length);
    }

    /**
     * Gives all pages back. The ring's owner is dead, and its last chunk is closed and drained. Called by whoever frees
     * the slot.
     */
    public void end() {
        for (int i = 0; i < limit; i++) {
            final int length = words.get(i) & LENGTH;
            if (length != 0 && giveBack(i)) {
                words.set(i, 0);
                gone(length);
            } else {
                words.set(i, length);
            }
        }
    }
}
