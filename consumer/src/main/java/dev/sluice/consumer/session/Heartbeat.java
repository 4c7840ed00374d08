// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.os.jvm.Threads;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.memory.TaggedWord;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Changes a session's heartbeat word for as long as the consumer keeps up, by a thread of its own. The beats stop if
 * the whole process does not run, and also if the receiving thread makes no progress: a consumer that waits for its
 * disk drains nothing, and traced threads must not wait for it. {@link #progress} is for the receiving thread, the
 * other methods are for any thread.
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
     * @param stalls is called at each beat
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

    /** Runs the loop of the receiving thread. Progress is expected only while it runs. */
    public void whileReceiving(final Runnable loop) {
        isReceiving = true;
        try {
            loop.run();
        } finally {
            isReceiving = false;
        }
    }

    /** Says that the receiving thread makes progress. Called once per round, also if there is nothing to receive. */
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
            // This is read before the session is looked at: even if another consumer has taken the session meanwhile,
            // this consumer had stalled.
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
