// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

/**
 * A place where a target's clock left the straight line that it had followed. CLOCK_MONOTONIC did not, so times go on
 * by it; what is not known is on which side of the break an event was whose ticks fit both.
 *
 * @param target      index of the target whose readings show it
 * @param kind        what it did
 * @param monotonicNs CLOCK_MONOTONIC of the first reading that shows it, ns
 * @param realtimeNs  CLOCK_REALTIME of that reading, ns since 1970
 * @param sizeNs      by how much ticks went ahead of CLOCK_MONOTONIC in a jump, negative if back; how far they were off
 *                    the line at that reading if the rate changed; how long the clock stood still
 * @param rateChange  the new rate over the old one, less 1; 0 for a jump, -1 for a clock that stood still
 * @param withinNs    how long before that reading the last one was taken that does not know of the break, ns
 * @param ambiguityNs how far the time of an event near the break may be off
 */
public record ClockBreak(int target, Kind kind, long monotonicNs, long realtimeNs, long sizeNs, double rateChange,
    long withinNs, long ambiguityNs) {
    /** What a clock can do. */
    public enum Kind {
        /** It went forward or back. */
        JUMP("jump"),
        /** It runs at another rate from there on. */
        RATE("rate"),
        /** It stood still for a time. */
        STOP("stop");

        private final String label;

        Kind(final String label) {
            this.label = label;
        }

        /** Its name in reports. */
        public String label() {
            return label;
        }
    }

    /** The same of a target. */
    ClockBreak of(final int newTarget) {
        return new ClockBreak(newTarget, kind, monotonicNs, realtimeNs, sizeNs, rateChange, withinNs, ambiguityNs);
    }
}
