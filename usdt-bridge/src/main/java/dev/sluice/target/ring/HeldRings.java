// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.RingProducer;
import dev.sluice.ring.clock.Clock;
import dev.sluice.target.pair.HeldEvents;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;

/**
 * Which thread holds back which events: by the slot of its ring for other events, where it looks itself, and by that of
 * its ring for these. Any thread may call {@link #of} and {@link #add} for itself; the others are for whoever has the
 * rings' lock.
 */
final class HeldRings {
    private final AtomicReferenceArray<HeldEvents> ofOwners;
    private final AtomicReferenceArray<HeldEvents> inSlots;

    HeldRings(final int slotCount) {
        ofOwners = new AtomicReferenceArray<>(slotCount);
        inSlots = new AtomicReferenceArray<>(slotCount);
    }

    /** What the owner of a ring holds back; null if it does not yet. */
    HeldEvents of(final RingProducer owner) {
        final HeldEvents known = ofOwners.get(owner.slot().index());
        return known != null && known.isOf(owner) ? known : null;
    }

    HeldEvents add(final RingProducer owner, final RingProducer ring, final Clock clock,
        final BooleanSupplier mayOverwrite) {
        final HeldEvents added = new HeldEvents(owner, ring, clock, mayOverwrite);
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

    void finish() {
        for (int i = 0; i < inSlots.length(); i++) {
            final HeldEvents each = inSlots.get(i);
            if (each != null) {
                each.finish();
            }
        }
    }

    void pass() {
        for (int i = 0; i < inSlots.length(); i++) {
            final HeldEvents each = inSlots.get(i);
            if (each != null) {
                each.pass();
            }
        }
    }

    void forget() {
        for (int i = 0; i < inSlots.length(); i++) {
            final HeldEvents each = inSlots.get(i);
            if (each != null) {
                each.forget();
            }
        }
    }

    /**
     * Ends holding back in a slot whose owner is dead.
     *
     * @param isWanted whether there is a session that wants what has lasted long enough
     */
    void end(final int slot, final boolean isWanted) {
        final HeldEvents left = inSlots.getAndSet(slot, null);
        if (left != null && isWanted) {
            left.finish();
        }
    }

    /** The owner of another ring, which is dead, is no more. */
    void forgetOwner(final int slot) {
        ofOwners.set(slot, null);
    }
}
