// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.os.NativeCalls;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.Slot;

/**
 * What its first event costs a thread, as far as that is the price of a ring: by the thread's processor time, which
 * does not grow when the machine is busy. Stateless: any thread.
 */
final class FirstCost {
    private static final int TIME_LENGTH = 2 * Long.BYTES;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private FirstCost() {
    }

    /** Processor time of the calling thread, ns; 0 if the kernel does not say. */
    static long nowNs() {
        final long at = Memory.allocate(TIME_LENGTH);
        try {
            return NativeCalls.get().threadTimeOrErrno(at) != 0 ? 0
                : Memory.getLong(at) * NS_PER_SECOND + Memory.getLong(at + Long.BYTES);
        } finally {
            Memory.free(at);
        }
    }

    /**
     * Notes in the calling thread's slot what was done since {@link #nowNs}.
     *
     * @param epoch of the session in which it was
     */
    static void note(final Slot slot, final int epoch, final long beginNs) {
        final long endNs = nowNs();
        if (beginNs != 0 && endNs != 0) {
            slot.firstCost(epoch, endNs - beginNs);
        }
    }
}
