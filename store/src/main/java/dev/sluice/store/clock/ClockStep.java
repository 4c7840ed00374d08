// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.clock;

/**
 * A place where CLOCK_REALTIME was set, or went on while the machine slept. From there on, wall times follow another
 * line. CLOCK_MONOTONIC is not affected, so durations and intervals stay right.
 *
 * @param target           index of the target whose readings show the step
 * @param ticks            the target's clock at the first reading after the step; events before have the old wall time
 * @param monotonicNs      CLOCK_MONOTONIC at that reading, ns
 * @param realtimeBeforeNs what CLOCK_REALTIME would have been at that reading without the step, ns since 1970
 * @param realtimeAfterNs  what CLOCK_REALTIME was at that reading, ns since 1970
 * @param withinNs         how long before that reading the last reading without the step was taken, ns
 */
public record ClockStep(int target, long ticks, long monotonicNs, long realtimeBeforeNs, long realtimeAfterNs,
    long withinNs) {
    /** Size of the step, ns: positive if the clock was set forward. */
    public long sizeNs() {
        return realtimeAfterNs - realtimeBeforeNs;
    }
}
