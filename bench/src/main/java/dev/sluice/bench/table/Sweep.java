// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

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
record Sweep(String name, String what, String axis, List<Point> points) {
    /**
     * One of them.
     *
     * @param series     whom it belongs to
     * @param x          the quantity; 0 where it stands for all of the axis
     * @param contestant the row
     */
    record Point(String series, double x, Contestant contestant) {
    }

    Sweep {
        points = List.copyOf(points);
    }
}
