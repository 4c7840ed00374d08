// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.os.Threads;
import dev.sluice.ring.ControlFile;
import dev.sluice.ring.TaggedWord;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Changes a session's heartbeat word for as long as the consumer keeps up, by a thread of its own. The beats stop where
 * the whole process does not run, and also where the thread that receives does not get on: a store that waits for its
 * disk drains nothing, and traced threads must not wait for it. {@link #progress} is for the receiving thread, the rest
 * for any.
 */
public final class Heartbeat {
    /** Time between heartbeats. */
    static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long LATE_NS = PERIOD_NS / 10;

    private final ControlFile words;
    private final int epoch;
    private final StallWatch stalls;
    private final BooleanSupplier isOver;
    private final Runnable onLost;
    private final Thread thread = new Thread(this::run, "sluice-heartbeat");
    private volatile long progress;
    private volatile boolean isReceiving;
    private long lastProgress = -1;
    private long count;

    /**
     * A heartbeat that does not beat yet.
     *
     * @param stalls is told of each beat
     * @param isOver whether the session has ended or is lost
     * @param onLost called by the thread that finds the word to be another session's
     */
    Heartbeat(final ControlFile words, final int epoch, final StallWatch stalls, final BooleanSupplier isOver,
              final Runnable onLost) {
        this.words = words;
        this.epoch = epoch;
        this.stalls = stalls;
        this.isOver = isOver;
        this.onLost = onLost;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Runs what the receiving thread does: only meanwhile its progress is asked for. */
    public void whileReceiving(final Runnable loop) {
        isReceiving = true;
        try {
            loop.run();
        } finally {
            isReceiving = false;
        }
    }

    /** The receiving thread has got on: once per round, also where there is nothing to receive. */
    public void progress() {
        // One writer.
        progress = progress + 1;
    }

    /** Waits for the thread, which ends when the session is over. */
    public void join() {
        LockSupport.unpark(thread);
        Threads.awaitEnd(thread);
    }

    private void run() {
        while (true) {
            // Before the session is looked at: one that was taken over meanwhile has stalled all the same.
            final boolean isLate = isReceiving && progress == lastProgress;
            if (!isLate) {
                stalls.beat();
            }
            if (isOver.getAsBoolean()) {
                return;
            }
            if (!isLate) {
                lastProgress = progress;
                if (!beat()) {
                    onLost.run();
                    return;
                }
            }
            LockSupport.parkNanos(isLate ? LATE_NS : PERIOD_NS);
        }
    }

    private boolean beat() {
        final long word = words.heartbeatVolatile();
        return TaggedWord.epoch(word) == epoch
            && words.compareAndSetHeartbeat(word, TaggedWord.of(epoch, ++count));
    }
}
