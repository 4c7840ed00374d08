// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.store.read.EventView;

/** An event that has begun something, as far as it must be kept until its end comes. Immutable. */
public final class OpenBegin {
    private final long monotonicNs;
    private final long wallTimeNs;
    private final ThreadId thread;
    private final String threadName;
    private final Object by;

    OpenBegin(final EventView event, final ThreadId thread, final Object by) {
        monotonicNs = event.monotonicNs();
        wallTimeNs = event.wallTimeNs();
        threadName = event.threadName();
        this.thread = thread;
        this.by = by;
    }

    /** CLOCK_MONOTONIC of the event, ns. */
    public long monotonicNs() {
        return monotonicNs;
    }

    /** CLOCK_REALTIME of the event, ns since 1970. */
    public long wallTimeNs() {
        return wallTimeNs;
    }

    /** The thread that fired the event. */
    public ThreadId thread() {
        return thread;
    }

    /** Name of the thread that owns the ring. */
    public String threadName() {
        return threadName;
    }

    /** Value of the field by which pairs are told apart, if that field belongs to the begin. */
    Object by() {
        return by;
    }
}
