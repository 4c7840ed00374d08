// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.turn;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.FireTimes;
import dev.sluice.bench.measure.Median;
import dev.sluice.bench.measure.ProcessorTime;
import java.util.List;

/**
 * What one turn of one way came to.
 *
 * @param ns      of an event, in each iteration; empty if it failed
 * @param bytes   that the JVM allocated for an event; NaN if that was not measured
 * @param fired   events in all, those of the warm-up included
 * @param stored  what was found on the other side
 * @param spent   processor time in the iterations
 * @param times   of single fires, if they were looked at
 * @param failure why it failed; empty if it did not
 */
public record Turn(List<Double> ns, double bytes, long fired, Stored stored, ProcessorTime.PerEvent spent,
                   FireTimes times, String failure) {
    private static final double MILLION = 1e6;

    /** One that has not looked at single fires. */
    public Turn(final List<Double> ns, final double bytes, final long fired, final Stored stored,
                final ProcessorTime.PerEvent spent, final String failure) {
        this(ns, bytes, fired, stored, spent, FireTimes.NONE, failure);
    }

    /** One of which the processor time is not known. */
    public Turn(final List<Double> ns, final double bytes, final long fired, final Stored stored,
                final String failure) {
        this(ns, bytes, fired, stored, ProcessorTime.PerEvent.UNKNOWN, failure);
    }

    /** One that came to nothing. */
    public static Turn failed(final String failure) {
        return new Turn(List.of(), Double.NaN, 0, Stored.nothing(), failure);
    }

    public boolean hasFailed() {
        return !failure.isEmpty();
    }

    /** The median of the iterations. */
    public double median() {
        return Median.of(ns).value();
    }

    /** Traps for each million of events; NaN where nobody has counted them. */
    public double trapsPerMillion() {
        return stored.traps() == Stored.NOTHING ? Double.NaN : MILLION * stored.traps() / fired;
    }

    /** Events that were fired and not found; 0 where nothing is stored. */
    public long lost() {
        return stored.events() == Stored.NOTHING ? 0 : fired - stored.events();
    }
}
