// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import dev.sluice.os.jvm.LibraryThread;
import dev.sluice.ring.clock.Clock;
import dev.sluice.target.jvm.Warnings;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.agrona.BufferUtil;

/**
 * A clock with a daemon thread, the ticker, that changes a word from time to time, which threads that fire load.
 * Without a session, when no event is stamped, the ticker waits to be woken. Any thread.
 */
public abstract class TickingClock implements Clock, LongSupplier {
    /** Nobody reads it until it is woken. */
    private static final long IDLE_NS = Long.MAX_VALUE >> 1;
    private static final long REPORT_PAUSE_NS = 20_000_000L;
    private static final long LOOK_PERIOD_NS = 1_000_000_000L;
    /** The word has the cache lines around it for itself: only the ticker may take it from its readers. */
    private static final int LINES = 256;
    private static final int WORD_OFFSET = 128;

    private final ByteBuffer lines = ByteBuffer.allocateDirect(LINES);
    private final long pauseNs;
    private volatile LibraryThread ticker;
    private volatile boolean isStopped;
    private volatile BooleanSupplier isRead = () -> false;

    /**
     * A clock whose ticker does not run yet.
     *
     * @param pauseNs between two ticks
     */
    TickingClock(final long pauseNs) {
        this.pauseNs = pauseNs;
    }

    /** Address of the ticker's word. */
    public final long wordAddress() {
        return BufferUtil.address(lines) + WORD_OFFSET;
    }

    /** One tick. Any thread. */
    abstract void tick();

    /**
     * Starts the ticker, once.
     *
     * @param isReadNow whether anybody needs more than an idle tick
     */
    public final void start(final BooleanSupplier isReadNow) {
        isRead = isReadNow;
        ticker = new LibraryThread("sluice-clock", this, LOOK_PERIOD_NS, null);
        ticker.start();
    }

    /** Ends the ticker: its word stays as it is from now on. */
    public final void stop() {
        isStopped = true;
        wakeTicker();
    }

    /** Ticks by now, and makes the ticker look whether it is read now. */
    public final void wake() {
        tick();
        wakeTicker();
    }

    private void wakeTicker() {
        final LibraryThread started = ticker;
        if (started != null) {
            started.wake();
        }
    }

    /** Waits, so that a tick that keeps failing takes no processor; with no memory left, that may fail as well. */
    private static void report(final Throwable failure) {
        try {
            Warnings.failure("clock thread", failure);
            LockSupport.parkNanos(REPORT_PAUSE_NS);
        } catch (final Throwable e) {
            // Nobody can be told; the thread must live.
            return;
        }
    }

    /** A turn of the ticker's. */
    @Override
    public final long getAsLong() {
        if (isStopped) {
            return LibraryThread.END;
        }
        try {
            tick();
            return isRead.getAsBoolean() ? pauseNs : IDLE_NS;
        } catch (final Throwable e) {
            report(e);
            return pauseNs;
        }
    }
}
