// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.turn.Contestant;
import java.util.List;

/**
 * Rows that differ in one quantity.
 *
 * @param name   short, for the option and for files
 * @param what   for people: what is varied, of which event
 * @param axis   the quantity, with its unit
 * @param points in the order of the table
 */
public record Sweep(String name, String what, String axis, List<Point> points) {
    /**
     * One of them.
     *
     * @param series     whom it belongs to
     * @param x          the quantity; 0 where it stands for all of the axis
     * @param contestant the row
     * @param base       name of the row whose cost is taken off; its own if it is such a row itself
     */
    public record Point(String series, double x, Contestant contestant, String base) {
        /** One over the bare loop of one thread. */
        Point(final String series, final double x, final Contestant contestant) {
            this(series, x, contestant, Catalogue.NOTHING);
        }

        /** Whether it is there to be taken off others. */
        public boolean isBase() {
            return base.equals(contestant.name());
        }
    }

    /** Its points are its own. */
    public Sweep {
        points = List.copyOf(points);
    }
}
