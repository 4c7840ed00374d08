// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * The owner's side of a ring: claims room for an event and commits it.
 * <p>
 * Only the owner thread may call, or read, anything here (R1); other threads use {@link Slot}. {@link #claim} and
 * {@link #commit} take no lock, make no call and allocate nothing while the open chunk has room (R6); once per chunk
 * {@link RingControl} is asked. When no chunk is free the policy decides: the event is discarded and counted, or the
 * owner waits up to the timeout. An event exists for others from {@link #commit} on, whose release store of tail pairs
 * with {@link Slot#tailAcquire} (R2).
 * <p>
 * The owner of a ring of stream class 1 is a carrier: the virtual thread that runs on the carrier calls, and it stays
 * on that carrier from its look-up of the ring to commit: the fast paths never wait, and what is done once per chunk
 * pins the virtual thread.
 * <p>
 * Most events are written by {@link #tryClaim}, which leaves the rare cases to {@link #claim}:
 * <pre>
 *   long address = ring.claim(clock.ticks(), id, 24);
 *   if (address != RingProducer.REFUSED) {
 *       Memory.putLong(address + 8, a);
 *       Memory.putLong(address + 16, b);
 *       ring.commit(24);
 *   }
 * </pre>
 */
public final class RingProducer {
    /** Returned by {@link #claim}: the event was discarded and counted. By {@link #tryClaim}: nothing was done. */
    public static final long REFUSED = 0;

    private static final int SPINS = 64;
    /** No chunk can be entered. */
    private static final long NONE = -1;
    private static final long PARK_NS = 20_000;
    /**
     * An ordinary event should find room in one such part of a chunk's pages, or of a chunk that is not entered yet.
     */
    private static final int LITTLE_SHARE = 16;
    private static final int LITTLE_BYTES = 256;

    private final long ownerId;
    private final long ringAddress;
    private long mask;
    private final long tailAddress;
    /**
     * Address of the next event, and in the three bits that an aligned address leaves free the padding before it: every
     * instruction of a fire counts. 0 where no chunk is open.
     */
    private long next;
    /** Address that no event, its context left out, may cross; 0 where no chunk takes any. */
    private long limit;
    /** Added to an address in the open chunk, this gives the position in the ring. */
    private long addressToPosition;
    /** Events committed to the open chunk. */
    private int count;
    private long lastTicks;
    /** R11: the open chunk takes no event with later ticks. */
    private long ticksLimit;
    /** {@link #count} when the clock was read last, and the ticker's word then, for a clock that is sampled. */
    private int countAtReading;
    private long wordAtReading;
    /** Bytes between an event's header word and its fields: those of the virtual thread's id in a carrier's ring. */
    private final int contextLength;

    private final Slot slot;
    private final RingControl control;
    private final RingPages pages;
    private final ChunkOverwriter overwriter;
    private final RingRefusals refusals;
    private final int chunkLength;
    private long ringLength;
    /** Bytes of the open chunk that have pages. */
    private int openLength;
    /** Bytes with pages of the chunk that the last look found to be ready for entering. */
    private int openableLength;
    /** Chunks whose descriptors readers look at. */
    private long chunkLimit;
    private boolean chunkOpen;
    private boolean advancing;
    private long chunkBegin;
    /** Begin of the chunk that is entered next, while no chunk is open. */
    private long position;
    /** Events committed to the ring before the open chunk, over all owners. */
    private long eventsBefore;

    /** The producer of a slot whose ring has all its pages: see the other constructor. */
    public RingProducer(final Slot slot, final RingControl control, final long firstPosition, final long eventCount) {
        this(slot, control, RingPages.ALL, firstPosition, eventCount);
    }

    /**
     * The producer of a slot that this thread has claimed and given an identity, head being equal to tail.
     *
     * @param slot          the slot
     * @param control       strategy and policy
     * @param pages         what the ring's chunks have of memory
     * @param firstPosition where to begin: a multiple of the chunk length, at or after tail
     * @param eventCount    events committed by earlier owners
     */
    public RingProducer(final Slot slot, final RingControl control, final RingPages pages, final long firstPosition,
                        final long eventCount) {
        this.slot = slot;
        this.control = control;
        this.pages = pages;
        this.chunkLength = slot.chunkLength();
        this.ringLength = slot.ringLength();
        if (ringLength == 0 || (firstPosition & chunkLength - 1) != 0) {
            throw new IllegalArgumentException(
                "ring not set up: ringLength=" + ringLength + " firstPosition=" + firstPosition);
        }
        final StreamClass streamClass = slot.streamClass();
        this.contextLength = streamClass == null ? 0 : streamClass.contextLength();
        this.ownerId = slot.javaThreadId();
        this.ringAddress = slot.ringAddress();
        this.mask = ringLength - 1;
        this.tailAddress = slot.address() + SlotDescriptor.TAIL_OFFSET;
        this.lastTicks = slot.lastTicks();
        this.position = firstPosition;
        this.eventsBefore = eventCount;
        this.chunkLimit = slot.chunkLimit();
        this.overwriter = new ChunkOverwriter(slot, control);
        this.refusals = new RingRefusals(slot, control);
    }

    /**
     * Continues where the slot's former owner, which is dead, has ended: counts of events and ticks never go back
     * (R11). Call this before the first claim.
     */
    public void continueAfter(final RingProducer before) {
        eventsBefore = before.eventCount();
        lastTicks = Math.max(lastTicks, before.lastTicks);
    }

    /** Java thread id of the ring's owner. Any thread may call. */
    public long ownerId() {
        return ownerId;
    }

    /** Its slot. */
    public Slot slot() {
        return slot;
    }

    /** Greatest length of an event in bytes, as given to {@link #claim}. */
    public int maxEventLength() {
        return chunkLength - contextLength;
    }

    /**
     * Claims room for an event and writes what stands before its fields: the header word and, in a carrier's ring, the
     * calling thread's id.
     *
     * @param ticks         time of the event; raised to the ring's last if it is before that (R11)
     * @param id            event id
     * @param alignedLength bytes of header word and fields, rounded up to 8
     * @return an address that the event's fields follow at {@link EventDescriptor#HEADER_LENGTH}, to be followed by
     *     {@link #commit}, or {@link #REFUSED}
     */
    public long claim(final long ticks, final int id, final int alignedLength) {
        long clamped = Math.max(ticks, lastTicks);
        while (nextAddress() + alignedLength > limit || clamped > ticksLimit) {
            if (!advance(clamped, alignedLength)) {
                return REFUSED;
            }
            // Code that ran inside the call above may have fired an event too, into the new chunk.
            clamped = Math.max(ticks, lastTicks);
        }
        lastTicks = clamped;
        final long address = nextAddress();
        Memory.putLong(address, EventDescriptor.header(clamped, id));
        if (contextLength != 0) {
            Memory.putLong(address + EventDescriptor.HEADER_LENGTH, Thread.currentThread().getId());
        }
        return address + contextLength;
    }

    /**
     * Does what {@link #claim} does for nearly every event, without a call: writes the header word if the open chunk
     * has room and the ticks are in order. The caller then calls {@link #commit(long, int)} and fires no other event on
     * this thread in between. Only for rings of platform threads, whose events have no context.
     *
     * @return the address, or {@link #REFUSED}: then nothing has changed and nothing is counted, and the caller calls
     *     {@link #claim}
     */
    public long tryClaim(final long ticks, final int id, final int alignedLength) {
        final long address = nextAddress();
        // Only the comparisons and the stores of the ticks have to wait until the processor has read the clock.
        if (address + alignedLength > limit || ticks < lastTicks || ticks > ticksLimit) {
            return REFUSED;
        }
        lastTicks = ticks;
        Memory.putLong(address, EventDescriptor.header(ticks, id));
        return address;
    }

    /**
     * Does the same as {@link #tryClaim} for an event that carries the last reading of a sampled clock, if it may: see
     * {@link #mayCarry}, whose parameters these are.
     *
     * @return the address, or {@link #REFUSED}: then nothing has changed, and the caller takes a reading if one is due
     *     and calls {@link #claim}
     */
    public long tryCarry(final long word, final int every, final int id, final int alignedLength) {
        final long address = nextAddress();
        // The last ticks are in order, and within the limit of any chunk that is open: they need no comparison.
        if (!mayCarry(word, every) || address + alignedLength > limit) {
            return REFUSED;
        }
        Memory.putLong(address, EventDescriptor.header(lastTicks, id));
        return address;
    }

    /**
     * Whether the next event may carry the last reading of a sampled clock, as {@link #mayCarry(long, int)} says, and
     * the open chunk has room for it. Then {@link #carry} and {@link #commitCarried} follow, and nothing in between.
     */
    public boolean mayCarry(final long word, final int every, final int alignedLength) {
        // The last ticks are in order, and within the limit of any chunk that is open: they need no comparison.
        return mayCarry(word, every) && nextAddress() + alignedLength <= limit;
    }

    /** Writes the header word of an event that carries the last reading; returns its address. */
    public long carry(final int id) {
        final long address = nextAddress();
        Memory.putLong(address, EventDescriptor.header(lastTicks, id));
        return address;
    }

    /**
     * Makes visible the event that {@link #carry} has begun.
     *
     * @param length exact bytes of the event, header word included
     */
    public void commitCarried(final int length) {
        // The address is loaded again, behind a fence that costs no instruction: so the compiled code needs one
        // register for it until the fields are written, and not three. Where there are too few, a loop around the fire
        // keeps its own values on the stack for every event.
        VarHandle.releaseFence();
        commit(nextAddress(), length);
    }

    /**
     * Makes visible the event that {@link #claim} has made room for.
     *
     * @param length exact bytes of the event, header word included
     */
    public void commit(final int length) {
        commit(nextAddress(), contextLength + length);
    }

    /**
     * Makes visible the event that {@link #tryClaim} has made room for.
     *
     * @param address address of the event's header word, as {@link #tryClaim} returned it
     * @param length  exact bytes of the event, header word included
     */
    public void commit(final long address, final int length) {
        final int alignedLength = EventDescriptor.align(length);
        final long end = address + alignedLength;
        // Pairs with Slot.tailAcquire: whoever sees this tail sees the event and, if the chunk is new, its descriptor.
        // This call comes first: if it ends in a stack overflow, the event stays uncommitted, and the next event's
        // commit does not show it.
        Memory.putLongRelease(tailAddress, end + addressToPosition);
        next = end + (alignedLength - length);
        count++;
    }

    /**
     * Whether the next event may carry the last reading of a sampled clock: an event that was committed has taken one,
     * fewer than so many have carried it, and the ticker's word has not changed since. Then {@link #lastTicks} is it.
     * If not, {@link #beginReading} is to be called before the clock is read.
     *
     * @param word  the ticker's, as it is now; never 0
     * @param every one event in so many takes a reading
     */
    public boolean mayCarry(final long word, final int every) {
        // A reading whose event was refused, or that an error has ended, leaves the count as it was. The number is then
        // the greatest there is, and nothing is carried: one comparison serves both ends.
        final int carried = count - countAtReading - 1;
        return word == wordAtReading && Integer.compareUnsigned(carried, every - 1) < 0;
    }

    /** The next event takes a reading of a sampled clock, behind this call. */
    public void beginReading(final long word) {
        wordAtReading = word;
        countAtReading = count;
    }

    /** Ticks of the last event. */
    public long lastTicks() {
        return lastTicks;
    }

    private long nextAddress() {
        return next & -EventDescriptor.ALIGNMENT;
    }

    /** Counts as discarded an event that never reached {@link #claim}. */
    public void discard() {
        refusals.discard();
    }

    /**
     * Counts an event as discarded because the ring is full; if a stalled consumer is the reason, counts it as stalled
     * too.
     */
    public void discardFull() {
        refusals.refuse(lastTicks);
    }

    /**
     * Discards an event without asking anybody, if the last refusal still holds. For an event that would wait
     * otherwise.
     */
    public boolean discardAgain() {
        return refusals.refuseAgain();
    }

    /** Events committed, cumulative over all owners of the slot. */
    public long eventCount() {
        return eventsBefore + count;
    }

    /**
     * Whether a claim may find no room: little is left of the open chunk, and no other chunk can be entered. Gets pages
     * for another chunk if necessary. False for a nested fire, which must not wait.
     *
     * @param lengthBytes so many bytes are not "little"
     */
    public boolean isNearlyFull(final int lengthBytes) {
        return limit + contextLength - nextAddress() < lengthBytes && !advancing && !makeRoom(lengthBytes);
    }

    /**
     * Whether {@link #claim} would find room without waiting, by its own condition. Gets pages if necessary. True for a
     * nested fire, whose claim does not wait.
     *
     * @param ticks         as for {@link #claim}
     * @param alignedLength as for {@link #claim}
     */
    public boolean hasRoomFor(final long ticks, final int alignedLength) {
        final boolean isInSpan = Math.max(ticks, lastTicks) <= ticksLimit;
        if (isInSpan && nextAddress() + alignedLength <= limit || advancing) {
            return true;
        }
        control.pin();
        advancing = true;
        try {
            if (chunkOpen && isInSpan && widen(alignedLength)) {
                return true;
            }
            final long following = following(chunkOpen ? chunkBegin + chunkLength : position,
                contextLength + alignedLength);
            if (following != NONE) {
                pages.close(index(following));
            }
            return following != NONE;
        } finally {
            advancing = false;
            control.unpin();
        }
    }

    private boolean makeRoom(final int lengthBytes) {
        control.pin();
        advancing = true;
        try {
            // If a chunk has few pages and gets no more, "little" becomes smaller by the same proportion.
            if (chunkOpen && (widen(lengthBytes) || openLength < chunkLength
                && limit + contextLength - nextAddress() >= Math.min(lengthBytes, openLength / LITTLE_SHARE))) {
                return true;
            }
            final long following = following(chunkOpen ? chunkBegin + chunkLength : position,
                contextLength + Math.min(lengthBytes, LITTLE_BYTES));
            if (following != NONE) {
                pages.close(index(following));
            }
            return following != NONE;
        } finally {
            advancing = false;
            control.unpin();
        }
    }

    /** Drains full chunks, if owners drain. For an owner that waits before its claim. */
    public void drainFull() {
        control.pin();
        advancing = true;
        try {
            control.drainFull(this);
        } finally {
            advancing = false;
            control.unpin();
        }
    }

    /** Adds to the time that the owner's events have waited for room. */
    public void blocked(final long ns) {
        refusals.add(SlotDescriptor.BLOCKED_NS_OFFSET, ns);
    }

    private boolean advance(final long ticks, final int alignedLength) {
        if (alignedLength > maxEventLength() || advancing) {
            // The owner is already advancing, and code that runs inside that call, such as a traced class loader, fires
            // as well. The ring is between two chunks then.
            discard();
            return false;
        }
        if (refusals.refuseAgain(ticks)) {
            return false;
        }
        control.pin();
        advancing = true;
        final boolean entered;
        try {
            entered = tryAdvance(ticks, alignedLength);
        } finally {
            advancing = false;
            control.unpin();
        }
        if (!entered) {
            refusals.refuse(ticks);
        }
        return entered;
    }

    private boolean tryAdvance(final long ticks, final int alignedLength) {
        overwriter.countOverwritten();
        if (chunkOpen && ticks <= ticksLimit && widen(alignedLength)) {
            return true;
        }
        if (chunkOpen) {
            closeChunk();
        }
        control.drainFull(this);
        resize();
        final int least = contextLength + alignedLength;
        if (enterChunk(ticks, least)) {
            return true;
        }
        return switch (control.fullPolicy()) {
            case DISCARD -> false;
            case BLOCK -> awaitChunk(ticks, least);
            case OVERWRITE -> overwriteChunk(ticks, least);
        };
    }

    /** Gets more pages for the open chunk, enough for an event if there are any. */
    private boolean widen(final int alignedLength) {
        final long begin = ringAddress + (chunkBegin & mask);
        final long least = nextAddress() + contextLength + alignedLength - begin;
        // A limit of 0 means that the chunk is being closed: it takes no event any more.
        if (openLength == chunkLength || least > chunkLength || limit == 0) {
            return false;
        }
        openLength = Math.min(chunkLength, pages.extend(index(chunkBegin), (int) least));
        limit = begin + openLength - contextLength;
        return least <= openLength;
    }

    /** Changes the ring's length, between two chunks and with everything drained: nobody reads an empty ring. */
    private void resize() {
        final long tail = Memory.getLong(tailAddress);
        if (slot.headVolatile(tail) < tail) {
            return;
        }
        final long length = control.ringLength(ringLength);
        if (length > ringLength) {
            Memory.putLongVolatile(slot.address() + SlotDescriptor.RING_LENGTH_OFFSET, length);
            ringLength = length;
            mask = length - 1;
        } else if (chunkBegin != 0 && index(chunkBegin) + 1 < chunkLimit) {
            // The chunk that was closed last stays below the limit: its counts tell what the ring has seen.
            chunkLimit(index(chunkBegin) + 1);
        }
    }

    private void chunkLimit(final long chunks) {
        Memory.putLongRelease(slot.address() + SlotDescriptor.CHUNK_LIMIT_OFFSET, chunks);
        chunkLimit = chunks;
    }

    private int index(final long ofPosition) {
        return (int) ((ofPosition & mask) / chunkLength);
    }

    /**
     * Ends the ring of a thread that is dead and whose events are all drained: closes the last chunk, so that the
     * chunk's counts outlive its pages. Called by whoever frees the slot.
     */
    public void end() {
        if (chunkOpen) {
            closeChunk();
        }
    }

    private void closeChunk() {
        final long chunk = slot.chunkAddress(chunkBegin, ringLength);
        // If an error interrupts this method, no smaller event may get into the chunk behind its end. With a limit of 0
        // the next event closes the chunk again.
        limit = 0;
        Memory.putInt(chunk + ChunkDescriptor.EVENT_COUNT_OFFSET, count);
        Memory.putInt(chunk + ChunkDescriptor.LAST_PADDING_OFFSET, (int) (next - nextAddress()));
        Memory.putLong(chunk + ChunkDescriptor.LAST_TICKS_OFFSET, lastTicks);
        Memory.putLongRelease(chunk + ChunkDescriptor.CONTENT_END_OFFSET, nextAddress() + addressToPosition);
        Slot.leaveChunk(chunk + ChunkDescriptor.STATE_OFFSET);
        chunkOpen = false;
        eventsBefore += count;
        countAtReading -= count;
        count = 0;
        next = 0;
        position = chunkBegin + chunkLength;
        // This comes last: a chunk that is not closed yet could be taken for drained.
        pages.close(index(chunkBegin));
    }

    /** Opens the next chunk, if a chunk is drained and has pages. */
    private boolean enterChunk(final long ticks, final int least) {
        final long following = following(position, least);
        if (following == NONE) {
            return false;
        }
        position = following;
        open(slot.chunkAddress(position, ringLength), ticks);
        return true;
    }

    /**
     * The chunk that can be entered next: the one that follows if it has pages; else the ring's first, which leaves a
     * hole in the positions, so that a ring only uses as much of its length as it needs; else the one that follows, if
     * it can get pages.
     *
     * @param least bytes that it must have
     * @return its begin, or {@link #NONE}; its pages are kept
     */
    private long following(final long from, final int least) {
        // Head is read before the chunks are looked at.
        refusals.look();
        final long first = from + mask & ~mask;
        if (isEnterable(from, least, false)) {
            return from;
        }
        if (isEnterable(first, least, true)) {
            return first;
        }
        if (first != from && isEnterable(from, least, true)) {
            return from;
        }
        // There are no more pages. Take any chunk that still has pages, but none behind a chunk that is not drained.
        for (long begin = from + chunkLength; begin < from + ringLength; begin += chunkLength) {
            final int index = index(begin);
            if (chunkOpen && index == index(chunkBegin)
                || index < chunkLimit && !isDrained(slot.chunkAddress(begin, ringLength))) {
                return NONE;
            }
            if (isEnterable(begin, least, false)) {
                return begin;
            }
        }
        return NONE;
    }

    private boolean isEnterable(final long begin, final int least, final boolean extending) {
        final int index = index(begin);
        if (chunkOpen && index == index(chunkBegin)
            || index < chunkLimit && !isDrained(slot.chunkAddress(begin, ringLength))) {
            return false;
        }
        final int length = extending ? pages.extend(index, least) : pages.open(index);
        if (length < least && length > 0) {
            pages.close(index);
        }
        openableLength = Math.min(length, chunkLength);
        return length >= least;
    }

    /** Whether head has passed what lies in a chunk. */
    private boolean isDrained(final long chunk) {
        // A flush may have drained a whole chunk before the chunk was closed: head then stays inside the chunk.
        final long tail = Memory.getLong(tailAddress);
        return slot.isDrainedAt(chunk) || slot.headVolatile(tail) >= tail;
    }

    /**
     * OVERWRITE (R9): recycles the oldest chunk that nobody reads. Chunks that are being read are stepped over, which
     * leaves a hole in the positions.
     */
    private boolean overwriteChunk(final long ticks, final int least) {
        final long before = position;
        for (long skipped = 0; skipped < ringLength; skipped += chunkLength) {
            final int index = index(position);
            final int length = pages.open(index);
            final long chunk = slot.chunkAddress(position, ringLength);
            if (length >= least && (index >= chunkLimit || isDrained(chunk)
                || overwriter.tryOverwrite(chunk, ringLength))) {
                openableLength = Math.min(length, chunkLength);
                open(chunk, ticks);
                return true;
            }
            if (length > 0) {
                pages.close(index);
            }
            position += chunkLength;
        }
        position = before;
        return false;
    }

    private void open(final long chunk, final long ticks) {
        if (index(position) >= chunkLimit) {
            chunkLimit(index(position) + 1);
        }
        // A reader that took this chunk by its former begin sees that those contents are gone, whatever else the reader
        // sees.
        Memory.putLongVolatile(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET, ChunkDescriptor.NO_POSITION);
        Memory.putLong(chunk + ChunkDescriptor.BASE_TICKS_OFFSET, ticks);
        Memory.putLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET, eventsBefore);
        Memory.putLong(chunk + ChunkDescriptor.CONTENT_END_OFFSET, 0);
        Memory.putLong(chunk + ChunkDescriptor.STATE_OFFSET,
            ChunkDescriptor.stateWord(position, 0, ChunkDescriptor.STATE_OPEN));
        Memory.putLongRelease(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET, position);
        chunkOpen = true;
        chunkBegin = position;
        next = ringAddress + (position & mask);
        addressToPosition = position - next;
        openLength = openableLength;
        limit = next + openLength - contextLength;
        // Near the greatest long there is no room for the whole span: the limit stays at the greatest long.
        ticksLimit = ticks + Math.min(EventDescriptor.MAX_TICKS_SPAN - 1, Long.MAX_VALUE - ticks);
    }

    /** Under BLOCK, waits before the claim for as long as a session lives. */
    private boolean awaitChunk(final long ticks, final int least) {
        final long begin = System.nanoTime();
        final long timeoutNs = control.blockTimeoutNs();
        boolean entered = false;
        boolean hasParked = false;
        long waited = 0;
        for (int i = 0; !entered && waited < timeoutNs && control.isLive() && !control.isStalled(); i++) {
            if (i < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PARK_NS);
                hasParked = true;
            }
            control.drainFull(this);
            entered = enterChunk(ticks, least);
            waited = System.nanoTime() - begin;
        }
        if (hasParked) {
            // A permit that somebody gave this thread may have been used up, and the application fires between its
            // check and its park: a park that returns at once is legal, but a park that never returned would be our
            // fault.
            LockSupport.unpark(Thread.currentThread());
        }
        blocked(waited);
        return entered;
    }
}
