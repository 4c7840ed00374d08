// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.store.format.ThreadInfo;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

/**
 * Notes in a trace which threads own the target's rings, and where each ring stood before. For the receiving thread,
 * and for others after it has ended; {@link #slot} is for any thread.
 */
public final class RingOwners {
    private final TargetRegion region;
    private final int epoch;
    private final Consumer<ThreadInfo> trace;
    /** Slots of a mapped region. */
    private final Slot[] slots;
    /** For each ring, what the trace says of the ring's owner. */
    private final ThreadInfo[] threads;

    /**
     * Knows no owner yet.
     *
     * @param epoch of the session
     * @param trace stores each note
     */
    public RingOwners(final TargetRegion region, final int epoch, final Consumer<ThreadInfo> trace) {
        this.region = region;
        this.epoch = epoch;
        this.trace = trace;
        slots = new Slot[region.slotCount()];
        threads = new ThreadInfo[region.slotCount()];
    }

    /** A slot below the region's slot limit, as it is now. */
    public Slot slot(final int ring) {
        if (!region.isMapped()) {
            return region.slot(ring);
        }
        // Two threads may both make this object, which is harmless: the two are equal and immutable.
        Slot slot = slots[ring];
        if (slot == null) {
            slot = region.slot(ring);
            slots[ring] = slot;
        }
        return slot;
    }

    /**
     * Stores the state of a ring that was used before the session. Without this note nobody could say later what a
     * trace without an end is missing of the ring.
     */
    public void noteBase(final RingLedger ledger) {
        final RingBase base = ledger.base();
        if (base.isNew()) {
            return;
        }
        final Slot slot = slot(ledger.ring());
        final long state = slot.stateVolatile();
        final boolean isClaimed = SlotDescriptor.state(state) == SlotDescriptor.STATE_CLAIMED;
        // A slot that is being claimed still has the identity of its former owner.
        final int generation = SlotDescriptor.generation(state) - (isClaimed ? 1 : 0);
        ledger.enter(generation);
        // A class that does not exist is forged, and packets of that class will be refused; the note is stored all the
        // same, for its counts.
        final StreamClass said = slot.streamClass();
        note(new ThreadInfo(ledger.ring(), said == null ? StreamClass.PLATFORM : said, generation, slot.tid(),
            slot.javaThreadId(), slot.name(), base.sequence(), base.eventsBefore(), base.discarded(),
            base.overwritten()));
    }

    /** Stores the owner of a packet that is appended next, if the trace does not know that owner. */
    public void noteOwner(final RingLedger ledger, final PacketHeader packet) {
        final int generation = packet.generation();
        if (!ledger.enter(generation)) {
            return;
        }
        final Slot slot = slot(ledger.ring());
        // The slot may belong to another thread by now; then the name is unknown.
        final String name = slot.name();
        final long costNs = slot.firstCostNs(epoch);
        // The state is loaded after what it answers for, and not before.
        VarHandle.acquireFence();
        final boolean isOwners = SlotDescriptor.generation(slot.stateVolatile()) == generation;
        final RingBase base = ledger.base();
        note(new ThreadInfo(ledger.ring(), packet.streamClass(), generation, packet.tid(), packet.javaThreadId(),
            isOwners ? name : "", base.sequence(), base.eventsBefore(), base.discarded(), base.overwritten(),
            isOwners ? costNs : 0));
    }

    /** Stores the owners that have a new name again: a trace shows the last name. */
    public void noteNewNames() {
        for (int i = 0; i < region.slotLimit(); i++) {
            final ThreadInfo noted = threads[i];
            if (noted != null && SlotDescriptor.generation(slot(i).stateVolatile()) == noted.generation()
                && !slot(i).name().equals(noted.name())) {
                note(noted.named(slot(i).name()));
            }
        }
    }

    private void note(final ThreadInfo info) {
        threads[info.ring()] = info;
        trace.accept(info);
    }
}
