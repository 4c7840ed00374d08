// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

/**
 * What the processor has counted of a thread, in its own code and in the kernel.
 *
 * @param instructions that were completed; NaN if nothing was counted
 * @param cycles       of the processor; the same
 * @param cacheMisses  of the last level; the same
 */
public record HardwareCounts(double instructions, double cycles, double cacheMisses) {
    /** Nothing was counted. */
    public static final HardwareCounts UNKNOWN = new HardwareCounts(Double.NaN, Double.NaN, Double.NaN);

    /** For each of so many events since an earlier moment. */
    public HardwareCounts since(final HardwareCounts before, final long events) {
        return new HardwareCounts((instructions - before.instructions) / events, (cycles - before.cycles) / events,
            (cacheMisses - before.cacheMisses) / events);
    }

    public boolean isKnown() {
        return !Double.isNaN(instructions);
    }

    /** Instructions in a cycle. */
    public double perCycle() {
        return instructions / cycles;
    }
}
