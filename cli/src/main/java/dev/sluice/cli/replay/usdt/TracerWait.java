// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.usdt;

import dev.sluice.trace.Tracepoint;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits until tracers have attached. A tracer attaches to one probe after the other, and raises the semaphore before it
 * is ready to receive; so the wait goes on until the semaphores have not changed for a while.
 */
final class TracerWait {
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Collection<Tracepoint> tracepoints;
    private final BooleanSupplier isToEnd;

    TracerWait(final Collection<Tracepoint> tracepoints, final BooleanSupplier isToEnd) {
        this.tracepoints = tracepoints;
        this.isToEnd = isToEnd;
    }

    /**
     * Waits.
     *
     * @param timeoutNs how long for the first tracer
     * @param settleNs  how long nothing must have changed
     * @return whether a tracer has attached
     */
    boolean await(final long timeoutNs, final long settleNs) {
        final long beginNs = System.nanoTime();
        long changedNs = beginNs;
        long enabled = 0;
        while (!isToEnd.getAsBoolean()) {
            final long now = System.nanoTime();
            final long before = enabled;
            enabled = tracepoints.stream().filter(Tracepoint::isEnabled).count();
            changedNs = enabled == before ? changedNs : now;
            if (enabled > 0 && now - changedNs >= settleNs) {
                return true;
            }
            if (enabled == 0 && now - beginNs >= timeoutNs) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return false;
    }
}
