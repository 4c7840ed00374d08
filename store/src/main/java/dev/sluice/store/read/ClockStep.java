// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

/**
 * A place where CLOCK_REALTIME was set, or went on while the machine slept: from there on wall times follow another
 * line. CLOCK_MONOTONIC does not notice, so durations and intervals are not touched.
 *
 * @param target           index of the target whose readings show it
 * @param ticks            the target's clock at the first reading after it; events before have the old wall time
 * @param monotonicNs      CLOCK_MONOTONIC there, ns
 * @param realtimeBeforeNs what CLOCK_REALTIME would have been there, ns since 1970
 * @param realtimeAfterNs  what it was
 * @param withinNs         how long before that place the last reading was taken that does not know of the step, ns
 */
public record ClockStep(int target, long ticks, long monotonicNs, long realtimeBeforeNs, long realtimeAfterNs,
    long withinNs) {
    /** Size, ns: positive if the clock was set forward. */
    public long sizeNs() {
        return realtimeAfterNs - realtimeBeforeNs;
    }
}
