// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;

/** Who fired an event: what the columns about it say. Immutable. */
record Owner(TargetTrace target, int ring, int tid, long javaThreadId, String thread) {
    static Owner of(final EventView event) {
        return new Owner(event.target(), event.ring(), event.tid(), event.javaThreadId(), event.threadName());
    }

    /** Process id of the target. */
    int pid() {
        final TargetInfo info = target.info();
        return info.pid();
    }

    /** Whether an event is of this owner. Names of equal text may be two objects: this says no then. */
    @SuppressWarnings("StringEquality")
    boolean isOf(final EventView event) {
        return ring == event.ring() && tid == event.tid() && javaThreadId == event.javaThreadId()
            && target == event.target() && thread == event.threadName();
    }
}
