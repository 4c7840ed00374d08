// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.jvm.LibraryThread;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.ring.Rings;
import dev.sluice.target.session.DrainStrategy;
import dev.sluice.target.session.LiveSession;
import java.util.function.LongSupplier;

/**
 * The duty cycle of the drain thread, for the strategy DRAIN_THREAD. The thread polls on a timer, because waking it
 * would be a system call on the owners' hot path, and sleeps while no session needs it. The control thread flushes slow
 * rings, as with the other strategies.
 */
final class DrainAgent implements LongSupplier {
    private static final long BUSY_PERIOD_NS = 50_000L;
    /** The pause that lasts until the next session wakes the thread. */
    private static final long IDLE_NS = Long.MAX_VALUE >> 1;
    private static final long LOOK_PERIOD_NS = 1_000_000_000L;

    private final LiveSession session;
    private final Rings rings;
    private final LibraryThread loop;
    private RingDrainer drainer;
    private volatile boolean isStopping;

    DrainAgent(final LiveSession session, final Rings rings) {
        this.session = session;
        this.rings = rings;
        this.loop = new LibraryThread("sluice-drain", this, LOOK_PERIOD_NS, null);
    }

    /** Starts the thread, a daemon. */
    void start() {
        loop.start();
    }

    /** Ends the thread. Any thread. */
    void stop() {
        isStopping = true;
        loop.wake();
    }

    /** Tells the thread that the session has changed. Any thread. */
    void wake() {
        loop.wake();
    }

    /** Reports a failure. With no memory left, even the first use of a class may fail. */
    private static void report(final Throwable failure) {
        try {
            Warnings.failure("drain thread", failure);
        } catch (final Throwable e) {
            // The failure cannot be reported to anybody, but the thread must live.
            return;
        }
    }

    /** A turn of the thread's. */
    @Override
    public long getAsLong() {
        if (isStopping) {
            return LibraryThread.END;
        }
        boolean any = false;
        final boolean wanted = session.current().strategy() == DrainStrategy.DRAIN_THREAD;
        try {
            drainer = drainer != null ? drainer : rings.newDrainer(NativeCalls.get().gettid());
            any = wanted && rings.rounds().drainFull(drainer);
        } catch (final Throwable e) {
            report(e);
        }
        return any ? 0 : wanted ? BUSY_PERIOD_NS : IDLE_NS;
    }
}
