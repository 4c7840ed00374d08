// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An axis of a plot. Immutable.
 *
 * @param name  what it has, with the unit
 * @param least value that is shown
 * @param most  value that is shown
 * @param base  of a logarithmic one; 0 for a linear one
 * @param from  place of the least value
 * @param to    place of the greatest
 */
record Axis(String name, double least, double most, int base, double from, double to) {
    private static final int TEN = 10;
    private static final int MOST_TICKS = 8;
    private static final double LONG = 1e4;
    private static final double SMALL = 1e-3;
    private static final List<Integer> STEPS = List.of(1, 2, 5);

    /** From zero on. */
    static Axis linear(final String name, final double most) {
        return new Axis(name, 0, Math.max(most, Double.MIN_NORMAL), 0, 0, 0);
    }

    /** By powers of a base, with those of them as ticks; values must be above zero. */
    static Axis logarithmic(final String name, final int base, final double least, final double most) {
        return new Axis(name, least, Math.max(most, least * 1.01), base, 0, 0);
    }

    /** By powers of ten, from one at or below the least value to one at or above the greatest. */
    static Axis decades(final String name, final double least, final double most) {
        final double first = Math.floor(Math.log10(least));
        return logarithmic(name, TEN, Math.pow(TEN, first), Math.pow(TEN, Math.max(first + 1,
            Math.ceil(Math.log10(most)))));
    }

    /** The same between two places, with room beyond the outermost values. */
    Axis between(final double first, final double last, final double room) {
        if (base == 0) {
            return new Axis(name, least, most * (1 + room), 0, first, last);
        }
        final double factor = Math.pow(most / least, room);
        return new Axis(name, least / factor, most * factor, base, first, last);
    }

    /** Where a value is; one that is beyond the axis is at its end. */
    double place(final double value) {
        final double part = base == 0 ? (value - least) / (most - least)
            : Math.log(Math.max(value, Double.MIN_NORMAL) / least) / Math.log(most / least);
        return from + Math.max(0, Math.min(1, part)) * (to - from);
    }

    /** The value at a part of the axis, 0 to 1. */
    double at(final double part) {
        return base == 0 ? least + part * (most - least) : least * Math.pow(most / least, part);
    }

    /** Where lines and numbers stand. */
    List<Double> ticks() {
        final List<Double> ticks = new ArrayList<>();
        if (base == 0) {
            final double step = step(most);
            for (int i = 0; i * step <= most; i++) {
                ticks.add(i * step);
            }
            return ticks;
        }
        // Numbers between the powers would run into one another on a long axis.
        final List<Integer> steps = base == TEN && most / least < LONG ? STEPS : List.of(1);
        final double first = Math.floor(Math.log(least) / Math.log(base));
        for (int i = 0; Math.pow(base, first + i) <= most * 1.000001; i++) {
            for (final int times : steps) {
                final double tick = Math.pow(base, first + i) * times;
                if (tick >= least * 0.999999 && tick <= most * 1.000001) {
                    ticks.add(tick);
                }
            }
        }
        return ticks;
    }

    private static double step(final double most) {
        double step = Math.pow(TEN, Math.floor(Math.log10(most / MOST_TICKS)));
        int next = 0;
        while (most / (step * STEPS.get(next)) > MOST_TICKS) {
            next++;
            if (next == STEPS.size()) {
                next = 0;
                step *= TEN;
            }
        }
        return step * STEPS.get(next);
    }

    /** A number on an axis: "2,048", "0.5", "1e-5". */
    static String label(final double value) {
        if (value > 0 && value < SMALL) {
            return String.format(Locale.ROOT, "%.0e", value).replace("e-0", "e-");
        }
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%,.0f", value)
            : String.format(Locale.ROOT, "%.3g", value).replaceFirst("0+$", "");
    }
}
