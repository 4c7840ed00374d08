// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.os.ThreadScheduling;
import dev.sluice.os.jvm.Threads;
import dev.sluice.store.format.PaceInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * The daemon thread that receives for one {@link DrainSource}. It runs a loop that ends by itself after it was told to
 * stop and has taken what is left. If the loop throws, the thread ends too, and the error is kept for the recorder's
 * thread. All methods are for any thread.
 */
final class ReceivingThread {
    /**
     * The kernel's counts for the thread that reads this file: ns on a processor, and ns in which it was ready to run
     * but had no processor.
     */
    private static final Path SCHEDULED = Path.of("/proc/thread-self/schedstat");

    private final Thread thread;
    private final CountDownLatch hasBegun = new CountDownLatch(1);
    private volatile boolean isStopping;
    private volatile Throwable failure;
    private volatile PaceInfo pace;
    /** Only the thread itself writes this. */
    private long idleNs;

    /**
     * A thread that does not run yet.
     *
     * @param name the thread's name
     * @param nice precedence of the thread, if the kernel allows it; 0 leaves it as it is
     * @param loop receives until {@link #isStopping}
     */
    ReceivingThread(final String name, final int nice, final Runnable loop) {
        thread = new Thread(() -> run(nice, loop), name);
        thread.setDaemon(true);
    }

    /** Returns when the thread runs with its precedence: its process may give up its rights then. */
    void start() {
        thread.start();
        Threads.await(hasBegun);
    }

    private void run(final int nice, final Runnable loop) {
        final long begin = System.nanoTime();
        try {
            takePrecedence(nice);
            loop.run();
        } catch (final Throwable e) {
            failure = e;
        }
        pace = pace(System.nanoTime() - begin);
    }

    /** Who may not have it has an ordinary thread: the recording is as exact, and more of a flood is refused. */
    private void takePrecedence(final int nice) {
        try {
            if (nice < 0) {
                ThreadScheduling.precede(nice);
            }
        } finally {
            hasBegun.countDown();
        }
    }

    /**
     * How the thread spent its time since it began, as the kernel has counted it; null if the kernel does not count it.
     */
    private PaceInfo pace(final long wallNs) {
        try {
            final String[] counts = Files.readString(SCHEDULED).strip().split(" ");
            return new PaceInfo(wallNs, idleNs, Long.parseLong(counts[0]), Long.parseLong(counts[1]));
        } catch (final IOException | RuntimeException e) {
            // The kernel does not count this. The account of events does not need it.
            return null;
        }
    }

    /** Waits, because there is nothing to receive, and counts that time as idle. Called by the thread itself. */
    void idle(final Runnable waiting) {
        final long begin = System.nanoTime();
        waiting.run();
        idleNs += System.nanoTime() - begin;
    }

    /** How the thread spent its time, once it has ended; null if the kernel does not count it. */
    PaceInfo pace() {
        return pace;
    }

    /** Whether the loop should take what is left and end. */
    boolean isStopping() {
        return isStopping;
    }

    /** The error that has ended the loop early, or null. */
    Throwable failure() {
        return failure;
    }

    /**
     * Tells the loop to stop and waits for its end, without a time limit. Idempotent; may also be called before the
     * start.
     */
    void stop() {
        isStopping = true;
        Threads.awaitEnd(thread);
    }
}
