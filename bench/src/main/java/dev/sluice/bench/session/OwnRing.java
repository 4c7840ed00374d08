// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

import dev.sluice.consumer.attach.Target;
import dev.sluice.ring.region.Slot;

/** What the calling thread's ring says of itself, for that thread alone. It has a ring once it has fired an event. */
public final class OwnRing {
    private final Target target;
    private Slot slot;

    OwnRing(final Target target) {
        this.target = target;
    }

    /** Hits of the batch probe for that ring; 0 as long as there is none. */
    public long traps() {
        if (slot == null) {
            slot = search(target);
        }
        return slot == null ? 0 : slot.trapsAcquire();
    }

    /**
     * The slot of that ring.
     *
     * @throws IllegalStateException if there is none
     */
    static Slot find(final Target target) {
        final Slot slot = search(target);
        if (slot == null) {
            throw new IllegalStateException("this thread has no ring");
        }
        return slot;
    }

    @SuppressWarnings("deprecation")
    private static Slot search(final Target target) {
        final long id = Thread.currentThread().getId();
        Slot found = null;
        for (int i = 0; i < target.region().slotLimit(); i++) {
            final Slot candidate = target.region().slot(i);
            if (candidate.javaThreadId() == id) {
                found = candidate;
            }
        }
        return found;
    }
}
