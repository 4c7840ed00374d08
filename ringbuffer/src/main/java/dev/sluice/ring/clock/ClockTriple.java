// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.clock;

import dev.sluice.ring.memory.Memory;
import java.time.Instant;
import java.util.function.LongSupplier;

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
 *  |   span of the reading, ns (u64)                               | 32
 *  +---------------------------------------------------------------+
 * </pre>
 * <p>
 * <b>Breaks.</b> A clock that runs at a constant rate against CLOCK_MONOTONIC stays close to a straight line: within
 * {@link #LEAST_BREAK_NS}, plus one part in a thousand of the time between two readings, plus the error of those
 * readings. A greater distance is a break: the clock jumped, runs at another rate, or has stopped. Decision 0090 says
 * where the numbers come from.
 *
 * @param ticks       the target's clock, in its own unit
 * @param monotonicNs CLOCK_MONOTONIC, which is System.nanoTime and bpf_ktime_get_ns
 * @param realtimeNs  CLOCK_REALTIME, ns since 1970
 * @param spanNs      how long the reading took: ticks and monotonicNs are of one moment up to half of it; 0 if unknown
 */
public record ClockTriple(long ticks, long monotonicNs, long realtimeNs, long spanNs) {
    public static final int VERSION_OFFSET = 0;
    public static final int TICKS_OFFSET = VERSION_OFFSET + Long.BYTES;
    public static final int MONOTONIC_OFFSET = TICKS_OFFSET + Long.BYTES;
    public static final int REALTIME_OFFSET = MONOTONIC_OFFSET + Long.BYTES;
    public static final int SPAN_OFFSET = REALTIME_OFFSET + Long.BYTES;
    /** Bytes of a triple in memory. */
    public static final int LENGTH = SPAN_OFFSET + Long.BYTES;
    /** Least distance from a line that is a break, ns. */
    public static final long LEAST_BREAK_NS = 20_000;

    private static final int ATTEMPTS = 1000;
    private static final int TAKES = 20;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    /** How far two readings of the same clocks may disagree because they were interrupted. */
    private static final long LEAST_STEP_NS = 100_000;
    /**
     * An adjusted clock is faster or slower by at most one part in this many; a greater difference means that the clock
     * was set.
     */
    private static final long SLEW_DIVISOR = 1000;

    /** A reading whose span is unknown. */
    public ClockTriple(final long ticks, final long monotonicNs, final long realtimeNs) {
        this(ticks, monotonicNs, realtimeNs, 0);
    }

    /** Reads the kernel's clocks; the ticks are those of CLOCK_MONOTONIC. */
    public static ClockTriple take() {
        return take(null);
    }

    /**
     * Reads the kernel's clocks once. If the thread was interrupted between the clocks, the reading is wrong by that
     * time. It still shows whether a better reading is due.
     */
    public static ClockTriple glance() {
        final long monotonic = System.nanoTime();
        return new ClockTriple(monotonic, monotonic, realtime());
    }

    private static long realtime() {
        final Instant now = Instant.now();
        return now.getEpochSecond() * NANOS_PER_SECOND + now.getNano();
    }

    /**
     * Reads a clock between two readings of the kernel's clock, some times over, and returns the attempt that took the
     * shortest time.
     */
    public static ClockTriple take(final LongSupplier clock) {
        return take(clock, TAKES);
    }

    /** Reads a clock like {@link #take(LongSupplier)}, with a number of attempts. */
    public static ClockTriple take(final LongSupplier clock, final int attempts) {
        ClockTriple best = null;
        long bestSpan = Long.MAX_VALUE;
        for (int i = 0; i < attempts; i++) {
            final long before = System.nanoTime();
            final long realtime = realtime();
            final long ticks = clock == null ? 0 : clock.getAsLong();
            final long span = System.nanoTime() - before;
            if (span < bestSpan) {
                bestSpan = span;
                final long monotonic = before + span / 2;
                best = new ClockTriple(clock == null ? monotonic : ticks, monotonic, realtime, Math.max(1, span));
            }
        }
        return best;
    }

    /**
     * By how much CLOCK_REALTIME was set, or went on while the machine slept, between an earlier reading and this one.
     *
     * @return ns, forward or back; 0 if the difference is one that reading and adjusting a clock make
     */
    public long stepSince(final ClockTriple earlier) {
        final long elapsed = monotonicNs - earlier.monotonicNs;
        final long step = realtimeNs - earlier.realtimeNs - elapsed;
        final long allowed = LEAST_STEP_NS + Math.max(0, elapsed) / SLEW_DIVISOR;
        return step > allowed || step < -allowed ? step : 0;
    }

    /**
     * How far the clock is ahead of a line through an earlier reading.
     *
     * @param earlier    the other reading
     * @param ticksPerNs slope of the line; 0 for a clock that stands still
     * @param nominal    ticks in a ns of a clock that runs, by which ticks become ns
     * @return ns, negative if it is behind
     */
    public double aheadNs(final ClockTriple earlier, final double ticksPerNs, final double nominal) {
        return (difference(ticks, earlier.ticks) - difference(monotonicNs, earlier.monotonicNs) * ticksPerNs) / nominal;
    }

    /** Whether the distance from the line is a break: more than reading and adjusting clocks can explain. */
    public boolean isBreakSince(final ClockTriple earlier, final double ticksPerNs, final double nominal) {
        final double allowed = LEAST_BREAK_NS + (uncertaintyNs() + earlier.uncertaintyNs()) / 2
            + Math.abs(difference(monotonicNs, earlier.monotonicNs)) / SLEW_DIVISOR;
        return Math.abs(aheadNs(earlier, ticksPerNs, nominal)) > allowed;
    }

    /** How far the reading may be off, ns. */
    public double uncertaintyNs() {
        return spanNs > 0 ? spanNs : LEAST_STEP_NS;
    }

    /** Exact while the difference fits into a long; forged readings may be farther apart. */
    private static double difference(final long one, final long other) {
        final long difference = one - other;
        return ((one ^ other) & (one ^ difference)) < 0 ? (double) one - other : difference;
    }

    /** Publishes the triple at an address. For one writer thread. Pairs with {@link #read}. */
    public void write(final long address) {
        final long version = Memory.getLong(address + VERSION_OFFSET);
        Memory.putLongVolatile(address + VERSION_OFFSET, version | 1);
        Memory.putLongVolatile(address + TICKS_OFFSET, ticks);
        Memory.putLongVolatile(address + MONOTONIC_OFFSET, monotonicNs);
        Memory.putLongVolatile(address + REALTIME_OFFSET, realtimeNs);
        Memory.putLongVolatile(address + SPAN_OFFSET, spanNs);
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
                Memory.getLongVolatile(address + REALTIME_OFFSET),
                Memory.getLongVolatile(address + SPAN_OFFSET));
            if ((version & 1) == 0 && version == Memory.getLongVolatile(address + VERSION_OFFSET)) {
                return version == 0 ? null : triple;
            }
            Thread.onSpinWait();
        }
        return null;
    }
}
