// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import dev.sluice.os.Outliving;
import dev.sluice.ring.Clock;
import dev.sluice.ring.Memory;
import dev.sluice.target.jvm.Warnings;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.agrona.BufferUtil;

/**
 * System.nanoTime as of the last tick of a daemon thread: for its readers one load. A reading is never ahead of
 * System.nanoTime and never goes back; it trails by at most the period, and what the ticker had to wait for a processor
 * beyond that. Without a session, when no event is stamped, the ticker waits to be woken. Any thread.
 */
public final class CoarseClock implements Clock, LongSupplier {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    /** Nobody reads it until it is woken. */
    private static final long IDLE_NS = Long.MAX_VALUE >> 1;
    private static final long REPORT_PAUSE_NS = 20_000_000L;
    private static final long LOOK_PERIOD_NS = 1_000_000_000L;
    /** The word has the cache lines around it for itself: only the ticker may take it from its readers. */
    private static final int LINES = 256;
    private static final int WORD_OFFSET = 128;

    private final ByteBuffer lines = ByteBuffer.allocateDirect(LINES);
    private final long word = BufferUtil.address(lines) + WORD_OFFSET;
    private final long periodNs;
    private volatile Outliving.Loop ticker;
    private volatile boolean isStopped;
    private volatile BooleanSupplier isRead = () -> false;

    /**
     * A clock that stands still until it is told.
     *
     * @param periodNs time between ticks
     */
    CoarseClock(final long periodNs) {
        this.periodNs = periodNs;
        Memory.putLongVolatile(word, System.nanoTime());
    }

    /**
     * Starts the ticker, once.
     *
     * @param isReadNow whether anybody needs more than an idle tick
     */
    public void start(final BooleanSupplier isReadNow) {
        isRead = isReadNow;
        ticker = new Outliving.Loop("sluice-clock", this, LOOK_PERIOD_NS, null);
        ticker.start();
    }

    /** Ends the ticker: the clock stands still from now on. */
    public void stop() {
        isStopped = true;
        wakeTicker();
    }

    /** Makes it as late as it is, and the ticker look whether it is read now. */
    public void wake() {
        tick();
        wakeTicker();
    }

    private void wakeTicker() {
        final Outliving.Loop started = ticker;
        if (started != null) {
            started.wake();
        }
    }

    /** One tick. Of two threads that tick, the one that is behind must not win. */
    void tick() {
        final long now = System.nanoTime();
        long last = Memory.getLongVolatile(word);
        while (now - last > 0 && !Memory.compareAndSetLong(word, last, now)) {
            last = Memory.getLongVolatile(word);
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
    public long getAsLong() {
        if (isStopped) {
            return Outliving.END;
        }
        try {
            tick();
            return isRead.getAsBoolean() ? periodNs : IDLE_NS;
        } catch (final Throwable e) {
            report(e);
            return periodNs;
        }
    }

    @Override
    public long ticks() {
        return Memory.getLongOpaque(word);
    }

    @Override
    public int kind() {
        return KIND_COARSE;
    }

    @Override
    public long frequency() {
        return NANOS_PER_SECOND;
    }
}
