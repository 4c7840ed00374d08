// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.jvm;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** Makes and awaits threads of this project. Stateless; any thread. */
public final class Threads {
    private Threads() {
    }

    /**
     * Waits for the end of a thread, however often the caller is interrupted meanwhile, because the caller will close
     * what the thread uses. Returns at once if the thread was never started. If the caller was interrupted, its
     * interrupt status is set again afterwards.
     */
    public static void awaitEnd(final Thread thread) {
        await(() -> {
            while (thread.isAlive()) {
                thread.join();
            }
        });
    }

    /** Waits for a latch that another thread is about to open, however often the caller is interrupted meanwhile. */
    public static void await(final CountDownLatch latch) {
        await(latch::await);
    }

    /** A wait that can be interrupted, and begun again. */
    private interface Wait {
        void run() throws InterruptedException;
    }

    private static void await(final Wait wait) {
        boolean isInterrupted = false;
        boolean isOver = false;
        while (!isOver) {
            try {
                wait.run();
                isOver = true;
            } catch (final InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Makes a thread that inherits nothing of the library: neither the context class loader nor permissions. */
    static Thread unstarted(final String name, final Runnable work) {
        final JdkInternals known = Outliving.internals();
        try {
            return known == null ? new Thread(work, name) : (Thread) known.newThread().invokeExact(name, work);
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException("no thread " + name, e);
        }
    }

    /**
     * Runs work in a thread of its own, so that what the work leaves in thread locals ends with that thread. Waits for
     * the end, and throws what the work has thrown.
     */
    public static void runAside(final String name, final Runnable work) {
        if (Outliving.internals() == null) {
            work.run();
            return;
        }
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread thread = unstarted(name, () -> {
            try {
                work.run();
            } catch (final Throwable e) {
                failure.set(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        awaitEnd(thread);
        if (failure.get() != null) {
            throw Thrown.unchecked(failure.get());
        }
    }
}
