// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import java.util.List;

/** The processor's counters of one thread, where the machine has any. For one thread. */
public final class HardwareCounters implements AutoCloseable {
    /** The kernel's numbers for instructions, cycles and cache misses. */
    private static final List<Integer> CONFIGS = List.of(1, 0, 3);

    private final PerfCounters counters;

    private HardwareCounters(final PerfCounters counters) {
        this.counters = counters;
    }

    /**
     * Begins to count.
     *
     * @param tid the thread; 0 for the one that calls
     */
    public static HardwareCounters of(final long tid) {
        return new HardwareCounters(missing().isEmpty() ? PerfCounters.open(PerfCounters.HARDWARE, CONFIGS, tid)
            : null);
    }

    /** Why there are none; empty if there are. */
    public static String missing() {
        return Presence.REASON;
    }

    /** Counts up to now; {@link HardwareCounts#UNKNOWN} where there are no counters. */
    public HardwareCounts now() {
        if (counters == null) {
            return HardwareCounts.UNKNOWN;
        }
        final double[] values = counters.read();
        return new HardwareCounts(values[0], values[1], values[2]);
    }

    @Override
    public void close() {
        if (counters != null) {
            counters.close();
        }
    }

    /** Asks once. */
    private static final class Presence {
        private static final String REASON = reason();

        private static String reason() {
            try {
                PerfCounters.open(PerfCounters.HARDWARE, CONFIGS, 0).close();
                return "";
            } catch (final IllegalStateException | LinkageError e) {
                return e.getMessage();
            }
        }
    }
}
