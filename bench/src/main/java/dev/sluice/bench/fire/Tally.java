// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

/** Counts and checks events on the other side. One thread adds; who asks must have waited for that thread's end. */
public final class Tally {
    private long events;
    private long sum;
    private long wrong;

    /** One event has arrived. */
    public void add(final long a, final long b) {
        if (a != Values.first(b)) {
            wrong++;
        }
        sum += b;
        events++;
    }

    /**
     * Says how many have arrived, after checking that they are those that were reported. Where some are missing, it
     * cannot be told which: one that arrived twice is then found only by who looks at the order as well.
     *
     * @param fired how many were reported
     * @param means how they were counted
     * @throws IllegalStateException if one has values that nobody reported, if more arrived than were reported, or if
     *     as many did whose numbers are not those from 0 on
     */
    public Stored stored(final long fired, final String means) {
        if (wrong != 0 || events > fired || events == fired && sum != fired * (fired - 1) / 2) {
            throw new IllegalStateException("what arrived is not what was reported: reported=" + fired + " arrived="
                + events + " with other values=" + wrong + " sum=" + sum);
        }
        return new Stored(events, means);
    }
}
