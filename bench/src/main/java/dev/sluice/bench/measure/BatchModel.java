// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import java.util.Optional;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * What an event costs when N of them share one trap: trap / N + event, fitted to measured turns by least squares. A
 * turn counts by how far it is from the model in parts of what the model says, because a turn of a thousand ns scatters
 * by more ns than one of ten. Immutable.
 *
 * @param trapNs  of one trap and all else that is done once for a batch
 * @param eventNs of one event and all else that is done for each
 * @param turns   how many were fitted
 */
public record BatchModel(Estimate trapNs, Estimate eventNs, int turns) {
    private static final double LEVEL = 0.05;
    /** The weights are those of the model before; it no longer changes after a few steps. */
    private static final int STEPS = 8;
    private static final double LEAST_NS = 1e-3;

    /**
     * A number with the interval that holds it in 95 of 100 cases, if the model is right.
     *
     * @param value the number
     * @param low   lower end
     * @param high  upper end
     */
    public record Estimate(double value, double low, double high) {
    }

    /**
     * Fits.
     *
     * @param events of a batch, for each turn, at least 1
     * @param ns     of an event, for each turn
     * @return empty if there are fewer than three turns, or all have batches of one length
     */
    public static Optional<BatchModel> fit(final double[] events, final double[] ns) {
        final int turns = events.length;
        double[] model = ns;
        Optional<BatchModel> fitted = Optional.empty();
        for (int step = 0; step < STEPS; step++) {
            fitted = fit(events, ns, model);
            if (fitted.isEmpty()) {
                return fitted;
            }
            model = new double[turns];
            for (int i = 0; i < turns; i++) {
                model[i] = fitted.get().at(events[i]);
            }
        }
        return fitted;
    }

    /** One step: the normal equations of two unknowns, each turn weighted by the model before. */
    private static Optional<BatchModel> fit(final double[] events, final double[] ns, final double[] before) {
        final int turns = events.length;
        double weights = 0;
        double sumX = 0;
        double sumY = 0;
        double sumXx = 0;
        double sumXy = 0;
        for (int i = 0; i < turns; i++) {
            final double weight = weight(before[i]);
            final double x = 1 / events[i];
            weights += weight;
            sumX += weight * x;
            sumY += weight * ns[i];
            sumXx += weight * x * x;
            sumXy += weight * x * ns[i];
        }
        final double determinant = weights * sumXx - sumX * sumX;
        if (turns < 3 || !(determinant > 1e-9 * weights * sumXx)) {
            return Optional.empty();
        }
        final double trap = (weights * sumXy - sumX * sumY) / determinant;
        final double event = (sumXx * sumY - sumX * sumXy) / determinant;
        double residue = 0;
        for (int i = 0; i < turns; i++) {
            final double error = ns[i] - trap / events[i] - event;
            residue += weight(before[i]) * error * error;
        }
        final double variance = residue / (turns - 2);
        final double quantile = new TDistribution(turns - 2).inverseCumulativeProbability(1 - LEVEL / 2);
        return Optional.of(new BatchModel(
            estimate(trap, quantile * Math.sqrt(variance * weights / determinant)),
            estimate(event, quantile * Math.sqrt(variance * sumXx / determinant)), turns));
    }

    private static double weight(final double ns) {
        final double size = Math.max(LEAST_NS, Math.abs(ns));
        return 1 / (size * size);
    }

    private static Estimate estimate(final double value, final double half) {
        return new Estimate(value, value - half, value + half);
    }

    /** The ns of an event in batches of so many. */
    public double at(final double events) {
        return trapNs.value() / events + eventNs.value();
    }

    /**
     * From how many events in a batch on an event is cheaper than another that costs so much.
     *
     * @return at least 1; infinite if no batch is cheaper
     */
    public double winsFrom(final double otherNs) {
        final double saved = otherNs - eventNs.value();
        return saved <= 0 ? Double.POSITIVE_INFINITY : Math.max(1, trapNs.value() / saved);
    }
}
