// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;

/**
 * The thread that fired an event. A virtual thread is one thread, whichever threads have carried it. Immutable.
 *
 * @param target          the target that the thread belongs to
 * @param tid             kernel thread id; 0 for a virtual thread, which has none
 * @param javaThreadId    Thread.threadId, 0 if unknown
 * @param isVirtual       whether it is a virtual thread
 * @param name            name of the thread; empty for a virtual thread, because only its carrier's name is recorded
 */
record ThreadKey(TargetTrace target, int tid, long javaThreadId, boolean isVirtual, String name) {
    static ThreadKey of(final EventView event) {
        final long virtual = event.virtualThreadId();
        return virtual != 0 ? new ThreadKey(event.target(), 0, virtual, true, "")
            : new ThreadKey(event.target(), event.tid(), event.javaThreadId(), false, event.threadName());
    }

    /** For people, for example "main 4711" or "v77". */
    String label() {
        return isVirtual ? "v" + javaThreadId : name.isEmpty() ? Integer.toString(tid) : name + ' ' + tid;
    }
}
