// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.stat.inference.TTest;

/**
 * What differs between two files of results, by the logarithms of rounds and Welch's t-test. A difference is claimed if
 * it is at least {@link #LEAST} of the figure, and stands both by itself and when each round is measured by what costs
 * the same in every build, the bare clocks and the system call, so that a busier machine is not taken for a slower
 * program. As many ways are compared at once, the level of the test is shared among them (Holm's method): in 19 of 20
 * comparisons of equal builds nothing is claimed.
 */
final class Comparison {
    /** Fewer rounds than this on either side say nothing. */
    static final int ENOUGH = 5;
    private static final double LEAST = 0.03;
    private static final double LEVEL = 0.05;
    private static final List<String> CONTROLS =
        List.of(Catalogue.CLOCK_NANO, Catalogue.CLOCK_TSC, Catalogue.SYSCALL);

    private Comparison() {
    }

    /** What is said of one way. */
    enum Verdict {
        /** The second file's is slower. */
        SLOWER("slower"),
        /** The second file's is faster. */
        FASTER("faster"),
        /** Nothing is claimed. */
        NONE("no difference found"),
        /** The others are measured by it. */
        CONTROL("the same in every build"),
        /** Nothing can be claimed. */
        TOO_FEW("too few rounds");

        private final String text;

        Verdict(final String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /**
     * Of one way.
     *
     * @param name    of it
     * @param before  ns of an event in the first file: the geometric mean of the rounds
     * @param after   the same in the second
     * @param low     of the interval that holds the ratio in 95 of 100 cases; NaN with too few rounds
     * @param high    of it
     * @param verdict what is claimed
     */
    record Line(String name, double before, double after, double low, double high, Verdict verdict) {
        double ratio() {
            return after / before;
        }
    }

    /** One that has enough rounds, before the level is shared. */
    private record Tested(Line line, double p) {
    }

    /** Compares every way that both files have. */
    static List<Line> of(final ResultsFile before, final ResultsFile after) {
        final List<Line> lines = new ArrayList<>();
        final List<Tested> tested = new ArrayList<>();
        final double[] controlBefore = control(before.rounds(), after.rounds());
        final double[] controlAfter = control(after.rounds(), before.rounds());
        before.rounds().forEach((name, rounds) -> {
            if (after.rounds().containsKey(name)) {
                final double[] x = logs(rounds);
                final double[] y = logs(after.rounds().get(name));
                if (measured(x).length < ENOUGH || measured(y).length < ENOUGH) {
                    lines.add(line(name, measured(x), measured(y), Verdict.TOO_FEW));
                } else if (CONTROLS.contains(name)) {
                    lines.add(line(name, measured(x), measured(y), Verdict.CONTROL));
                } else {
                    tested.add(test(name, x, y, controlBefore, controlAfter));
                }
            }
        });
        lines.addAll(0, judge(tested));
        return lines;
    }

    private static Tested test(final String name, final double[] x, final double[] y, final double[] controlBefore,
                               final double[] controlAfter) {
        final Line line = line(name, measured(x), measured(y), Verdict.NONE);
        double p = p(measured(x), measured(y));
        final double[] relativeX = measured(minus(x, controlBefore));
        final double[] relativeY = measured(minus(y, controlAfter));
        if (relativeX.length >= ENOUGH && relativeY.length >= ENOUGH) {
            final double relative = StatUtils.mean(relativeY) - StatUtils.mean(relativeX);
            // A difference that turns round or vanishes beside the controls is the machine's.
            p = Math.signum(relative) != Math.signum(line.ratio() - 1) || Math.abs(Math.expm1(relative)) < LEAST
                ? 1 : Math.max(p, p(relativeX, relativeY));
        }
        return new Tested(line, Math.abs(line.ratio() - 1) < LEAST ? 1 : p);
    }

    /** Holm: the smallest p must be below the level's n-th part, the next one below its (n-1)-th part, and so on. */
    private static List<Line> judge(final List<Tested> tested) {
        final List<Tested> order = new ArrayList<>(tested);
        order.sort(Comparator.comparingDouble(Tested::p));
        int claims = 0;
        while (claims < order.size() && order.get(claims).p() < LEVEL / (order.size() - claims)) {
            claims++;
        }
        final List<Tested> claimed = order.subList(0, claims);
        return tested.stream().map(one -> {
            final Line line = one.line();
            return !claimed.contains(one) ? line : new Line(line.name(), line.before(), line.after(), line.low(),
                line.high(), line.ratio() > 1 ? Verdict.SLOWER : Verdict.FASTER);
        }).toList();
    }

    private static Line line(final String name, final double[] x, final double[] y, final Verdict verdict) {
        if (x.length < 2 || y.length < 2) {
            return new Line(name, Math.exp(StatUtils.mean(x)), Math.exp(StatUtils.mean(y)), Double.NaN, Double.NaN,
                verdict);
        }
        final double difference = StatUtils.mean(y) - StatUtils.mean(x);
        final double vx = StatUtils.variance(x) / x.length;
        final double vy = StatUtils.variance(y) / y.length;
        final double freedom =
            (vx + vy) * (vx + vy) / (vx * vx / (x.length - 1) + vy * vy / (y.length - 1));
        final double reach = vx + vy == 0 ? 0
            : Math.sqrt(vx + vy) * new TDistribution(freedom).inverseCumulativeProbability(1 - LEVEL / 2);
        return new Line(name, Math.exp(StatUtils.mean(x)), Math.exp(StatUtils.mean(y)),
            Math.exp(difference - reach), Math.exp(difference + reach), verdict);
    }

    private static double p(final double[] x, final double[] y) {
        // Without any scatter there is no test: figures that are all the same differ, or they do not.
        return StatUtils.variance(x) + StatUtils.variance(y) == 0 ? StatUtils.mean(x) == StatUtils.mean(y) ? 1 : 0
            : new TTest().tTest(x, y);
    }

    /** The mean logarithm of the controls in each round of a file; NaN in rounds in which one is missing. */
    private static double[] control(final Map<String, double[]> rounds, final Map<String, double[]> others) {
        final List<double[]> controls = CONTROLS.stream().filter(name -> rounds.containsKey(name)
            && others.containsKey(name)).map(name -> logs(rounds.get(name))).toList();
        final int length = controls.stream().mapToInt(values -> values.length).min().orElse(0);
        return IntStream.range(0, length).mapToDouble(round -> controls.stream().mapToDouble(values -> values[round])
            .average().orElse(Double.NaN)).toArray();
    }

    private static double[] minus(final double[] values, final double[] control) {
        return IntStream.range(0, Math.min(values.length, control.length))
            .mapToDouble(i -> values[i] - control[i]).toArray();
    }

    private static double[] logs(final double[] values) {
        return Arrays.stream(values).map(value -> value > 0 ? Math.log(value) : Double.NaN).toArray();
    }

    private static double[] measured(final double[] values) {
        return Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
    }
}
