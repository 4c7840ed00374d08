// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.RingDrainer;
import dev.sluice.usdt.NativeCalls;
import java.util.concurrent.locks.LockSupport;

/**
 * The duty cycle of the drain thread: strategy DRAIN_THREAD. It polls on a timer, because waking it would be a system
 * call on the owners' hot path, and sleeps while no session wants it. Slow rings are the control thread's as ever.
 */
final class DrainAgent implements Runnable {
    private static final long BUSY_PERIOD_NS = 50_000L;
    private static final long IDLE_PERIOD_NS = 20_000_000L;

    private final Target target;
    private final Rings rings;

    DrainAgent(final Target target, final Rings rings) {
        this.target = target;
        this.rings = rings;
    }

    /** Starts the thread, a daemon. */
    void start() {
        final Thread thread = new Thread(this, "sluice-drain");
        thread.setDaemon(true);
        thread.start();
    }

    /** With no memory left, even the first look at a class may fail. */
    private static void report(final Throwable failure) {
        try {
            Warnings.failure("drain thread", failure);
        } catch (final Throwable e) {
            // Nobody can be told; the thread must live.
            return;
        }
    }

    @Override
    public void run() {
        RingDrainer drainer = null;
        while (!target.isStopped()) {
            boolean any = false;
            final boolean wanted = target.session().strategy() == DrainStrategy.DRAIN_THREAD;
            try {
                drainer = drainer != null ? drainer : target.newDrainer(NativeCalls.get().gettid());
                any = wanted && rings.drainFull(drainer);
            } catch (final Throwable e) {
                report(e);
            }
            if (!any) {
                LockSupport.parkNanos(wanted ? BUSY_PERIOD_NS : IDLE_PERIOD_NS);
            }
        }
    }
}
