// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * One reading of the target's clock together with the kernel's, so that ticks can be put on the common time line.
 * <pre>
 *  +---------------------------------------------------------------+
 *  |   version: odd while it is being written (u64)                |  0
 *  +---------------------------------------------------------------+
 *  |   ticks (u64)                                                 |  8
 *  +---------------------------------------------------------------+
 *  |   CLOCK_MONOTONIC, ns (u64)                                   | 16
 *  +---------------------------------------------------------------+
 *  |   CLOCK_REALTIME, ns since 1970 (u64)                         | 24
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * @param ticks       the target's clock, in its own unit
 * @param monotonicNs CLOCK_MONOTONIC, which is System.nanoTime and bpf_ktime_get_ns
 * @param realtimeNs  CLOCK_REALTIME, ns since 1970
 */
public record ClockTriple(long ticks, long monotonicNs, long realtimeNs) {
    public static final int VERSION_OFFSET = 0;
    public static final int TICKS_OFFSET = VERSION_OFFSET + Long.BYTES;
    public static final int MONOTONIC_OFFSET = TICKS_OFFSET + Long.BYTES;
    public static final int REALTIME_OFFSET = MONOTONIC_OFFSET + Long.BYTES;
    /** Bytes of a triple in memory. */
    public static final int LENGTH = REALTIME_OFFSET + Long.BYTES;

    private static final int ATTEMPTS = 1000;

    /** Publishes at an address; one writer thread. Pairs with {@link #read}. */
    public void write(final long address) {
        final long version = Memory.getLong(address + VERSION_OFFSET);
        Memory.putLongVolatile(address + VERSION_OFFSET, version | 1);
        Memory.putLongVolatile(address + TICKS_OFFSET, ticks);
        Memory.putLongVolatile(address + MONOTONIC_OFFSET, monotonicNs);
        Memory.putLongVolatile(address + REALTIME_OFFSET, realtimeNs);
        Memory.putLongVolatile(address + VERSION_OFFSET, (version | 1) + 1);
    }

    /**
     * Reads a consistent triple from any thread or process.
     *
     * @return null if the writer was stopped in the middle of a store, or nothing was ever written
     */
    public static ClockTriple read(final long address) {
        for (int i = 0; i < ATTEMPTS; i++) {
            final long version = Memory.getLongVolatile(address + VERSION_OFFSET);
            final ClockTriple triple = new ClockTriple(
                Memory.getLongVolatile(address + TICKS_OFFSET),
                Memory.getLongVolatile(address + MONOTONIC_OFFSET),
                Memory.getLongVolatile(address + REALTIME_OFFSET));
            if ((version & 1) == 0 && version == Memory.getLongVolatile(address + VERSION_OFFSET)) {
                return version == 0 ? null : triple;
            }
            Thread.onSpinWait();
        }
        return null;
    }
}
