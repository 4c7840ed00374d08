// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.entry.BatchSweep;
import dev.sluice.bench.entry.Catalogue;
import dev.sluice.bench.entry.RateSweep;
import dev.sluice.bench.entry.SizeSweep;
import dev.sluice.bench.entry.Sweep;
import dev.sluice.bench.entry.ThreadSweep;
import dev.sluice.bench.measure.BatchModel;
import dev.sluice.bench.measure.Median;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What came of one sweep.
 *
 * @param sweep   which
 * @param results of all that was measured in the run, the bare loop among it
 */
record SweepResult(Sweep sweep, PathResults results) {
    private static final double NS_OF_SECOND = 1e9;
    /** Where batches win. */
    private static final List<String> TRAPS = List.of(BatchSweep.TRAP_NOP1, BatchSweep.TRAP_OPTIMISED);

    /**
     * From which batch on an event costs less than by one trap for each.
     *
     * @param trap     the row of that trap
     * @param trapNs   what it costs, without the bare loop
     * @param measured number of events: in this batch and all longer ones the whole interval of the ratio is below 1;
     *                 empty if there is none
     * @param model    the same by the model; infinite if no batch wins; NaN without a model
     */
    record Win(String trap, Median trapNs, OptionalInt measured, double model) {
        /** The line for people. */
        String text() {
            return String.format("cheaper than %s (%.0f ns): %s%s", trap, trapNs.value(), measured.isPresent()
                ? "from " + measured.getAsInt() + (measured.getAsInt() == 1 ? " event" : " events") + " a batch on"
                : "no batch", Double.isNaN(model) ? ""
                : Double.isInfinite(model) ? "; by the model none" : String.format("; by the model from %.1f", model));
        }
    }

    /** The row of a point. */
    PathResult row(final Sweep.Point point) {
        return results.rows().stream().filter(row -> row.name().equals(point.contestant().name())).findFirst()
            .orElseThrow();
    }

    /** What an event of a point costs, without the bare loop; empty if that was not measured, or is that loop. */
    Optional<Median> over(final Sweep.Point point) {
        return point.isBase() ? Optional.empty() : results.over(point.contestant().name(), point.base());
    }

    /** Events a second of all threads together, where threads or the rate are varied. */
    OptionalDouble eventsPerSecond(final Sweep.Point point) {
        final PathResult row = row(point);
        final double threads = sweep.name().equals(ThreadSweep.NAME) ? point.x()
            : sweep.name().equals(RateSweep.NAME) ? 1 : 0;
        return threads > 0 && row.isMeasured() ? OptionalDouble.of(NS_OF_SECOND * threads / row.ns().value())
            : OptionalDouble.empty();
    }

    /** How many times as long one takes as its base, in the same round; empty for the base itself. */
    Optional<Median> timesBase(final Sweep.Point point) {
        return point.isBase() ? Optional.empty() : results.ratio(point.contestant().name(), point.base());
    }

    /** Whether in some of its series events may be stored nowhere without anything having gone wrong. */
    boolean isOfLosses() {
        return sweep.name().equals(RateSweep.NAME) || SizeSweep.NAMES.contains(sweep.name());
    }

    /** What part of the events that were fired is not stored, of whatever cause; empty where that was not measured. */
    Optional<Median> lostShare(final Sweep.Point point) {
        final List<Double> shares = row(point).measured().stream().filter(turn -> turn.fired() > 0)
            .map(turn -> (double) turn.lost() / turn.fired()).toList();
        return shares.isEmpty() ? Optional.empty() : Optional.of(Median.of(shares));
    }

    /** The model of batches, fitted to all turns; empty for another sweep, or with too little measured. */
    Optional<BatchModel> model() {
        final List<Double> events = new ArrayList<>();
        final List<Double> ns = new ArrayList<>();
        for (final Sweep.Point point : sweep.points()) {
            for (int round = 0; isBatch(point) && round < results.rounds(); round++) {
                final OptionalDouble value = row(point).ns(round);
                final OptionalDouble nothing = ns(Catalogue.NOTHING, round);
                if (value.isPresent() && nothing.isPresent()) {
                    events.add(point.x());
                    ns.add(value.getAsDouble() - nothing.getAsDouble());
                }
            }
        }
        return BatchModel.fit(array(events), array(ns));
    }

    private static boolean isBatch(final Sweep.Point point) {
        return point.series().equals(BatchSweep.BATCHES);
    }

    private OptionalDouble ns(final String name, final int round) {
        return results.row(name).map(row -> row.ns(round)).orElse(OptionalDouble.empty());
    }

    private static double[] array(final List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** For each trap that was measured, from where on batches are cheaper. */
    List<Win> wins() {
        final List<Win> wins = new ArrayList<>();
        final Optional<BatchModel> model = model();
        for (final Sweep.Point point : sweep.points()) {
            final Optional<Median> trapNs = over(point);
            if (TRAPS.contains(point.contestant().name()) && trapNs.isPresent()) {
                wins.add(new Win(point.contestant().name(), trapNs.get(), winsFrom(point.contestant().name()),
                    model.map(fitted -> fitted.winsFrom(trapNs.get().value())).orElse(Double.NaN)));
            }
        }
        return wins;
    }

    private OptionalInt winsFrom(final String trap) {
        OptionalInt from = OptionalInt.empty();
        final List<Sweep.Point> points = sweep.points().stream().filter(SweepResult::isBatch).toList();
        for (int i = points.size() - 1; i >= 0; i--) {
            final Sweep.Point point = points.get(i);
            final Optional<Median> times = results.times(point.contestant().name(), trap);
            if (times.isPresent() && times.get().high() >= 1) {
                break;
            }
            if (times.isPresent()) {
                from = OptionalInt.of((int) point.x());
            }
        }
        return from;
    }
}
