// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.jvm;

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
 * The loop that a thread of the library runs: turns of an agent that the loop holds weakly. The loop ends after the
 * agent's last turn, or when the agent was garbage collected together with the class loader of its copy of the library.
 * <p>
 * Two things keep that loader collectable. First, {@link JdkInternals} defines this class a second time, in a loader of
 * its own, and this class names only classes of the JDK: so neither a frame of this class on a thread's stack nor one
 * of its fields refers to the library. Second, the loop does not even ask the weak reference for the agent between
 * turns, because a concurrent collector keeps an object that is asked for while it marks. A turn runs at the time that
 * the last turn has named, when somebody wakes the loop, when a consumer has given a command, or when the loader was
 * closed.
 */
final class WeakLoop implements Runnable {
    /** The agent returns this from its last turn. */
    static final long END = -1;

    private static final VarHandle LONGS =
        MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final WeakReference<LongSupplier> agent;
    /** Holds the agent while it must not be collected. The agent sets it. */
    private final AtomicReference<Object> hold;
    private final AtomicBoolean isWoken;
    private final long periodNs;
    /**
     * The control file, or null; the offsets are those of the command word, of its acknowledgement and of the
     * heartbeat.
     */
    private final ByteBuffer words;
    private final int[] offsets;
    /** Tells whether the agent's class loader was closed; may be null. */
    private final MethodHandle isClosed;
    private boolean wasClosed;
    private long dueNs = System.nanoTime();

    /** {@link JdkInternals} calls this by reflection. */
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
                // There may be no memory or no stack. The thread must live all the same, because it serves its agent.
                dueNs = System.nanoTime() + periodNs;
                LockSupport.parkNanos(periodNs);
            }
        }
        hold.set(null);
    }

    private boolean isDue() throws Throwable {
        boolean isDue = System.nanoTime() - dueNs >= 0;
        // There is no short circuit here, because each of the conditions has to be asked.
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

    /** This is a method of its own, so that no frame of this thread refers to the agent while the thread waits. */
    private boolean turn() {
        final LongSupplier present = agent.get();
        final long waitNs = present == null ? END : present.getAsLong();
        dueNs = System.nanoTime() + waitNs;
        return waitNs != END;
    }
}
