// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import dev.sluice.ring.event.FieldType;
import dev.sluice.store.read.EventView;
import dev.sluice.store.report.Distribution;
import dev.sluice.store.report.FieldStatistics;

/**
 * The numbers of one field, or the latencies of one kind of pairs, in the order of their events. The first reading
 * counts them; the second one finds out how much consecutive ones are alike. Memory does not grow with the numbers. For
 * one thread.
 */
final class NumberSeries {
    private final FieldStatistics statistics;
    private long[] counts = {};
    private long[][] below = {};
    private long[][] upTo = {};
    private double[] limits = {};
    private long seen;

    /** A series whose numbers somebody has counted, or still counts. */
    NumberSeries(final FieldStatistics statistics) {
        this.statistics = statistics;
    }

    /** Whether a field has numbers to compare. Labels of enums and lengths of texts are none. */
    static boolean isOfNumbers(final FieldType type) {
        return !type.isVariable() && !type.isEnum() && type != FieldType.BOOL;
    }

    FieldStatistics statistics() {
        return statistics;
    }

    /** Takes an event in the first reading. */
    void first(final EventView event, final int field) {
        statistics.add(event, field);
    }

    /** Ends the first reading. */
    void finishFirst() {
        final int pieces = Pieces.of(statistics.count());
        counts = new long[pieces];
        below = new long[Percentile.values().length][pieces];
        upTo = new long[Percentile.values().length][pieces];
        limits = new double[Percentile.values().length];
        for (final Percentile percentile : Percentile.values()) {
            limits[percentile.ordinal()] =
                pieces == 0 ? 0 : statistics.quantile(percentile.share).doubleValue();
        }
    }

    /** Takes an event in the second reading. */
    void second(final EventView event, final int field) {
        if (counts.length == 0) {
            return;
        }
        final FieldType type = statistics.field().type();
        if (type == FieldType.FLOAT32 || type == FieldType.FLOAT64) {
            final double value = event.getDouble(field);
            if (!Double.isNaN(value)) {
                second(value);
            }
        } else {
            final long value = event.getLong(field);
            second(type == FieldType.UINT64 && value < 0 ? (value >>> 1 | value & 1) * 2.0 : value);
        }
    }

    /** Takes a number in the second reading. */
    void second(final double value) {
        if (counts.length == 0) {
            return;
        }
        final int piece = (int) (seen++ * counts.length / statistics.count());
        counts[piece]++;
        for (int i = 0; i < limits.length; i++) {
            below[i][piece] += value < limits[i] ? 1 : 0;
            upTo[i][piece] += value <= limits[i] ? 1 : 0;
        }
    }

    /** How many independent numbers tell a percentile as well as these do. */
    double independent(final Percentile percentile) {
        // Many numbers may be equal to the percentile. Then one of the two shares is none or all, and tells nothing.
        return Math.min(Pieces.independent(below[percentile.ordinal()], counts, statistics.count()),
            Pieces.independent(upTo[percentile.ordinal()], counts, statistics.count()));
    }

    Distribution distribution() {
        return statistics.distribution();
    }
}
