// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * What a thread of the library runs: turns of an agent that it holds weakly. It ends after the agent's last turn, or
 * when the agent was collected, with the class loader of the copy of the library that it belongs to.
 * <p>
 * Two things keep that loader collectable. {@link Outliving} defines this class a second time, in a loader of its own,
 * and it names classes of the JDK alone: so a frame of it on a thread's stack, or a field of it, leads to nothing of
 * ours. And between turns it does not even ask the weak reference for the agent, because what a concurrent collector
 * sees asked for while it marks it keeps. A turn comes when the last one said, when somebody wakes it, when a consumer
 * has given a command, or when the loader was closed.
 */
final class WeakLoop implements Runnable {
    /** The agent's last turn was its last. */
    static final long END = -1;

    private static final VarHandle LONGS =
        MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final WeakReference<LongSupplier> agent;
    /** Holds the agent while it must not go: the agent sets it. */
    private final AtomicReference<Object> hold;
    private final AtomicBoolean isWoken;
    private final long periodNs;
    /** The control file, or null: offsets of the command word, of its acknowledgement and of the heartbeat. */
    private final ByteBuffer words;
    private final int[] offsets;
    /** Whether the agent's class loader was closed, or null. */
    private final MethodHandle isClosed;
    private boolean wasClosed;
    private long dueNs = System.nanoTime();

    /** For {@link Outliving}, by reflection. */
    WeakLoop(final WeakReference<LongSupplier> agent, final AtomicReference<Object> hold, final AtomicBoolean isWoken,
             final long periodNs, final ByteBuffer words, final int[] offsets, final MethodHandle isClosed) {
        this.agent = agent;
        this.hold = hold;
        this.isWoken = isWoken;
        this.periodNs = periodNs;
        this.words = words;
        this.offsets = offsets;
        this.isClosed = isClosed;
    }

    @Override
    public void run() {
        boolean isOver = false;
        while (!isOver) {
            try {
                isOver = isDue() && !turn() || agent.refersTo(null);
                if (!isOver && !isWoken.get()) {
                    LockSupport.parkNanos(Math.min(periodNs, Math.max(0, dueNs - System.nanoTime())));
                }
            } catch (final Throwable e) {
                // No memory or no stack: what is kept are a thread and its agent, so the thread must live.
                dueNs = System.nanoTime() + periodNs;
                LockSupport.parkNanos(periodNs);
            }
        }
        hold.set(null);
    }

    private boolean isDue() throws Throwable {
        boolean isDue = System.nanoTime() - dueNs >= 0;
        // No short circuit: each of them has to be asked.
        isDue |= isWoken.getAndSet(false);
        if (words != null) {
            LONGS.setOpaque(words, offsets[2], System.nanoTime());
            isDue |= (long) LONGS.getOpaque(words, offsets[0]) != (long) LONGS.getOpaque(words, offsets[1]);
        }
        if (isClosed != null && !wasClosed) {
            wasClosed = (boolean) isClosed.invokeExact();
            isDue |= wasClosed;
        }
        return isDue;
    }

    /** A method of its own: while this thread waits, no frame of it has the agent. */
    private boolean turn() {
        final LongSupplier present = agent.get();
        final long waitNs = present == null ? END : present.getAsLong();
        dueNs = System.nanoTime() + waitNs;
        return waitNs != END;
    }
}
