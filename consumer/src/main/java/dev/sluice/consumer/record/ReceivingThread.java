// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.os.Threads;

/**
 * The daemon thread that receives for one {@link DrainSource}. It runs a loop that ends by itself when it is told to
 * stop and has taken what is left; what the loop throws ends it too, and is kept for the recorder's thread. All methods
 * are for any thread.
 */
final class ReceivingThread {
    private final Thread thread;
    private volatile boolean isStopping;
    private volatile Throwable failure;

    /**
     * A thread that does not run yet.
     *
     * @param name the thread's
     * @param loop receives until {@link #isStopping}
     */
    ReceivingThread(final String name, final Runnable loop) {
        thread = new Thread(() -> run(loop), name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run(final Runnable loop) {
        try {
            loop.run();
        } catch (final Throwable e) {
            failure = e;
        }
    }

    /** Whether the loop is to take what is left and end. */
    boolean isStopping() {
        return isStopping;
    }

    /** What has ended the loop early, or null. */
    Throwable failure() {
        return failure;
    }

    /** Tells the loop to stop and waits for its end, without a limit. Idempotent, also before the start. */
    void stop() {
        isStopping = true;
        Threads.awaitEnd(thread);
    }
}
