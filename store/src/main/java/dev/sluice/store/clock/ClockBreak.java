// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.clock;

/**
 * A place where a target's clock left the straight line that it had followed until then. CLOCK_MONOTONIC has no such
 * breaks, so times continue along it. What stays unknown: if an event's ticks fit both sides of the break, on which
 * side it was fired.
 *
 * @param target      index of the target whose readings show the break
 * @param kind        what the clock did
 * @param monotonicNs CLOCK_MONOTONIC of the first reading that shows the break, ns
 * @param realtimeNs  CLOCK_REALTIME of that reading, ns since 1970
 * @param sizeNs      for a jump, by how much the ticks went ahead of CLOCK_MONOTONIC, negative if back; for a change of
 *                    rate, how far the ticks were off the line at that reading; for a stop, how long the clock stood
 *                    still
 * @param rateChange  the new rate divided by the old one, minus 1; 0 for a jump, -1 for a clock that stood still
 * @param withinNs    how long before that reading the last reading without the break was taken, ns
 * @param ambiguityNs how far the time of an event near the break may be off
 */
public record ClockBreak(int target, Kind kind, long monotonicNs, long realtimeNs, long sizeNs, double rateChange,
    long withinNs, long ambiguityNs) {
    /** What a clock may do. */
    public enum Kind {
        /** The clock went forward or back at once. */
        JUMP("jump"),
        /** The clock runs at another rate from there on. */
        RATE("rate"),
        /** The clock stood still for a time. */
        STOP("stop");

        private final String label;

        Kind(final String label) {
            this.label = label;
        }

        /** The name of this kind in reports. */
        public String label() {
            return label;
        }
    }

    /** The same break, as a break of another target. */
    ClockBreak of(final int newTarget) {
        return new ClockBreak(newTarget, kind, monotonicNs, realtimeNs, sizeNs, rateChange, withinNs, ambiguityNs);
    }
}
