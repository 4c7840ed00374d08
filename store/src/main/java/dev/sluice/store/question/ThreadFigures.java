// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;

/** How many events a thread has fired, and when. For one thread. */
public final class ThreadFigures {
    private final ThreadTable.Owner owner;
    private String name = "";
    private long events;
    private TargetTrace firstTarget;
    private TargetTrace lastTarget;
    private long firstTicks;
    private long lastTicks;

    /** Figures of a thread; null stands for all threads that are not told apart. */
    ThreadFigures(final ThreadTable.Owner owner) {
        this.owner = owner;
    }

    void add(final EventView event) {
        lastTarget = event.target();
        lastTicks = event.ticks();
        if (events++ == 0) {
            firstTarget = lastTarget;
            firstTicks = lastTicks;
            name = owner == null ? "" : event.threadName();
        }
    }

    /** True for a single thread; false for all threads that are too many to be told apart. */
    public boolean isOne() {
        return owner != null;
    }

    /** Index of the target. It is -1 if this is not a single thread, and then the ids are -1 too. */
    public int target() {
        return owner == null ? -1 : owner.target();
    }

    /** The process id. */
    public int pid() {
        return owner == null ? -1 : owner.pid();
    }

    /** Kernel's id of the thread. */
    public int tid() {
        return owner == null ? -1 : owner.tid();
    }

    /** Java's id of the thread. */
    public long javaThreadId() {
        return owner == null ? -1 : owner.javaThreadId();
    }

    /** The thread's name; an empty text if the trace does not have it. */
    public String name() {
        return name;
    }

    /** Number of events, including those of virtual threads that the thread has carried. */
    public long events() {
        return events;
    }

    /** CLOCK_MONOTONIC of the first event, ns. */
    public long firstNs() {
        return firstTarget.clock().monotonicNs(firstTicks);
    }

    /** CLOCK_MONOTONIC of the last event, ns. */
    public long lastNs() {
        return lastTarget.clock().monotonicNs(lastTicks);
    }
}
