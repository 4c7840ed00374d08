// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.PulledHead;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Region;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.jvm.Privileged;
import dev.sluice.target.jvm.ProcessIdentity;
import dev.sluice.target.jvm.ThreadIds;
import dev.sluice.target.jvm.VirtualThreads;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.memory.RingMemory;
import dev.sluice.target.memory.TargetMemory;
import dev.sluice.target.pair.HeldEvents;
import dev.sluice.target.pair.HeldPair;
import dev.sluice.target.session.DrainStrategy;
import dev.sluice.target.session.LiveSession;
import dev.sluice.target.session.SessionTerms;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Which thread owns which ring. {@link #current} is the hot path; claiming and sweeping happen once per thread. Any
 * thread.
 * <p>
 * A virtual thread owns no ring. It uses the ring of its carrier, of stream class 1, from the look-up to the commit of
 * one event; between the two it stays on that carrier. A carrier that fires events itself has a second ring for them.
 */
public final class Rings {
    /** How often a thread looks for a free slot before its event is refused. */
    private static final int CLAIM_ROUNDS = 8;
    private static final int ADOPT_ATTEMPTS = 10_000;
    private static final long ADOPT_WAIT_NS = 100_000;
    /**
     * How long no attempt is made after a failed one. An attempt without memory or a free slot costs system calls or a
     * sweep, and only the end of a thread can make it succeed.
     */
    private static final long REFUSAL_PAUSE_NS = 10_000_000;
    /** Time between two looks at how much memory there is, while a session is served. */
    private static final long TEND_NS = 100_000_000;
    /** Time between two looks for memory that threads hold which fired after the end of a session. */
    private static final long IDLE_TEND_NS = 1_000_000_000;
    /** Under BLOCK a virtual thread waits, unless such a part of the open chunk is left or the next chunk is free. */
    private static final int ROOM_SHARE = 16;
    private static final int MOST_HELD_CARRIED = 8;
    /**
     * The ring of a thread that {@link ThreadRings} does not know. Static, because each copy of the library has one
     * target.
     */
    private static final ThreadLocal<WeakReference<RingProducer>> OF_THREAD = new ThreadLocal<>();
    /**
     * The ring of a carrier; null where carriers are out of reach. Both variables hold weakly, so that no thread keeps
     * the library's class loader.
     */
    private static final ThreadLocal<WeakReference<RingProducer>> OF_CARRIER =
        VirtualThreads.reason().isEmpty() ? VirtualThreads.newCarrierLocal() : null;

    private final TargetMemory memory;
    private final DrainProbe probe;
    private final LiveSession session;
    private final DeclaredEvents events;
    private final Clock clock;
    private final Region region;
    private final AtomicReferenceArray<Owner> owners;
    /** The newest producer of each slot: once the slot's owner is dead, the next owner continues its count. */
    private final AtomicReferenceArray<RingProducer> producers;
    private final HeldRings held;
    private final List<RingProducer> heldCarried = new ArrayList<>();
    private final int room;
    private final CarrierRoom carrierRoom;
    private final AtomicReferenceArray<RingMemory> memories;
    private final AtomicInteger backedRings = new AtomicInteger();
    private final RingRounds rounds;
    /** These are made here, and not where they are needed: making the first one costs a traced thread milliseconds. */
    private final Supplier<EventWalker> walker;
    private final RingDrainer.LongJournals longJournals;
    private final LongSupplier mostRingBytes = this::mostRingBytes;
    private final BooleanSupplier mayOverwrite = this::mayOverwrite;
    private boolean isRehearsed;
    private boolean wasIdle = true;
    private long lastTendedNs;
    private volatile long noMemoryUntilNs;
    private volatile long noSlotUntilNs;

    /**
     * Begins without any ring.
     *
     * @param memory  where the rings lie
     * @param probe   the probe through which the rings are drained
     * @param session which session is served
     * @param events  the events that rings may hold
     * @param clock   the clock that stamps the events
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
        this.carrierRoom = new CarrierRoom(session, room, this::carriersRing, () -> get(OF_CARRIER));
        this.owners = new AtomicReferenceArray<>(region.slotCount());
        this.producers = new AtomicReferenceArray<>(region.slotCount());
        this.held = new HeldRings(region.slotCount(), () -> memory.refused(RefusalCause.INTERNAL));
        this.memories = new AtomicReferenceArray<>(region.slotCount());
        this.rounds = new RingRounds(region);
        this.walker = events::walker;
        this.longJournals = memory::allocateLongJournal;
    }

    /** Classes that fires need and that nobody outside of this package knows. */
    public static Class<?>[] neededByFires() {
        return new Class<?>[] {CarrierRoom.class, FirstCost.class};
    }

    /** What is drained of all rings, one after the other. */
    public RingRounds rounds() {
        return rounds;
    }

    /** A drainer for a thread. */
    public RingDrainer newDrainer(final int tid) {
        return new RingDrainer(memory.controlFile(), memory.targetId(), probe, walker, tid, longJournals);
    }

    /** Owner of a slot, for the sweep. Weak, so that a ring keeps no dead thread. */
    private static final class Owner extends WeakReference<Thread> {
        /** The owner's ring; null until its slot is ACTIVE. Only the owner thread reads it. */
        private RingProducer ring;
        /** The name that the slot has. After the claim only the control thread uses it. */
        private String name;
        /** Whether the control thread, which alone uses this, has looked when the owner started. */
        private boolean isStartKnown;
        private final RingUse use;

        Owner(final Thread thread, final RingUse use) {
            super(thread);
            this.use = use;
            name = use.nameFor(thread);
        }
    }

    /**
     * Does what a thread does at its first event, so that the JVM links calls and loads classes here and not on a
     * thread of the application: that would take it milliseconds. Takes a slot, and gives it back before anybody sees
     * an owner in it: the next owner finds its pages there. For the control thread, before the bits of a session go up.
     * What fires events of each kind may be null.
     */
    public void rehearse(final RehearsedFires fires) {
        memory.budget().look();
        ThreadRings.get();
        VirtualThreads.isCurrent();
        get(OF_THREAD);
        if (!isRehearsed) {
            isRehearsed = true;
            Rehearsal.ofHandles(clock);
            try {
                final Thread current = Thread.currentThread();
                forgotten(current, RingUse.REHEARSED);
                claimTrusted(current, RingUse.REHEARSED);
            } catch (final IOException | NativeException e) {
                Warnings.once("no ring can be had: " + e.getMessage());
            }
            walker.get();
        }
        if (fires != null) {
            RehearsalRing.fill(memory.targetId(), events, clock, fires);
        }
    }

    /**
     * For a thread that {@link ThreadRings} does not know: its ring, or the ring of its carrier, or null if it can have
     * no ring; then the event is counted as refused. A virtual thread uses the ring for one event, at once.
     */
    public RingProducer current() {
        if (VirtualThreads.isCurrent()) {
            return ofCarrier();
        }
        final RingProducer known = get(OF_THREAD);
        final RingProducer ring =
            known != null ? known : claim(Thread.currentThread(), RingUse.FIRED);
        if (ring != null) {
            ThreadRings.put(ring);
        }
        return ring;
    }

    /**
     * What the calling thread holds back; null if it holds nothing back, as it gets no second ring; then nothing is
     * counted. If it has no ring at all, its event is counted, and what is returned takes none.
     */
    public HeldEvents held() {
        RingProducer ring = ThreadRings.get();
        if (ring == null) {
            if (VirtualThreads.isCurrent()) {
                return held.ofVirtual(ThreadIds.seen(Thread.currentThread()));
            }
            ring = current();
        }
        final HeldEvents known = ring == null ? HeldEvents.NONE : held.of(ring);
        return known != null ? known : beginHeld(ring);
    }

    private HeldEvents beginHeld(final RingProducer owner) {
        if (isBefore(noMemoryUntilNs) || isBefore(noSlotUntilNs)) {
            return held.failed();
        }
        try {
            final RingProducer ring = claimTrusted(Thread.currentThread(), RingUse.HELD);
            if (ring == null) {
                Warnings.once("a thread gets no second ring, so that its events are recorded however long their pairs"
                    + " last: raise sluice.region.slots or sluice.region.memory");
                return held.failed();
            }
            return held.add(owner, ring, clock, mayOverwrite);
        } catch (final IOException | NativeException e) {
            Warnings.once("a thread gets no second ring: " + e.getMessage());
            noMemoryUntilNs = System.nanoTime() + REFUSAL_PAUSE_NS;
            return held.failed();
        }
    }

    /**
     * Claims the rings of events that virtual threads hold back, if there are such threads. For the control thread,
     * which lives as long as they are needed.
     */
    public void prepareHeld() throws IOException {
        if (!held.hasVirtual() && VirtualThreads.exist()) {
            final int count = Integer.highestOneBit(
                Math.min(MOST_HELD_CARRIED, Runtime.getRuntime().availableProcessors()));
            // What an attempt that has failed has claimed stays for the next one.
            for (int i = heldCarried.size(); i < count; i++) {
                final RingProducer ring = claimTrusted(Thread.currentThread(), RingUse.HELD_CARRIED);
                if (ring != null) {
                    heldCarried.add(ring);
                }
            }
            held.addVirtual(heldCarried, clock, mayOverwrite);
        }
    }

    /** The calling thread has failed between the begin of an event that is held back and its end. */
    public void abandonHeld() {
        held.abandon(ThreadRings.get());
    }

    /** Writes what living threads have held back for long enough. For the control thread. */
    public synchronized void tendHeld() {
        // While this lock is held nobody frees a slot. What a dead thread has left is its sweeper's.
        held.tend(slot -> !isDead(slot));
    }

    /**
     * Ends holding back: the bits are down, and every fire that has seen them has returned. For the control thread.
     *
     * @param isWaiting whether it waits a moment for room: there is a consumer that makes some
     */
    public synchronized void finishHeld(final boolean isWaiting) {
        held.finish(isWaiting ? HeldRings.deadlineNs() : System.nanoTime());
    }

    /** Has everything written that is held back: what ends it may be written by itself from now on. */
    public synchronized void passHeld() {
        held.pass();
    }

    /** Other durations count from now on. */
    public synchronized void adjustHeld(final Collection<HeldPair> pairs) {
        held.adjust(pairs);
    }

    /** Forgets what was held back in an earlier session, before the bits of the next one go up. */
    public synchronized void forgetHeld() {
        held.forget();
    }

    private static RingProducer get(final ThreadLocal<WeakReference<RingProducer>> local) {
        // A slot holds its producer until the owner is dead, so the weak reference is enough.
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
        return ring != null && ring.isNearlyFull(room) ? carrierRoom.withRoom(ring) : ring;
    }

    private RingProducer carriersRing() {
        final RingProducer known = ThreadRings.ofCarrier();
        final RingProducer ring = known != null ? known : get(OF_CARRIER);
        if (ring != null) {
            return ring;
        }
        VirtualThreads.pin();
        try {
            final Thread carrier = VirtualThreads.carrier();
            final RingProducer claimed = claim(carrier, RingUse.CARRIED);
            if (claimed != null) {
                ThreadRings.putCarriers(claimed, carrier);
            }
            return claimed;
        } finally {
            VirtualThreads.unpin();
        }
    }

    private RingProducer claim(final Thread owner, final RingUse use) {
        if (ThreadRings.isRehearsal()) {
            return null;
        }
        if (isBefore(noMemoryUntilNs)) {
            memory.refused(RefusalCause.NO_MEMORY);
            return null;
        }
        if (isBefore(noSlotUntilNs)) {
            memory.refused(RefusalCause.NO_SLOT);
            return null;
        }
        try {
            final long beginNs = FirstCost.nowNs();
            final RingProducer own = forgotten(owner, use);
            final RingProducer ring = own != null ? own : claimTrusted(owner, use);
            if (ring != null) {
                (use == RingUse.CARRIED ? OF_CARRIER : OF_THREAD).set(new WeakReference<>(ring));
            }
            if (own == null && ring != null) {
                FirstCost.note(ring.slot(), session.current().epoch(), beginNs);
            }
            return ring;
        } catch (final IOException | NativeException e) {
            Warnings.once("a thread gets no ring: " + e.getMessage());
            return withoutRing(use);
        }
    }

    /**
     * Claims with the library's own permissions. If everybody has these permissions, no further class is loaded inside
     * a fire.
     */
    private RingProducer claimTrusted(final Thread owner, final RingUse use) throws IOException {
        return Privileged.isNeeded() ? Privileged.callIo(() -> claimSlot(owner, use)) : claimSlot(owner, use);
    }

    /**
     * The ring that a thread has already, or null. Pools erase the thread locals of their threads (the common pool does
     * so after each task); a thread that took another slot each time would use up all slots.
     */
    private RingProducer forgotten(final Thread thread, final RingUse use) {
        for (int i = 0; i < region.slotLimit(); i++) {
            final Owner owner = owners.get(i);
            if (owner != null && owner.get() == thread && owner.ring != null && owner.use == use) {
                return owner.ring;
            }
        }
        return null;
    }

    private static boolean isBefore(final long timeNs) {
        return timeNs != 0 && System.nanoTime() - timeNs < 0;
    }

    private RingProducer claimSlot(final Thread owner, final RingUse use) throws IOException {
        RingDrainer drainer = null;
        boolean mayHelp = true;
        for (int round = 0; round < CLAIM_ROUNDS && mayHelp; round++) {
            for (int i = 0; i < region.slotCount(); i++) {
                if (!memory.allocateSlot(i) && !(reclaim() && memory.allocateSlot(i))) {
                    return noMemory(use);
                }
                final Slot slot = region.slot(i);
                final long word = slot.stateVolatile();
                final long claimed = SlotDescriptor.stateWord(
                    SlotDescriptor.generation(word) + 1, SlotDescriptor.STATE_CLAIMED);
                if (SlotDescriptor.state(word) == SlotDescriptor.STATE_FREE && slot.compareAndSetState(word, claimed)) {
                    return setUpOrFree(slot, claimed, owner, use);
                }
            }
            drainer = drainer == null ? newDrainer(NativeCalls.get().gettid()) : drainer;
            // After the first sweep this thread always looks again, because a sweep by another thread may have freed a
            // slot.
            mayHelp = sweep(drainer, System.nanoTime()) || round == 0;
        }
        if (use != RingUse.REHEARSED) {
            noSlotUntilNs = System.nanoTime() + REFUSAL_PAUSE_NS;
        }
        if (!use.isSpare()) {
            memory.refused(RefusalCause.NO_SLOT);
        }
        return null;
    }

    /**
     * A claimer that fails gives the slot back: no other thread could tell that slot from a slot which is still being
     * set up.
     */
    private RingProducer setUpOrFree(final Slot slot, final long claimed, final Thread owner, final RingUse use)
        throws IOException {
        RingProducer ring = null;
        try {
            ring = setUp(slot, claimed, owner, use);
            return ring;
        } finally {
            if (ring == null) {
                slot.compareAndSetState(claimed, SlotDescriptor.stateWord(
                    SlotDescriptor.generation(claimed), SlotDescriptor.STATE_FREE));
            }
        }
    }

    private RingProducer noMemory(final RingUse use) {
        // Otherwise the kernel has refused, and a warning has said so.
        if (memory.budget().isUsedUp(TargetMemory.SLOT_BYTES + RingMemory.PAGE)) {
            Warnings.once("no memory for a ring: " + memory.budget() + "; events of further threads are discarded and"
                + " counted until a thread ends: raise that limit");
        }
        return withoutRing(use);
    }

    private RingProducer withoutRing(final RingUse use) {
        if (!use.isSpare()) {
            memory.refused(RefusalCause.NO_MEMORY);
        }
        // A thread of the application is not to be refused because of what was only tried.
        if (use != RingUse.REHEARSED) {
            noMemoryUntilNs = System.nanoTime() + REFUSAL_PAUSE_NS;
        }
        return null;
    }

    private RingProducer setUp(final Slot slot, final long claimed, final Thread thread, final RingUse use)
        throws IOException {
        region.raiseSlotLimit(slot.index() + 1);
        final Owner owner = new Owner(thread, use);
        owners.set(slot.index(), owner);
        final RingMemory pages = pages(slot);
        final int generation = SlotDescriptor.generation(claimed);
        if (!pages.begin()) {
            // A free slot may have pages that another thread is giving back just now: then nothing is reclaimed here.
            reclaim();
            if (!pages.begin()) {
                return noMemory(use);
            }
        }
        final int tid = NativeCalls.get().gettid();
        final long headBefore = slot.headVolatile(slot.tailAcquire());
        final long first = nextChunk(slot);
        // To find out when it started would cost the thread half a millisecond: the control thread does.
        slot.identity(tid, use.streamClass(), 0, ThreadIds.seen(thread), owner.name, memory.ordinaryRingLength(),
            first);
        moveHead(slot, first);
        final RingDrainer drainer = newDrainer(use.drainerId(tid, slot.index()));
        final RingProducer ring = new RingProducer(slot, new OwnerControl(session, events, drainer,
            mostRingBytes, clock.frequency(), use == RingUse.CARRIED), pages, first, 0);
        // The count continues from the former producer and not from the slot's drained events, because in shared mode
        // the consumer does not write those.
        final RingProducer before = producers.getAndSet(slot.index(), ring);
        if (before != null) {
            ring.continueAfter(before);
        }
        if (use == RingUse.REHEARSED) {
            try {
                Rehearsal.of(ring, owner.name, clock);
            } finally {
                pages.leave();
                moveHead(slot, headBefore);
                producers.set(slot.index(), before);
                owners.set(slot.index(), null);
            }
            return null;
        }
        Memory.putLongRelease(slot.address() + SlotDescriptor.STATE_OFFSET,
            SlotDescriptor.stateWord(generation, SlotDescriptor.STATE_ACTIVE));
        owner.ring = ring;
        return ring;
    }

    /**
     * The position at which the next owner of an empty ring begins. Positions continue; position 0 is not used, because
     * 0 means "no content end".
     */
    private static long nextChunk(final Slot slot) {
        final long tail = slot.tailAcquire();
        final long last = Math.max(tail, slot.headVolatile(tail));
        final long chunkLength = slot.chunkLength();
        return Math.max(chunkLength, last + chunkLength - 1 & -chunkLength);
    }

    /**
     * Moves head. The ring is empty, so nobody drains it, but a session that begins may tag the head at the same time.
     */
    private static void moveHead(final Slot slot, final long position) {
        long word;
        do {
            word = slot.headWordVolatile();
        } while (!slot.compareAndSetHeadWord(word, Slot.headWord(TaggedWord.epoch(word), position)));
    }

    /**
     * Notes the names of threads that were renamed, and when new owners of rings started. For the control thread.
     */
    public synchronized void rename() throws IOException {
        for (int i = 0; i < region.slotLimit(); i++) {
            final Owner owner = owners.get(i);
            final Thread thread = owner == null ? null : owner.get();
            final Slot slot = region.slot(i);
            // While this lock is held nobody frees a slot, so the slot's owner stays the same even if that thread dies
            // now.
            if (thread != null && SlotDescriptor.state(slot.stateVolatile()) == SlotDescriptor.STATE_ACTIVE) {
                // One look is all: where /proc does not show a thread, it would not show it in the next second either.
                if (!owner.isStartKnown) {
                    owner.isStartKnown = true;
                    slot.startTime(ProcessIdentity.threadStartTime(slot.tid()));
                }
                final String name = owner.use.nameFor(thread);
                if (!name.equals(owner.name)) {
                    owner.name = name;
                    slot.writeName(name);
                }
            }
        }
    }

    /** Finds slots whose owner is dead, and frees the slots whose events are all drained (R10). */
    public void sweep() throws IOException {
        sweep(null, HeldRings.deadlineNs());
    }

    /**
     * Sweeps like {@link #sweep()}, for a thread that finds no free slot: drains what dead threads have left, and does
     * not wait for a flush.
     *
     * @param drainer    of the calling thread, or null to drain nothing
     * @param deadlineNs until when it waits for room for what dead threads have held back
     * @return whether another look for a free slot may find one
     */
    private synchronized boolean sweep(final RingDrainer drainer, final long deadlineNs) throws IOException {
        boolean mayHelp = false;
        for (int i = 0; i < region.slotLimit(); i++) {
            final Slot slot = region.slot(i);
            long word = slot.stateVolatile();
            if (SlotDescriptor.state(word) == SlotDescriptor.STATE_ACTIVE && isDead(i)) {
                held.end(i, session.isActive(), deadlineNs);
                final long orphaned = SlotDescriptor.stateWord(
                    SlotDescriptor.generation(word), SlotDescriptor.STATE_ORPHANED);
                slot.compareAndSetState(word, orphaned);
                word = orphaned;
            }
            if (SlotDescriptor.state(word) == SlotDescriptor.STATE_ORPHANED) {
                // A drain lock that the dead owner itself holds was left behind by an error.
                slot.compareAndSetDrainLock(slot.tid(), 0);
                // If the ring is busy, the thread that drains it will have finished by the next look.
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

    /** Gives back the memory of a dead owner's ring; its counts stay in its descriptors. */
    private void end(final Slot slot) {
        final RingProducer ring = producers.get(slot.index());
        if (ring != null) {
            ThreadRings.remove(ring);
            held.forgetOwner(slot.index());
            ring.end();
            // The new position must not be inside a chunk, because the events before it in that chunk could not be
            // counted any more.
            moveHead(slot, nextChunk(slot));
            pages(slot).end();
        }
    }

    private RingMemory pages(final Slot slot) {
        RingMemory pages = memories.get(slot.index());
        if (pages == null) {
            // Only the slot's claimer comes here first.
            pages = new RingMemory(memory, slot, mostRingBytes, backedRings);
            memories.set(slot.index(), pages);
        }
        return pages;
    }

    /**
     * Before an event is refused: takes back the memory that dead threads have left, and the drained chunks of living
     * threads.
     */
    private boolean reclaim() throws IOException {
        final long before = memory.budget().takenBytes();
        sweep(null, System.nanoTime());
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
     * Gives back the memory of all drained chunks, if there is no session or if the rings have more memory than they
     * may have now. The control thread calls this in every cycle.
     */
    public void tendMemory(final long nowNs) {
        final boolean isIdle = session.current() == SessionTerms.NONE;
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

    private boolean isDrained(final Slot slot) {
        PulledHead.carry(memory.controlFile(), slot, memory.controlFile().activeEpochVolatile());
        final long tail = slot.tailAcquire();
        return slot.headVolatile(tail) >= tail;
    }

    /**
     * Updates the words that drainers of this process keep, when a session begins after a session whose consumer
     * drained by itself. Heads get the new epoch, so that an earlier consumer cannot move them any more, and sequences
     * continue after the last sequence received.
     */
    public void adopt(final RingDrainer drainer, final int epoch) throws IOException {
        for (int i = 0; i < region.slotLimit(); i++) {
            for (int j = 0; j < ADOPT_ATTEMPTS && !drainer.adopt(region.slot(i), epoch); j++) {
                LockSupport.parkNanos(ADOPT_WAIT_NS);
            }
        }
    }

    private boolean mayOverwrite() {
        return session.current().policy() == FullPolicy.OVERWRITE;
    }

    private long mostRingBytes() {
        return session.current().mostRingBytes(memory.ordinaryRingLength(), memory.leastRingLength(),
            memory.greatestRingLength());
    }

    /** Moves the heads of all rings to where the session's consumer has pulled, if it does. */
    public void carry() throws IOException {
        if (session.current().strategy() == DrainStrategy.PULL) {
            final int epoch = session.current().epoch();
            for (int i = 0; i < region.slotLimit(); i++) {
                PulledHead.carry(memory.controlFile(), region.slot(i), epoch);
            }
        }
    }
}
