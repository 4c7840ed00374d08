// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.pace;

import java.util.function.LongSupplier;

/**
 * The time of a replay: it stands still while the replay is paused, and while paused it is moved to an event's due time
 * if the user asks for one event more. Any thread.
 */
public final class ReplayClock {
    private final LongSupplier nanoTime;
    /** How far the replay's time is behind the clock. */
    private long behindNs;
    private long stoppedNs;
    private long steps;
    private boolean isStopped;

    /** Makes a clock that runs. */
    public ReplayClock(final LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The time now, ns from some point. */
    public synchronized long nowNs() {
        return isStopped ? stoppedNs : nanoTime.getAsLong() - behindNs;
    }

    /** Stops the time, or lets it go on. */
    public synchronized void toggle() {
        if (isStopped) {
            behindNs = nanoTime.getAsLong() - stoppedNs;
        } else {
            stoppedNs = nanoTime.getAsLong() - behindNs;
        }
        steps = 0;
        isStopped = !isStopped;
    }

    /** Stops the time, and lets some events pass. */
    public synchronized void step(final long events) {
        if (!isStopped) {
            toggle();
        }
        steps += events;
    }

    /** Whether the time stands still. */
    public synchronized boolean isStopped() {
        return isStopped;
    }

    /**
     * Whether an event may pass now.
     *
     * @param dueNs due time of the event, or {@link Long#MIN_VALUE} if it has none
     */
    public synchronized boolean isDue(final long dueNs) {
        if (!isStopped) {
            return dueNs == Long.MIN_VALUE || nowNs() - dueNs >= 0;
        }
        if (steps > 0) {
            steps--;
            stoppedNs = dueNs == Long.MIN_VALUE ? stoppedNs : Math.max(stoppedNs, dueNs);
            return true;
        }
        return false;
    }
}
