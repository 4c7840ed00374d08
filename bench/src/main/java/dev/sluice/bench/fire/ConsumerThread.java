// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import java.util.concurrent.TimeUnit;

/**
 * A thread of a way's other side, which ends when it is told to: it has taken everything only if it has ended, and not
 * by an error. A daemon. Any thread may call.
 */
public final class ConsumerThread {
    private final Thread thread;
    private volatile Throwable failure;

    /**
     * For one run.
     *
     * @param name of the thread
     * @param body until it is told to end, by whoever made it
     */
    public ConsumerThread(final String name, final Runnable body) {
        thread = new Thread(body, name);
        thread.setDaemon(true);
        // It is called before the thread has ended, by that thread.
        thread.setUncaughtExceptionHandler((who, error) -> failure = error);
    }

    /** Starts it. */
    public void start() {
        thread.start();
    }

    /**
     * For who waits for it.
     *
     * @throws IllegalStateException if it has failed: it takes nothing any more
     */
    public void requireSound() {
        if (failure != null) {
            throw new IllegalStateException(thread.getName() + " has failed: " + failure, failure);
        }
    }

    /**
     * Closes what the thread reads, if it has ended or was never started. Otherwise it says on standard error that this
     * stays open: memory that is taken away from a thread that reads it ends the whole JVM.
     */
    public void closeBehind(final Runnable close) {
        if (thread.isAlive()) {
            System.err.println(thread.getName() + " has not ended: what it reads stays open until this JVM ends");
        } else {
            close.run();
        }
    }

    /**
     * Waits until it has ended, which it must have been told before. What it has written is seen then.
     *
     * @throws IllegalStateException if it does not end in time, or has failed
     */
    public void awaitEnd(final long timeout, final TimeUnit unit) throws InterruptedException {
        thread.join(unit.toMillis(timeout));
        requireSound();
        if (thread.isAlive()) {
            throw new IllegalStateException(thread.getName() + " does not end: what it has not taken by now, "
                + unit.toSeconds(timeout) + " s after it was told to end, is not known");
        }
    }
}
