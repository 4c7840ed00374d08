// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.jvm;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * A thread of the library: a daemon that runs turns of an agent for as long as the agent exists. It holds the agent
 * weakly, so it does not keep this copy of the library alive. Any thread may call.
 */
public final class LibraryThread {
    /** An agent returns this value from its last turn. */
    public static final long END = WeakLoop.END;

    private final AtomicReference<Object> hold = new AtomicReference<>();
    private final AtomicBoolean isWoken = new AtomicBoolean();
    private final Thread thread;

    /**
     * Makes the thread without starting it.
     *
     * @param agent    runs one turn and returns how long the thread may pause after it, ns, or {@link #END}; held
     *                 weakly
     * @param periodNs longest time between two looks of the loop whether there is anything to do
     * @param words    memory of the control file, or null
     * @param offsets  offsets in that memory: of the command word, of its acknowledgement, and of the heartbeat that
     *                 the loop writes
     */
    public LibraryThread(final String name, final LongSupplier agent, final long periodNs, final ByteBuffer words,
                         final int... offsets) {
        thread = Threads.unstarted(name, loop(new WeakReference<>(agent), periodNs, words, offsets));
        thread.setDaemon(true);
    }

    private Runnable loop(final WeakReference<LongSupplier> agent, final long periodNs, final ByteBuffer words,
                          final int... offsets) {
        final JdkInternals known = Outliving.internals();
        try {
            return known == null ? new WeakLoop(agent, hold, isWoken, periodNs, words, offsets, null)
                : known.newLoop(agent, hold, isWoken, periodNs, words, offsets,
                    words == null ? null : known.isClosed());
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException("no loop", e);
        }
    }

    /** Arranges that the thread starts when the process ends, and not now. */
    public void runAtExit() {
        Leftovers.runAtExit(thread);
    }

    /** Cancels {@link #runAtExit}, unless the process ends already. */
    public void dropAtExit() {
        Runtime.getRuntime().removeShutdownHook(thread);
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    /** Lets the agent take a turn now. */
    public void wake() {
        isWoken.set(true);
        LockSupport.unpark(thread);
    }

    /** Keeps the agent, and with it the copy of the library, from going. */
    public void hold(final Object agent) {
        hold.set(agent);
    }

    /**
     * Lets the agent go, unless it is needed. This is asked after the agent was let go: who makes it needed, and then
     * holds it, is either seen here or comes later, and so this call never undoes that {@link #hold}.
     */
    public void release(final Object agent, final BooleanSupplier isNeeded) {
        hold.set(null);
        if (isNeeded.getAsBoolean()) {
            hold.set(agent);
        }
    }

    /** Waits for its end, ms. */
    public void join(final long timeoutMs) throws InterruptedException {
        if (thread != Thread.currentThread()) {
            thread.join(timeoutMs);
        }
    }
}
