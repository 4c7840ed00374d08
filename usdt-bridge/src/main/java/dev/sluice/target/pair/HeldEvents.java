// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.pair;

import dev.sluice.ring.RingProducer;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.agrona.BufferUtil;

/**
 * The events of one thread that belong to pairs which a session wants only if they last long enough. What begins is
 * held back until it has lasted so long, or is dropped when it ends before; an end is wanted if its begin is. All of it
 * goes into a ring of its own, beside the thread's other one, so that each ring stays in the order of time (R11).
 * <p>
 * The owner fires: {@link #begin}, {@link #claim} and {@link #commit}. The control thread, or whoever sweeps a dead
 * owner's ring, calls {@link #tend}, {@link #finish} and {@link #forget}; a lock that is nearly always free keeps them
 * apart. The owner allocates only where it holds back more than ever before, or after begins that were written before
 * their ends.
 * <p>
 * Virtual threads share some of these objects, each of which has a ring of stream class 1: a virtual thread may begin
 * on one carrier and end on another. It has the lock from {@link #begin} to {@link #commit}, between which it never
 * waits; {@link #abandon} if it fails in between. Whoever does not get the lock for a second has its event refused.
 * <p>
 * Too many begins at a time (4,096, of virtual threads 32,768), or too much memory (one MiB, or eight), and the oldest
 * ones count as lasting long enough: more is written, never less.
 */
public final class HeldEvents {
    // 1. The queue has the events that are not written, in the order of time. Only its first one is ever written, once
    //    it has passed: so an end may have to wait until a begin before it is decided, which takes as long as pairs
    //    last at least, and then until anybody looks: the owner with its next such event, or the control thread.
    // 2. Begins stay known until their end comes, also when they are written: their end is wanted then.
    // 3. The clock is read behind the lock: whatever another thread has decided by the time came before.
    // 4. Nothing is called between taking the lock and the block that releases it, nor to release it: a call may fail
    //    where the stack is full, and all others would wait.

    private static final int FEWEST_BUCKETS = 16;
    private static final int MOST_OPEN = 4096;
    private static final int MOST_WORDS = 1 << 17;
    private static final int SHARED = 8;
    private static final int LEAST_SCRATCH = 4096;
    private static final int KEY_SPACE = 2 * Long.BYTES;
    private static final long SPREAD = 0x9E3779B97F4A7C15L;
    private static final long PARK_NS = 500_000;
    private static final int SLACKS_PER_SECOND = 1000;

    /** What takes no event: each was counted as refused. */
    public static final HeldEvents NONE = new HeldEvents();

    private final RingProducer owner;
    private final RingProducer ring;
    private final Clock clock;
    private final BooleanSupplier mayOverwrite;
    private final boolean isShared;
    private final long slackTicks;
    private final Runnable refused;
    private final HeldLock lock = new HeldLock();
    /** Whether the owner decides about an event, or gets memory for it: what it fires meanwhile is nested. */
    private boolean isBusy;
    private ByteBuffer scratch;
    private long scratchAddress;
    private int scratchLength;
    /** The event that is being fired: what it is, and how many bytes were claimed for it. */
    private HeldRole role;
    private int claimed;
    /** Id of the virtual thread that has the lock. */
    private long virtualId;

    private long newestTicks = Long.MIN_VALUE;
    private HeldEvent first;
    private HeldEvent last;
    private HeldEvent firstOpen;
    private HeldEvent lastOpen;
    private int open;
    /** What is in the queue or open takes so much memory. */
    private int words;
    private HeldEvent free;
    private HeldEvent[] buckets = new HeldEvent[FEWEST_BUCKETS];
    /** Whether a begin was forgotten that is written, or will be: from then on ends are wanted that have none. */
    private boolean hasForgotten;

    /**
     * Begins with nothing.
     *
     * @param owner        the owner's ring for other events; null where it is shared
     * @param ring         the owner's ring for events of pairs
     * @param isShared     whether virtual threads share this: the ring is of stream class 1
     * @param clock        what stamps them
     * @param mayOverwrite whether events that find no room overwrite others
     * @param refused      counts an event whose thread did not get the lock
     */
    public HeldEvents(final RingProducer owner, final RingProducer ring, final boolean isShared, final Clock clock,
        final BooleanSupplier mayOverwrite, final Runnable refused) {
        this.owner = owner;
        this.ring = ring;
        this.clock = clock;
        this.mayOverwrite = mayOverwrite;
        this.isShared = isShared;
        this.refused = refused;
        // More than it takes the owner to fire one event, and less than anybody sees.
        slackTicks = clock.frequency() / SLACKS_PER_SECOND;
    }

    private HeldEvents() {
        owner = null;
        ring = null;
        clock = null;
        mayOverwrite = null;
        isShared = false;
        refused = null;
        slackTicks = 0;
    }

    /** Ends are wanted whose begins are not known: they may have been recorded like others. Before the first event. */
    public void expectForgotten() {
        hasForgotten = true;
    }

    /** Whether these are the events of a ring's owner. */
    public boolean isOf(final RingProducer other) {
        return owner == other;
    }

    /**
     * Says what the next event is. For the owner, as the two that follow.
     *
     * @return this, or {@link #NONE} if the event is counted and nothing else: it was fired while this very thread
     *     fires another one, or another thread has the lock for too long
     */
    public HeldEvents begin(final HeldRole newRole) {
        if (isShared) {
            final Thread current = Thread.currentThread();
            final long currentId = id(current);
            final boolean hasLock = lock.virtual == current;
            if (hasLock && isBusy) {
                ring.discard();
                return NONE;
            }
            // If it has the lock, an error has left that behind.
            if (!hasLock && !lock.takeForOwner(current)) {
                refused.run();
                return NONE;
            }
            lock.virtual = current;
            virtualId = currentId;
        }
        if (ring != null) {
            role = newRole;
        }
        return this;
    }

    @SuppressWarnings("deprecation")
    private static long id(final Thread thread) {
        return thread.getId();
    }

    /** Gives the lock back that the caller has left behind, if it has: it has failed to fire an event. */
    public void abandon() {
        // A nested event that has failed leaves the lock to the one around it.
        if (isShared ? lock.virtual == Thread.currentThread() && !isBusy : lock.state == HeldLock.OWNER && !isBusy) {
            lock.virtual = null;
            lock.state = HeldLock.FREE;
        }
    }

    /**
     * Gives room for the event, outside of any ring.
     *
     * @param alignedLength bytes of header word and fields, rounded up to 8
     * @return an address that the event's fields follow at {@link EventDescriptor#HEADER_LENGTH}, to be followed by
     *     {@link #commit}; or {@link RingProducer#REFUSED}: no ring takes an event of that length, and it is counted
     */
    public long claim(final int alignedLength) {
        if (ring == null) {
            return RingProducer.REFUSED;
        }
        if (alignedLength > ring.maxEventLength()) {
            discard();
            return RingProducer.REFUSED;
        }
        final int needed = (1 + role.keyCount()) * (alignedLength + KEY_SPACE) + KEY_SPACE;
        if (needed > scratchLength) {
            growScratch(needed);
        }
        claimed = alignedLength;
        // The padding has nothing of an event before.
        Memory.putLong(scratchAddress + alignedLength - Long.BYTES, 0);
        return scratchAddress;
    }

    private void growScratch(final int needed) {
        final boolean wasBusy = isBusy;
        isBusy |= isShared;
        try {
            final int length = Math.max(LEAST_SCRATCH, Integer.highestOneBit(needed) << 1);
            // Of direct buffers the JVM promises an alignment of 8 for addresses on all platforms that we know.
            scratch = ByteBuffer.allocateDirect(length + Long.BYTES);
            scratchAddress = BufferUtil.address(scratch) + Long.BYTES - 1 & -Long.BYTES;
            scratchLength = length;
        } finally {
            isBusy = wasBusy;
        }
    }

    private void discard() {
        if (isShared) {
            try {
                ring.discard();
            } finally {
                lock.virtual = null;
                lock.state = HeldLock.FREE;
            }
            return;
        }
        if (isBusy) {
            ring.discard();
            return;
        }
        if (lock.state != HeldLock.OWNER && !lock.takeForOwner(null)) {
            refused.run();
            return;
        }
        try {
            ring.discard();
        } finally {
            lock.state = HeldLock.FREE;
        }
    }

    /**
     * Fires the event that {@link #claim} has given room for.
     *
     * @param id     event id
     * @param length exact bytes of the event, header word included
     * @return whether it is fired: false for a begin that is held back, and for an end of what lasted too short
     */
    public boolean commit(final int id, final int length) {
        if (isBusy && !isShared) {
            // Code that runs while this very thread writes an event, such as a traced class loader, fires as well.
            ring.discard();
            return true;
        }
        // An unshared lock that the owner has already was left behind by an error.
        if (isShared ? lock.virtual != Thread.currentThread()
            : lock.state != HeldLock.OWNER && !lock.takeForOwner(null)) {
            refused.run();
            return true;
        }
        try {
            isBusy = true;
            return decide(id, length);
        } finally {
            isBusy = false;
            if (isShared) {
                lock.virtual = null;
            }
            lock.state = HeldLock.FREE;
        }
    }

    private boolean decide(final int id, final int length) {
        final long now = Math.max(clock.ticks(), newestTicks);
        newestTicks = now;
        return role.isBegin() ? hold(now, id, length) : end(now, id, length);
    }

    private boolean hold(final long now, final int id, final int length) {
        final int keyWords = putKey();
        final long hash = hash(keyWords);
        if (role.key() != null) {
            // Of the same key only the last begin can end.
            final HeldEvent again = find(hash, keyWords);
            if (again != null) {
                close(again);
                settle(again, now);
            }
        }
        final HeldEvent held = take();
        held.set(now, id, length, role.pair(), scratchAddress + EventDescriptor.HEADER_LENGTH,
            scratchAddress + claimed, keyWords);
        held.hash = hash;
        held.virtualId = virtualId;
        if (open >= buckets.length) {
            grow();
        }
        words += held.cost;
        opened(held);
        queue(held);
        if (open > (isShared ? SHARED * MOST_OPEN : MOST_OPEN)) {
            forgetOldest();
        }
        limitMemory();
        advance(now, false);
        return false;
    }

    private boolean end(final long now, final int id, final int length) {
        final int keyWords = putKey();
        final HeldEvent begun = find(hash(keyWords), keyWords);
        final boolean isWanted;
        if (begun == null) {
            isWanted = hasForgotten || role.pair().isLenient();
        } else {
            isWanted = !begun.isQueued || begun.isPassed || now - begun.ticks >= begun.pair.leastTicks();
            close(begun);
            settle(begun, now);
        }
        advance(now, false);
        if (isWanted) {
            if (first == null) {
                writeScratch(now, id, length);
            } else {
                final HeldEvent held = take();
                held.set(now, id, length, role.pair(), scratchAddress + EventDescriptor.HEADER_LENGTH, 0, 0);
                held.virtualId = virtualId;
                held.isPassed = true;
                words += held.cost;
                queue(held);
                limitMemory();
            }
        }
        return isWanted;
    }

    private void limitMemory() {
        final int most = isShared ? SHARED * MOST_WORDS : MOST_WORDS;
        while (words > most && first != null) {
            first.isPassed = true;
            write(first);
        }
        while (words > most && firstOpen != null) {
            forgetOldest();
        }
    }

    /** Decides about a begin whose end has come, or will not come any more. */
    private void settle(final HeldEvent begun, final long now) {
        if (begun.isQueued && !begun.isPassed) {
            if (now - begun.ticks >= begun.pair.leastTicks()) {
                begun.isPassed = true;
            } else {
                unqueue(begun);
            }
        }
        if (!begun.isQueued) {
            release(begun);
        }
    }

    /** Writes what is decided, up to the first event that is not: what has lasted long enough is. */
    private void advance(final long now, final boolean isPolite) {
        for (HeldEvent next = first; next != null; next = first) {
            if (!next.isPassed && now - next.ticks >= next.pair.leastTicks()) {
                next.isPassed = true;
            }
            if (!next.isPassed || isPolite && !hasRoom(next)) {
                return;
            }
            write(next);
        }
    }

    private boolean hasRoom(final HeldEvent next) {
        return mayOverwrite.getAsBoolean() || ring.hasRoomFor(next.ticks, EventDescriptor.align(next.length));
    }

    private void write(final HeldEvent next) {
        // It leaves the queue first: whatever fails, it is tried and counted once only.
        unqueue(next);
        final long address = ring.claim(next.ticks, next.id, EventDescriptor.align(next.length));
        if (address != RingProducer.REFUSED) {
            putThread(address, next.virtualId);
            next.putFields(address + EventDescriptor.HEADER_LENGTH);
            ring.commit(next.length);
        }
        if (next.isOpen) {
            words -= next.dropFields();
        } else {
            release(next);
        }
    }

    /** Puts which virtual thread has fired the event where the ring has put the calling one. */
    private void putThread(final long address, final long id) {
        if (isShared) {
            // The word before the fields.
            Memory.putLong(address + EventDescriptor.HEADER_LENGTH - EventDescriptor.VIRTUAL_THREAD_ID_LENGTH, id);
        }
    }

    private void writeScratch(final long now, final int id, final int length) {
        final long address = ring.claim(now, id, EventDescriptor.align(length));
        if (address != RingProducer.REFUSED) {
            Memory.copyWords(scratchAddress + EventDescriptor.HEADER_LENGTH, address + EventDescriptor.HEADER_LENGTH,
                length - EventDescriptor.HEADER_LENGTH);
            ring.commit(length);
        }
    }

    /** Writes the event's key behind it, with the thread if there are several; returns how many words that are. */
    private int putKey() {
        final long begin = scratchAddress + claimed;
        long end = role.key() == null ? begin
            : role.key().write(scratchAddress + EventDescriptor.HEADER_LENGTH, begin);
        if (isShared) {
            Memory.putLong(end, virtualId);
            end += Long.BYTES;
        }
        return (int) (end - begin >> 3);
    }

    private long hash(final int keyWords) {
        long hash = role.pair().number();
        for (int i = 0; i < keyWords; i++) {
            hash = (hash ^ Memory.getLong(scratchAddress + claimed + (long) Long.BYTES * i)) * SPREAD;
            hash ^= hash >>> Integer.SIZE;
        }
        return hash;
    }

    private HeldEvent find(final long hash, final int keyWords) {
        for (HeldEvent each = buckets[(int) hash & buckets.length - 1]; each != null; each = each.nextInBucket) {
            if (each.hash == hash && each.matches(role.pair().number(), scratchAddress + claimed, keyWords)) {
                return each;
            }
        }
        return null;
    }

    private void opened(final HeldEvent held) {
        final int bucket = (int) held.hash & buckets.length - 1;
        chain(held, buckets, bucket);
        held.openedBefore = lastOpen;
        held.openedAfter = null;
        if (lastOpen == null) {
            firstOpen = held;
        } else {
            lastOpen.openedAfter = held;
        }
        lastOpen = held;
        held.isOpen = true;
        open++;
    }

    /** Puts it before the others of its bucket: nested pairs end in the opposite order. */
    private static void chain(final HeldEvent held, final HeldEvent[] to, final int bucket) {
        final HeldEvent next = to[bucket];
        held.nextInBucket = next;
        held.beforeInBucket = null;
        if (next != null) {
            next.beforeInBucket = held;
        }
        to[bucket] = held;
    }

    private void close(final HeldEvent held) {
        if (held.beforeInBucket == null) {
            buckets[(int) held.hash & buckets.length - 1] = held.nextInBucket;
        } else {
            held.beforeInBucket.nextInBucket = held.nextInBucket;
        }
        if (held.nextInBucket != null) {
            held.nextInBucket.beforeInBucket = held.beforeInBucket;
        }
        held.nextInBucket = null;
        held.beforeInBucket = null;
        if (held.openedBefore == null) {
            firstOpen = held.openedAfter;
        } else {
            held.openedBefore.openedAfter = held.openedAfter;
        }
        if (held.openedAfter == null) {
            lastOpen = held.openedBefore;
        } else {
            held.openedAfter.openedBefore = held.openedBefore;
        }
        held.openedBefore = null;
        held.openedAfter = null;
        held.isOpen = false;
        open--;
    }

    private void grow() {
        final HeldEvent[] larger = new HeldEvent[buckets.length << 2];
        // In the order of time, so that the last one comes first again.
        for (HeldEvent each = firstOpen; each != null; each = each.openedAfter) {
            chain(each, larger, (int) each.hash & larger.length - 1);
        }
        buckets = larger;
    }

    private void forgetOldest() {
        final HeldEvent oldest = firstOpen;
        hasForgotten = true;
        close(oldest);
        if (oldest.isQueued) {
            oldest.isPassed = true;
        } else {
            release(oldest);
        }
    }

    private void queue(final HeldEvent held) {
        held.earlier = last;
        held.later = null;
        if (last == null) {
            first = held;
        } else {
            last.later = held;
        }
        last = held;
        held.isQueued = true;
    }

    private void unqueue(final HeldEvent held) {
        if (held.earlier == null) {
            first = held.later;
        } else {
            held.earlier.later = held.later;
        }
        if (held.later == null) {
            last = held.earlier;
        } else {
            held.later.earlier = held.earlier;
        }
        held.earlier = null;
        held.later = null;
        held.isQueued = false;
    }

    private HeldEvent take() {
        final HeldEvent taken = free;
        if (taken == null) {
            return new HeldEvent();
        }
        free = taken.later;
        taken.later = null;
        return taken;
    }

    private void release(final HeldEvent held) {
        words -= held.cost;
        held.clear();
        held.later = free;
        free = held;
    }

    /** Writes what has lasted long enough by now, and what waits behind it, as far as there is room. */
    public void tend() {
        if (first != null && lock.tryTake()) {
            try {
                advance(clock.ticks() - slackTicks, true);
            } finally {
                lock.state = HeldLock.FREE;
            }
        }
    }

    /**
     * Ends: no event of this thread is wanted any more. Writes what has lasted long enough, waits for room, and drops
     * the rest. What finds no room is counted as discarded.
     *
     * @param deadlineNs until when it waits, by {@link System#nanoTime}
     */
    public void finish(final long deadlineNs) {
        if (!lock.take(deadlineNs)) {
            return;
        }
        try {
            final long now = clock.ticks();
            HeldEvent later;
            for (HeldEvent each = first; each != null; each = later) {
                later = each.later;
                if (!each.isPassed && now - each.ticks < each.pair.leastTicks()) {
                    unqueue(each);
                }
            }
            while (first != null) {
                awaitRoom(deadlineNs);
                if (hasRoom(first)) {
                    write(first);
                } else {
                    unqueue(first);
                    ring.discard();
                }
            }
            clear();
        } finally {
            lock.state = HeldLock.FREE;
        }
    }

    private void awaitRoom(final long deadlineNs) {
        while (!hasRoom(first) && System.nanoTime() - deadlineNs < 0) {
            ring.drainFull();
            if (!hasRoom(first)) {
                LockSupport.parkNanos(PARK_NS);
            }
        }
    }

    /** Writes all that is held back, as far as there is room, and the rest later. */
    public void pass(final long deadlineNs) {
        if (lock.take(deadlineNs)) {
            try {
                for (HeldEvent each = first; each != null; each = each.later) {
                    each.isPassed = true;
                }
                advance(clock.ticks() - slackTicks, true);
            } finally {
                lock.state = HeldLock.FREE;
            }
        }
    }

    /** Another duration counts from now on for pairs of a kind, also for what is held back. */
    public void adjust(final Collection<HeldPair> pairs, final long deadlineNs) {
        if (lock.take(deadlineNs)) {
            try {
                for (HeldEvent each = first; each != null; each = each.later) {
                    for (final HeldPair pair : pairs) {
                        each.pair = pair.number() == each.pair.number() ? pair : each.pair;
                    }
                }
            } finally {
                lock.state = HeldLock.FREE;
            }
        }
    }

    /** Drops everything: another session begins. */
    public void forget(final long deadlineNs) {
        if (lock.take(deadlineNs)) {
            try {
                clear();
            } finally {
                lock.state = HeldLock.FREE;
            }
        }
    }

    private void clear() {
        first = null;
        last = null;
        firstOpen = null;
        lastOpen = null;
        open = 0;
        words = 0;
        free = null;
        buckets = new HeldEvent[FEWEST_BUCKETS];
        hasForgotten = false;
    }
}
