// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** Which processors a thread may run on. Stateless: any thread. */
public final class ThreadAffinity {
    /** The kernel refuses a mask that is shorter than its own, which has a bit for each processor it can have. */
    private static final int MOST_PROCESSORS = 8_192;
    private static final int CALLING_THREAD = 0;

    private ThreadAffinity() {
    }

    /** The processors that the calling thread may run on, by their numbers; empty if the kernel does not say. */
    public static BitSet get() {
        final NativeCalls calls = NativeCalls.get();
        final ByteBuffer mask = ByteBuffer.allocateDirect(MOST_PROCESSORS / Byte.SIZE);
        final long length =
            calls.call(SystemCall.SCHED_GETAFFINITY, CALLING_THREAD, mask.capacity(), calls.addressOf(mask), 0);
        // Both supported processors are little-endian, and so is a BitSet.
        return length > 0 ? BitSet.valueOf(mask.limit((int) length)) : new BitSet();
    }

    /** Keeps the calling thread on one processor from now on. Returns whether the kernel has agreed. */
    public static boolean set(final int processor) {
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
}
