// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.ring.Clock;
import dev.sluice.ring.FullPolicy;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.ring.RefusalCause;
import dev.sluice.ring.Region;
import dev.sluice.ring.RingDrainer;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.Slot;
import dev.sluice.ring.SlotDescriptor;
import dev.sluice.ring.TaggedWord;
import dev.sluice.target.jvm.Privileged;
import dev.sluice.target.jvm.ProcessIdentity;
import dev.sluice.target.jvm.VirtualThreads;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.memory.RingMemory;
import dev.sluice.target.memory.TargetMemory;
import dev.sluice.target.session.LiveSession;
import dev.sluice.target.session.Session;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Which thread owns which ring. {@link #current} is the hot path; claiming and sweeping happen once per thread. Any
 * thread.
 * <p>
 * A virtual thread owns none: it uses its carrier's, a ring of stream class 1, from the look-up to the commit of one
 * event, in which nothing lets go of the carrier. A carrier that fires itself has a ring of its own besides.
 */
public final class Rings {
    /** Looks for a free slot before a thread's event is refused. */
    private static final int CLAIM_ROUNDS = 8;
    private static final int ADOPT_ATTEMPTS = 10_000;
    private static final long ADOPT_WAIT_NS = 100_000;
    /** An attempt without memory or a free slot costs system calls or a sweep; only the end of a thread helps. */
    private static final long REFUSAL_PAUSE_NS = 10_000_000;
    /** Between looks at what memory there is, while a session is served. */
    private static final long TEND_NS = 100_000_000;
    /** Between looks for memory that somebody has left behind who fired after the end of a session. */
    private static final long IDLE_TEND_NS = 1_000_000_000;
    /** Part of a chunk that must be left, or the next chunk be free, for a virtual thread not to wait under BLOCK. */
    private static final int ROOM_SHARE = 16;
    private static final long ROOM_WAIT_NS = 20_000;
    private static final int POLLING_THREADS = 8;
    /** Where {@link ThreadRings} does not know it. Static, as there is one target in each copy of the library. */
    private static final ThreadLocal<WeakReference<RingProducer>> OF_THREAD = new ThreadLocal<>();
    /** Null where carriers are out of reach. Both weak, so that no thread keeps our class loader. */
    private static final ThreadLocal<WeakReference<RingProducer>> OF_CARRIER =
        VirtualThreads.reason().isEmpty() ? VirtualThreads.newCarrierLocal() : null;

    private final TargetMemory memory;
    private final DrainProbe probe;
    private final LiveSession session;
    private final DeclaredEvents events;
    private final Clock clock;
    private final Region region;
    private final AtomicReferenceArray<Owner> owners;
    /** The newest producer of each slot: once its owner is dead, the next owner goes on with its count. */
    private final AtomicReferenceArray<RingProducer> producers;
    private final int room;
    private final Semaphore polling = new Semaphore(POLLING_THREADS, true);
    private final AtomicReferenceArray<RingMemory> memories;
    private final AtomicInteger backedRings = new AtomicInteger();
    private boolean wasIdle = true;
    private long lastTendedNs;
    private volatile long noMemoryUntilNs;
    private volatile long noSlotUntilNs;

    /**
     * Without any ring yet.
     *
     * @param memory  where they lie
     * @param probe   through which they are drained
     * @param session what is wanted of them
     * @param events  what is in them
     * @param clock   what stamps their events
     */
    public Rings(final TargetMemory memory, final DrainProbe probe, final LiveSession session,
        final DeclaredEvents events, final Clock clock) {
        this.memory = memory;
        this.probe = probe;
        this.session = session;
        this.events = events;
        this.clock = clock;
        this.region = memory.region();
        this.room = region.chunkLength() / ROOM_SHARE;
        this.owners = new AtomicReferenceArray<>(region.slotCount());
        this.producers = new AtomicReferenceArray<>(region.slotCount());
        this.memories = new AtomicReferenceArray<>(region.slotCount());
    }

    /** A drainer for a thread. */
    public RingDrainer newDrainer(final int tid) {
        return new RingDrainer(memory.controlFile(), memory.targetId(), probe, events::walker, tid);
    }

    /** Owner of a slot, for the sweep. Weak, so that a ring keeps no dead thread. */
    private static final class Owner extends WeakReference<Thread> {
        /** Null until its slot is ACTIVE; read by that thread alone. */
        private RingProducer ring;
        /** What the slot says; after the claim, of the control thread alone. */
        private String name;

        Owner(final Thread thread) {
            super(thread);
            name = thread.getName();
        }
    }

    /**
     * Where {@link ThreadRings} has none: this thread's ring, or its carrier's, or null if there can be none; then the
     * refusal is counted. A virtual thread uses it for one event, at once.
     */
    public RingProducer current() {
        if (VirtualThreads.isCurrent()) {
            return ofCarrier();
        }
        final RingProducer known = get(OF_THREAD);
        final RingProducer ring =
            known != null ? known : claim(Thread.currentThread(), PacketHeaderDescriptor.STREAM_PLATFORM);
        if (ring != null) {
            ThreadRings.put(ring);
        }
        return ring;
    }

    private static RingProducer get(final ThreadLocal<WeakReference<RingProducer>> local) {
        // Until their owner is dead, producers are held by their slots.
        final WeakReference<RingProducer> held = local.get();
        return held == null ? null : held.get();
    }

    private RingProducer ofCarrier() {
        if (OF_CARRIER == null) {
            // A ring per virtual thread would be unbounded, and an ordinary local stays with the virtual thread.
            Warnings.once("events of virtual threads are discarded and counted: " + VirtualThreads.reason());
            memory.refused(RefusalCause.VIRTUAL_THREAD);
            return null;
        }
        final RingProducer ring = carriersRing();
        return ring != null && ring.isNearlyFull(room) ? withRoom(ring) : ring;
    }

    private RingProducer carriersRing() {
        final RingProducer ring = get(OF_CARRIER);
        if (ring != null) {
            return ring;
        }
        VirtualThreads.pin();
        try {
            return claim(VirtualThreads.carrier(), PacketHeaderDescriptor.STREAM_CARRIER);
        } finally {
            VirtualThreads.unpin();
        }
    }

    /**
     * BLOCK: a virtual thread waits here, before its claim, because it may find itself on another carrier afterwards,
     * and the ring is looked up again. Its carrier meanwhile runs others. Only an event that is longer than the room
     * that is waited for may still have to wait in its claim, and its carrier with it.
     */
    private RingProducer withRoom(final RingProducer full) {
        if (session.current().policy() != FullPolicy.BLOCK) {
            return full;
        }
        if (session.isConsumerStalled() && full.discardAgain()) {
            return null;
        }
        final long begin = System.nanoTime();
        full.drainFull();
        boolean hasRoom = !full.isNearlyFull(room);
        if (!hasRoom && session.isConsumerStalled()) {
            // Nothing was waited for, so it is still this carrier's ring.
            full.discardFull();
            return null;
        }
        if (!hasRoom) {
            final boolean isPolling = mayPoll(begin);
            try {
                hasRoom = awaitRoom(begin);
            } finally {
                if (isPolling) {
                    polling.release();
                }
                // As in RingProducer: the application's own permit may have been used up.
                LockSupport.unpark(Thread.currentThread());
            }
        }
        // From here on nothing is waited for.
        final RingProducer ring = carriersRing();
        if (ring != null) {
            ring.blocked(System.nanoTime() - begin);
            if (!hasRoom) {
                ring.discardFull();
            }
        }
        return hasRoom ? ring : null;
    }

    /** Waits for its turn: a hundred thousand threads must not all look at the time for themselves. */
    private boolean mayPoll(final long beginNs) {
        try {
            return polling.tryAcquire(
                session.current().blockTimeoutNs() - (System.nanoTime() - beginNs), TimeUnit.NANOSECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Waits until a carrier that it is on has room or no ring yet, or there is no session; false after the timeout, or
     * when the consumer is stale.
     */
    private boolean awaitRoom(final long beginNs) {
        while (session.isActive()) {
            final RingProducer ring = get(OF_CARRIER);
            if (ring == null) {
                // Not claimed here: where that fails, the event counts as refused, and must do so once.
                return true;
            }
            ring.drainFull();
            if (!ring.isNearlyFull(room)) {
                return true;
            }
            if (System.nanoTime() - beginNs >= session.current().blockTimeoutNs() || session.isConsumerStalled()) {
                return false;
            }
            LockSupport.parkNanos(ROOM_WAIT_NS);
            if (Thread.currentThread().isInterrupted()) {
                // It does not park then, and whoever is to make room may need this very carrier.
                Thread.yield();
            }
        }
        return true;
    }

    private RingProducer claim(final Thread owner, final int streamClass) {
        if (isBefore(noMemoryUntilNs)) {
            memory.refused(RefusalCause.NO_MEMORY);
            return null;
        }
        if (isBefore(noSlotUntilNs)) {
            memory.refused(RefusalCause.NO_SLOT);
            return null;
        }
        try {
            final RingProducer own = forgotten(owner, streamClass);
            final RingProducer ring = own != null ? own : claimTrusted(owner, streamClass);
            if (ring != null) {
                (streamClass == PacketHeaderDescriptor.STREAM_CARRIER ? OF_CARRIER : OF_THREAD).set(
                    new WeakReference<>(ring));
            }
            return ring;
        } catch (final IOException | NativeException e) {
            Warnings.once("a thread gets no ring: " + e.getMessage());
            return withoutRing();
        }
    }

    /** With the library's own permissions. Where they are everybody's, no class more is asked for inside a fire. */
    private RingProducer claimTrusted(final Thread owner, final int streamClass) throws IOException {
        return Privileged.isNeeded() ? Privileged.callIo(() -> claimSlot(owner, streamClass))
            : claimSlot(owner, streamClass);
    }

    /**
     * The ring that a thread has already, or null: pools erase the locals of their threads (the common pool does
     * after each task), and a thread that took another slot each time would use them all up.
     */
    private RingProducer forgotten(final Thread thread, final int streamClass) {
        for (int i = 0; i < region.slotLimit(); i++) {
            final Owner owner = owners.get(i);
            if (owner != null && owner.get() == thread && owner.ring != null
                && owner.ring.slot().streamClass() == streamClass) {
                return owner.ring;
            }
        }
        return null;
    }

    private static boolean isBefore(final long timeNs) {
        return timeNs != 0 && System.nanoTime() - timeNs < 0;
    }

    private RingProducer claimSlot(final Thread owner, final int streamClass) throws IOException {
        RingDrainer drainer = null;
        boolean mayHelp = true;
        for (int round = 0; round < CLAIM_ROUNDS && mayHelp; round++) {
            for (int i = 0; i < region.slotCount(); i++) {
                if (!memory.allocateSlot(i) && !(reclaim() && memory.allocateSlot(i))) {
                    return noMemory();
                }
                final Slot slot = region.slot(i);
                final long word = slot.stateVolatile();
                final long claimed = SlotDescriptor.stateWord(
                    SlotDescriptor.generation(word) + 1, SlotDescriptor.STATE_CLAIMED);
                if (SlotDescriptor.state(word) == SlotDescriptor.STATE_FREE && slot.compareAndSetState(word, claimed)) {
                    return setUpOrFree(slot, claimed, owner, streamClass);
                }
            }
            drainer = drainer == null ? newDrainer(NativeCalls.get().gettid()) : drainer;
            // After the first sweep there is always another look: a sweep that another thread made may have helped.
            mayHelp = sweep(drainer) || round == 0;
        }
        noSlotUntilNs = System.nanoTime() + REFUSAL_PAUSE_NS;
        memory.refused(RefusalCause.NO_SLOT);
        return null;
    }

    /** A claimer that fails gives the slot back: nobody else could tell it from one that is still setting it up. */
    private RingProducer setUpOrFree(final Slot slot, final long claimed, final Thread owner, final int streamClass)
        throws IOException {
        RingProducer ring = null;
        try {
            ring = setUp(slot, claimed, owner, streamClass);
            return ring;
        } finally {
            if (ring == null) {
                slot.compareAndSetState(claimed, SlotDescriptor.stateWord(
                    SlotDescriptor.generation(claimed), SlotDescriptor.STATE_FREE));
            }
        }
    }

    private RingProducer noMemory() {
        // Else the kernel has refused, which was said.
        if (memory.budget().isUsedUp(TargetMemory.SLOT_BYTES + RingMemory.PAGE)) {
            Warnings.once("no memory for a ring: " + memory.budget() + "; events of further threads are discarded and"
                + " counted until a thread ends: raise that limit");
        }
        return withoutRing();
    }

    private RingProducer withoutRing() {
        memory.refused(RefusalCause.NO_MEMORY);
        noMemoryUntilNs = System.nanoTime() + REFUSAL_PAUSE_NS;
        return null;
    }

    private RingProducer setUp(final Slot slot, final long claimed, final Thread thread, final int streamClass)
        throws IOException {
        region.raiseSlotLimit(slot.index() + 1);
        final Owner owner = new Owner(thread);
        owners.set(slot.index(), owner);
        final RingMemory pages = pages(slot);
        final int generation = SlotDescriptor.generation(claimed);
        if (!pages.begin() && !(reclaim() && pages.begin())) {
            return noMemory();
        }
        final int tid = NativeCalls.get().gettid();
        final long first = nextChunk(slot);
        slot.identity(tid, streamClass, ProcessIdentity.threadStartTime(tid),
            threadId(thread), owner.name, memory.ordinaryRingLength(), first);
        moveHead(slot, first);
        final RingDrainer drainer = newDrainer(tid);
        final RingProducer ring = new RingProducer(slot, new OwnerControl(session, events, drainer,
            memory.greatestRingLength(), clock.frequency(),
            streamClass == PacketHeaderDescriptor.STREAM_CARRIER), pages, first, 0);
        // Not the count of what was drained: in shared mode the consumer keeps that to itself.
        final RingProducer before = producers.getAndSet(slot.index(), ring);
        if (before != null) {
            ring.continueAfter(before);
        }
        Memory.putLongRelease(slot.address() + SlotDescriptor.STATE_OFFSET,
            SlotDescriptor.stateWord(generation, SlotDescriptor.STATE_ACTIVE));
        owner.ring = ring;
        return ring;
    }

    /** Where the next owner of an empty ring begins: positions continue; 0 is left to mean "no content end". */
    private static long nextChunk(final Slot slot) {
        final long tail = slot.tailAcquire();
        final long last = Math.max(tail, slot.headVolatile(tail));
        final long chunkLength = slot.chunkLength();
        return Math.max(chunkLength, last + chunkLength - 1 & -chunkLength);
    }

    /** The ring is empty, so nobody drains it; but a session that begins may tag its head at the same time. */
    private static void moveHead(final Slot slot, final long position) {
        long word;
        do {
            word = slot.headWordVolatile();
        } while (!slot.compareAndSetHeadWord(word, Slot.headWord(TaggedWord.epoch(word), position)));
    }

    @SuppressWarnings("deprecation")
    private static long threadId(final Thread thread) {
        return thread.getId();
    }

    /** Notes the names of threads that were renamed. For the control thread. */
    public synchronized void rename() throws IOException {
        for (int i = 0; i < region.slotLimit(); i++) {
            final Owner owner = owners.get(i);
            final Thread thread = owner == null ? null : owner.get();
            final Slot slot = region.slot(i);
            // While this lock is held nobody frees a slot, so its owner stays the same even if it dies now.
            if (thread != null && SlotDescriptor.state(slot.stateVolatile()) == SlotDescriptor.STATE_ACTIVE) {
                final String name = thread.getName();
                if (!name.equals(owner.name)) {
                    owner.name = name;
                    slot.name(name);
                }
            }
        }
    }

    /** Finds slots whose owner is dead, and frees those whose events are all drained (R10). */
    public void sweep() throws IOException {
        sweep(null);
    }

    /**
     * The same, by a thread that finds no free slot: it drains what the dead have left, and does not wait for a flush.
     *
     * @param drainer of the calling thread, or null to drain nothing
     * @return whether another look for a free slot may find one
     */
    private synchronized boolean sweep(final RingDrainer drainer) throws IOException {
        boolean mayHelp = false;
        for (int i = 0; i < region.slotLimit(); i++) {
            final Slot slot = region.slot(i);
            long word = slot.stateVolatile();
            if (SlotDescriptor.state(word) == SlotDescriptor.STATE_ACTIVE && isDead(i)) {
                final long orphaned = SlotDescriptor.stateWord(
                    SlotDescriptor.generation(word), SlotDescriptor.STATE_ORPHANED);
                slot.compareAndSetState(word, orphaned);
                word = orphaned;
            }
            if (SlotDescriptor.state(word) == SlotDescriptor.STATE_ORPHANED) {
                // A lock of the dead owner's own is one that an error left behind.
                slot.compareAndSetDrainLock(slot.tid(), 0);
                // Busy: whoever drains it will have done so at the next look.
                mayHelp |= drainer != null && session.current().strategy().isInTarget() && !isDrained(slot)
                    && drainer.drain(slot, true) == RingDrainer.BUSY;
                if (isDrained(slot)) {
                    owners.set(i, null);
                    end(slot);
                    mayHelp |= slot.compareAndSetState(word, SlotDescriptor.stateWord(
                        SlotDescriptor.generation(word), SlotDescriptor.STATE_FREE));
                    noSlotUntilNs = 0;
                }
            }
        }
        return mayHelp;
    }

    /** The dead owner's ring gives its memory back; what it has counted stays in its descriptors. */
    private void end(final Slot slot) {
        final RingProducer ring = producers.get(slot.index());
        if (ring != null) {
            ThreadRings.remove(ring);
            ring.end();
            // No position inside of a chunk: what lies before it there can be counted no more.
            moveHead(slot, nextChunk(slot));
            pages(slot).end();
        }
    }

    private RingMemory pages(final Slot slot) {
        RingMemory pages = memories.get(slot.index());
        if (pages == null) {
            // Its claimer alone comes here first.
            pages = new RingMemory(memory, slot, () -> session.current().strategy().wantsLargeRings(), backedRings);
            memories.set(slot.index(), pages);
        }
        return pages;
    }

    /** Before anybody is refused: what the dead have left, and what lies drained behind the living. */
    private boolean reclaim() throws IOException {
        final long before = memory.budget().takenBytes();
        sweep(null);
        trim();
        return memory.budget().takenBytes() < before;
    }

    private synchronized void trim() {
        for (int i = 0; i < region.slotLimit(); i++) {
            final RingMemory pages = memories.get(i);
            if (pages != null) {
                pages.trim();
            }
        }
    }

    /**
     * Gives back what rings do not need: all that is drained, once no session is there or they have more than they may
     * have by now. In every cycle of the control thread.
     */
    public void tendMemory(final long nowNs) {
        final boolean isIdle = session.current() == Session.NONE;
        if (isIdle != wasIdle || nowNs - lastTendedNs >= (isIdle ? IDLE_TEND_NS : TEND_NS)) {
            wasIdle = isIdle;
            lastTendedNs = nowNs;
            if (!isIdle) {
                memory.budget().look();
            }
            if (isIdle || memory.budget().isExceeded()) {
                trim();
            }
        }
    }

    private boolean isDead(final int slot) {
        final Owner owner = owners.get(slot);
        final Thread thread = owner == null ? null : owner.get();
        return thread == null || !thread.isAlive();
    }

    private static boolean isDrained(final Slot slot) {
        final long tail = slot.tailAcquire();
        return slot.headVolatile(tail) >= tail;
    }

    /**
     * Brings what drainers of this process keep up to date with a session that begins, after one whose consumer drained
     * by itself: heads get the new epoch, so that an earlier consumer cannot move them any more, and sequences go on
     * after the last one received.
     */
    public void adopt(final RingDrainer drainer, final int epoch) throws IOException {
        for (int i = 0; i < region.slotLimit(); i++) {
            for (int j = 0; j < ADOPT_ATTEMPTS && !drainer.adopt(region.slot(i), epoch); j++) {
                LockSupport.parkNanos(ADOPT_WAIT_NS);
            }
        }
    }

    /** Drains full chunks of all rings: one round of the drain thread. Returns whether anything was drained. */
    public boolean drainFull(final RingDrainer drainer) throws IOException {
        boolean any = false;
        for (int i = 0; i < region.slotLimit(); i++) {
            final Slot slot = region.slot(i);
            final int state = SlotDescriptor.state(slot.stateVolatile());
            if (state == SlotDescriptor.STATE_ACTIVE || state == SlotDescriptor.STATE_ORPHANED) {
                final long before = slot.sequenceAcquire();
                drainer.drain(slot, false);
                any |= slot.sequenceAcquire() != before;
            }
        }
        return any;
    }

    /**
     * Drains the rings of all owners, living and dead, partial chunks too.
     *
     * @return the worst outcome of {@link RingDrainer}: {@link RingDrainer#DRAINED} if all is drained
     */
    public int flush(final RingDrainer drainer) throws IOException {
        int worst = RingDrainer.DRAINED;
        for (int i = 0; i < region.slotLimit(); i++) {
            final Slot slot = region.slot(i);
            final int state = SlotDescriptor.state(slot.stateVolatile());
            if (state == SlotDescriptor.STATE_ACTIVE || state == SlotDescriptor.STATE_ORPHANED) {
                worst = Math.max(worst, drainer.drain(slot, true));
            }
        }
        return worst;
    }
}
