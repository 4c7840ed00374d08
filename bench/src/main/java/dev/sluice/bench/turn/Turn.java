// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.turn;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.Median;
import java.util.List;

/**
 * What one turn of one way came to.
 *
 * @param ns      of an event, in each iteration; empty if it failed
 * @param bytes   that the JVM allocated for an event; NaN if that was not measured
 * @param fired   events in all, those of the warm-up included
 * @param stored  what was found on the other side
 * @param failure why it failed; empty if it did not
 */
public record Turn(List<Double> ns, double bytes, long fired, Stored stored, String failure) {
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

    /** Events that were fired and not found; 0 where nothing is stored. */
    public long lost() {
        return stored.events() == Stored.NOTHING ? 0 : fired - stored.events();
    }
}
