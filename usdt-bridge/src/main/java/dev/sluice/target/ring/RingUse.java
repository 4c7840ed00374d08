// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.packet.StreamClass;

/** What a ring is for. */
public enum RingUse {
    /** A thread's events, as they are fired. */
    FIRED(StreamClass.PLATFORM),
    /** Those of virtual threads, in a ring of their carrier. */
    CARRIED(StreamClass.CARRIER),
    /** A thread's events that are held back. */
    HELD(StreamClass.PLATFORM),
    /** The same of virtual threads, which have several such rings in common. */
    HELD_CARRIED(StreamClass.CARRIER),
    /** Nothing: what is done for a first event is only tried. */
    REHEARSED(StreamClass.PLATFORM);

    private final StreamClass streamClass;

    RingUse(final StreamClass streamClass) {
        this.streamClass = streamClass;
    }

    StreamClass streamClass() {
        return streamClass;
    }

    /** Whether a thread that gets no such ring goes on without, so that nothing is refused. */
    boolean isSpare() {
        return this == HELD || this == HELD_CARRIED || this == REHEARSED;
    }

    /** What readers see of whose ring it is. */
    String nameFor(final Thread owner) {
        return this == HELD_CARRIED ? "virtual threads" : owner.getName();
    }

    /**
     * What the owner's drainer locks a slot by. Several threads use that of a ring that they have in common, one at a
     * time, and the control thread, which has claimed it, drains it by another drainer meanwhile.
     */
    int drainerId(final int tid, final int slot) {
        return this == HELD_CARRIED ? -1 - slot : tid;
    }
}
