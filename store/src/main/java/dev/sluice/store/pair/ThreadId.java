// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.store.read.EventView;

/**
 * A thread of a target. It is a virtual thread, whichever thread carries it, or the thread that owns the ring.
 *
 * @param target          index of the target
 * @param tid             the kernel's id of the thread; 0 for a virtual thread, which may change its carrier
 * @param virtualThreadId Java's id of a virtual thread, or 0
 */
public record ThreadId(int target, int tid, long virtualThreadId) {
    /** The thread of an event. */
    public static ThreadId of(final EventView event) {
        final long virtual = event.virtualThreadId();
        return new ThreadId(event.target().index(), virtual == 0 ? event.tid() : 0, virtual);
    }
}
