// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.region.Region;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.io.IOException;

/** Drains all rings, one after the other. Any thread with a drainer of its own, but for {@link #flushStill}. */
public final class RingRounds {
    private final Region region;
    private final StillRings still;

    RingRounds(final Region region) {
        this.region = region;
        this.still = new StillRings(region.slotCount());
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

    /** Batches that were drained by this process, of all rings together. */
    public long drainedBatches() throws IOException {
        long batches = 0;
        for (int i = 0; i < region.slotLimit(); i++) {
            batches += region.slot(i).sequenceAcquire();
        }
        return batches;
    }

    /**
     * Drains the rings of all owners, living and dead, partial chunks too.
     *
     * @return the worst outcome of {@link RingDrainer}: {@link RingDrainer#DRAINED} if all is drained
     */
    public int flush(final RingDrainer drainer) throws IOException {
        return flush(drainer, false);
    }

    /**
     * Drains what lies in rings of which nothing was drained since this was called before: called every half a period,
     * it leaves no event in a ring for longer than a period, and rings that drain by themselves alone. Only for the
     * control thread.
     */
    public void flushStill(final RingDrainer drainer) throws IOException {
        flush(drainer, true);
    }

    private int flush(final RingDrainer drainer, final boolean onlyStill) throws IOException {
        int worst = RingDrainer.DRAINED;
        for (int i = 0; i < region.slotLimit(); i++) {
            final Slot slot = region.slot(i);
            final int state = SlotDescriptor.state(slot.stateVolatile());
            if (state == SlotDescriptor.STATE_ACTIVE || state == SlotDescriptor.STATE_ORPHANED) {
                if (!onlyStill || still.isStill(slot)) {
                    worst = Math.max(worst, drainer.drain(slot, true));
                }
                still.look(slot);
            }
        }
        return worst;
    }
}
