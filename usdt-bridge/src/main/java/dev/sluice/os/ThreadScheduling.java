// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import dev.sluice.os.jvm.Threads;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How the kernel schedules the calling thread: on which processors, and with which precedence, as nice(1) counts it.
 * Stateless: any thread.
 */
public final class ThreadScheduling {
    /** The strongest precedence. */
    public static final int LEAST_NICE = -20;

    /** What the kernel adds to a nice value's negative, so that no result looks like an error. */
    private static final int NICE_BASE = 20;
    private static final int PRIO_PROCESS = 0;

    /** The kernel refuses a mask that is shorter than its own, which has a bit for each processor it can have. */
    private static final int MOST_PROCESSORS = 8_192;
    private static final int CALLING_THREAD = 0;

    private ThreadScheduling() {
    }

    /** The processors that the calling thread may run on, by their numbers; empty if the kernel does not say. */
    public static BitSet processors() {
        final NativeCalls calls = NativeCalls.get();
        final ByteBuffer mask = ByteBuffer.allocateDirect(MOST_PROCESSORS / Byte.SIZE);
        final long length =
            calls.call(SystemCall.SCHED_GETAFFINITY, CALLING_THREAD, mask.capacity(), calls.addressOf(mask), 0);
        // Both supported processors are little-endian, and so is a BitSet.
        return length > 0 ? BitSet.valueOf(mask.limit((int) length)) : new BitSet();
    }

    /** Keeps the calling thread on one processor from now on. Returns whether the kernel has agreed. */
    public static boolean keepOn(final int processor) {
        final NativeCalls calls = NativeCalls.get();
        final BitSet wanted = new BitSet();
        wanted.set(processor);
        final ByteBuffer mask = ByteBuffer.allocateDirect(MOST_PROCESSORS / Byte.SIZE);
        mask.put(0, wanted.toByteArray());
        final long result =
            calls.call(SystemCall.SCHED_SETAFFINITY, CALLING_THREAD, mask.capacity(), calls.addressOf(mask), 0);
        Reference.reachabilityFence(mask);
        return result == 0;
    }

    /** The nice value of the calling thread, {@link #LEAST_NICE} to 19; 0 if the kernel does not say. */
    public static int nice() {
        final long result =
            NativeCalls.get().call(SystemCall.GETPRIORITY, PRIO_PROCESS, CALLING_THREAD, 0, 0);
        return result > 0 ? NICE_BASE - (int) result : 0;
    }

    /**
     * Gives the calling thread more precedence from now on. It takes CAP_SYS_NICE, or a limit that allows it
     * ({@code ulimit -e}).
     *
     * @param nice the value wanted, from {@link #LEAST_NICE}; a thread that has as much precedence already keeps it
     * @return whether the thread now has at least that
     */
    public static boolean precede(final int nice) {
        return nice() <= nice
            || NativeCalls.get().call(SystemCall.SETPRIORITY, PRIO_PROCESS, CALLING_THREAD, nice, 0) == 0;
    }

    /** Whether a thread of this process may have so much precedence: a thread that ends at once has tried it. */
    public static boolean isAllowed(final int nice) {
        final AtomicBoolean isAllowed = new AtomicBoolean();
        final Thread thread = new Thread(() -> isAllowed.set(precede(nice)), "sluice-nice");
        thread.start();
        Threads.awaitEnd(thread);
        return isAllowed.get();
    }
}
