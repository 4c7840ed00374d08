// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.RingProducer;
import dev.sluice.ring.clock.Clock;
import dev.sluice.target.pair.HeldEvents;
import dev.sluice.target.pair.HeldPair;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;

/**
 * Which thread holds back which events: by the slot of its ring for other events, where it looks itself, and by that of
 * its ring for these. Any thread may call {@link #of} and {@link #add} for itself; the others are for whoever has the
 * rings' lock.
 */
final class HeldRings {
    private static final long WAIT_NS = 200_000_000;

    private final AtomicReferenceArray<HeldEvents> ofOwners;
    private final AtomicReferenceArray<HeldEvents> inSlots;

    /** What virtual threads hold back, by the lowest bits of their ids; empty before. */
    private volatile HeldEvents[] ofVirtual = new HeldEvents[0];
    /** Whether events of this session are recorded that should have been held back, for want of a ring. */
    private volatile boolean hasFailed;
    private final Runnable refused;

    /**
     * Begins with nothing held back.
     *
     * @param refused counts an event whose thread did not get the lock
     */
    HeldRings(final int slotCount, final Runnable refused) {
        this.refused = refused;
        ofOwners = new AtomicReferenceArray<>(slotCount);
        inSlots = new AtomicReferenceArray<>(slotCount);
    }

    /** What the owner of a ring holds back; null if it does not yet. */
    HeldEvents of(final RingProducer owner) {
        final HeldEvents known = ofOwners.get(owner.slot().index());
        return known != null && known.isOf(owner) ? known : null;
    }

    /** What the virtual thread of an id holds back; null if it holds nothing back. */
    HeldEvents ofVirtual(final long id) {
        final HeldEvents[] all = ofVirtual;
        return all.length == 0 ? null : all[(int) (id & all.length - 1)];
    }

    boolean hasVirtual() {
        return ofVirtual.length > 0;
    }

    /** Makes virtual threads hold events back from now on, in as many of these rings as a power of two has. */
    void addVirtual(final List<RingProducer> rings, final Clock clock, final BooleanSupplier mayOverwrite) {
        final HeldEvents[] added = new HeldEvents[Integer.highestOneBit(rings.size())];
        for (int i = 0; i < added.length; i++) {
            added[i] = added(null, rings.get(i), clock, mayOverwrite);
            // Those whose begins are recorded, if a session runs: one that begins forgets this.
            added[i].expectForgotten();
            inSlots.set(rings.get(i).slot().index(), added[i]);
        }
        ofVirtual = added;
    }

    private HeldEvents added(final RingProducer owner, final RingProducer ring, final Clock clock,
        final BooleanSupplier mayOverwrite) {
        final HeldEvents added = new HeldEvents(owner, ring, owner == null, clock, mayOverwrite, refused);
        if (hasFailed) {
            added.expectForgotten();
        }
        return added;
    }

    /** A thread gets no ring for what it should hold back, which is recorded like other events. Returns null. */
    HeldEvents failed() {
        hasFailed = true;
        return null;
    }

    /** The calling thread gives back what a failure has left behind: of its own ring, if it has one, or of any. */
    void abandon(final RingProducer owner) {
        final HeldEvents own = owner == null ? null : of(owner);
        if (own != null) {
            own.abandon();
        }
        for (final HeldEvents each : ofVirtual) {
            each.abandon();
        }
    }

    HeldEvents add(final RingProducer owner, final RingProducer ring, final Clock clock,
        final BooleanSupplier mayOverwrite) {
        final HeldEvents added = added(owner, ring, clock, mayOverwrite);
        inSlots.set(ring.slot().index(), added);
        ofOwners.set(owner.slot().index(), added);
        return added;
    }

    void tend(final IntPredicate isTended) {
        for (int i = 0; i < inSlots.length(); i++) {
            final HeldEvents each = inSlots.get(i);
            if (each != null && isTended.test(i)) {
                each.tend();
            }
        }
    }

    /** When whoever waits for all of them gives up. */
    static long deadlineNs() {
        return System.nanoTime() + WAIT_NS;
    }

    /**
     * Ends holding back.
     *
     * @param deadlineNs until when it waits for room
     */
    void finish(final long deadlineNs) {
        for (int i = 0; i < inSlots.length(); i++) {
            final HeldEvents each = inSlots.get(i);
            if (each != null) {
                each.finish(deadlineNs);
            }
        }
    }

    void pass() {
        final long deadlineNs = deadlineNs();
        for (int i = 0; i < inSlots.length(); i++) {
            final HeldEvents each = inSlots.get(i);
            if (each != null) {
                each.pass(deadlineNs);
            }
        }
    }

    void adjust(final Collection<HeldPair> pairs) {
        final long deadlineNs = deadlineNs();
        for (int i = 0; i < inSlots.length(); i++) {
            final HeldEvents each = inSlots.get(i);
            if (each != null) {
                each.adjust(pairs, deadlineNs);
            }
        }
    }

    void forget() {
        hasFailed = false;
        final long deadlineNs = deadlineNs();
        for (int i = 0; i < inSlots.length(); i++) {
            final HeldEvents each = inSlots.get(i);
            if (each != null) {
                each.forget(deadlineNs);
            }
        }
    }

    /**
     * Ends holding back in a slot whose owner is dead.
     *
     * @param isWanted   whether there is a session that wants what has lasted long enough
     * @param deadlineNs until when it waits for room
     */
    void end(final int slot, final boolean isWanted, final long deadlineNs) {
        final HeldEvents left = inSlots.getAndSet(slot, null);
        if (left != null && isWanted) {
            left.finish(deadlineNs);
        }
    }

    /** The owner of another ring, which is dead, is no more. */
    void forgetOwner(final int slot) {
        ofOwners.set(slot, null);
    }
}
