// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;

/**
 * The events that a ring refuses: counts them, and remembers the last refusal, which holds for the next events until
 * something is drained or a short time has passed, so that a refused event costs no more than a stored one. For the
 * owner thread. Public only so that the class can be loaded before the first event is fired.
 */
public final class RingRefusals {
    /** The owner refuses at most so many events before it asks again. */
    private static final int MOST_IN_A_ROW = 256;

    private final Slot slot;
    private final RingControl control;
    /**
     * While head stays, the last refusal holds for so many more events, if their ticks are below {@code untilTicks}.
     */
    private int left;
    private long untilTicks;
    private long headWord;
    /** Head as it was before the last look for a chunk. */
    private long lookedHeadWord;
    private boolean wasStalled;

    RingRefusals(final Slot slot, final RingControl control) {
        this.slot = slot;
        this.control = control;
    }

    /** Chunks are looked at now. If head moves after this, the refusal that may follow ends. */
    void look() {
        lookedHeadWord = slot.headWordVolatile();
    }

    /** Counts as discarded an event that is refused for any reason. */
    void discard() {
        add(SlotDescriptor.DISCARDED_OFFSET, 1);
    }

    /** Refuses an event because the ring is full, and the next events for the same reason. */
    void refuse(final long ticks) {
        // This comes before the count: if it failed after the count, the event would be counted twice.
        remember(ticks);
        count();
    }

    /** Refuses an event without asking anybody, if the last refusal still holds for events of such ticks. */
    boolean refuseAgain(final long ticks) {
        return ticks < untilTicks && refuseAgain();
    }

    /** Refuses an event without asking anybody, if the last refusal still holds. */
    boolean refuseAgain() {
        if (left <= 0 || slot.headWordVolatile() != headWord) {
            return false;
        }
        left--;
        count();
        return true;
    }

    /** Adds to a counter of the slot, which only the owner writes. */
    void add(final int offset, final long number) {
        final long address = slot.address() + offset;
        Memory.putLongRelease(address, Memory.getLong(address) + number);
    }

    private void count() {
        if (wasStalled) {
            // This store comes first: whoever sees the event among the discarded ones finds it among the stalled ones
            // too.
            add(SlotDescriptor.STALLED_OFFSET, 1);
        }
        discard();
    }

    private void remember(final long ticks) {
        headWord = lookedHeadWord;
        wasStalled = control.isStalled();
        // An owner that waits for a consumer that is running must wait anew for each event.
        final boolean holds = control.fullPolicy() == FullPolicy.DISCARD || wasStalled;
        untilTicks = ticks + Math.min(control.refusalTicks(), Long.MAX_VALUE - ticks);
        left = holds ? MOST_IN_A_ROW : 0;
    }
}
