// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.entry.Catalogue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What differs between two files of results, by the logarithms of each round's fastest iteration and by the fastest
 * three fifths of the rounds ({@link LowMean}): disturbances only make slower. A difference is claimed if it is at
 * least {@link #LEAST} of the figure, and so is what is left of it when the difference of what costs the same in every
 * build, the bare clocks and the system call, is taken off: a busier machine is not to be taken for a slower program.
 * As many ways are compared at once, the level of the test is shared among them (Holm's method): in 19 of 20
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
     * @param before  ns of an event in the first file: the geometric mean of the rounds that count
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

    /** Names of the ways that are not compared, each with what one or both files lack. */
    static Map<String, String> leftOut(final ResultsFile before, final ResultsFile after) {
        final Set<String> names = new LinkedHashSet<>(before.rounds().keySet());
        names.addAll(before.reasons().keySet());
        names.addAll(after.rounds().keySet());
        names.addAll(after.reasons().keySet());
        final Map<String, String> leftOut = new LinkedHashMap<>();
        for (final String name : names) {
            final String first = lack(before, name);
            final String second = lack(after, name);
            if (!first.isEmpty() && first.equals(second)) {
                leftOut.put(name, "in both files " + first);
            } else if (!first.isEmpty() || !second.isEmpty()) {
                leftOut.put(name, Stream.of(first.isEmpty() ? "" : "in the first file " + first,
                    second.isEmpty() ? "" : "in the second file " + second).filter(text -> !text.isEmpty())
                    .collect(Collectors.joining("; ")));
            }
        }
        return leftOut;
    }

    private static String lack(final ResultsFile file, final String name) {
        return file.rounds().containsKey(name) ? ""
            : file.reasons().containsKey(name) ? file.reasons().get(name) : "nobody has asked for it";
    }

    /** Compares every way of which both files have figures. */
    static List<Line> of(final ResultsFile before, final ResultsFile after) {
        final List<Line> lines = new ArrayList<>();
        final List<Tested> tested = new ArrayList<>();
        final List<LowMean> machine = machine(before.rounds(), after.rounds());
        before.rounds().forEach((name, rounds) -> {
            if (logs(rounds).length > 0 && logs(after.rounds().getOrDefault(name, new double[0])).length > 0) {
                final double[] x = logs(rounds);
                final double[] y = logs(after.rounds().get(name));
                if (x.length < ENOUGH || y.length < ENOUGH) {
                    lines.add(line(name, x, y, Verdict.TOO_FEW));
                } else if (CONTROLS.contains(name)) {
                    lines.add(line(name, x, y, Verdict.CONTROL));
                } else {
                    tested.add(test(name, x, y, machine));
                }
            }
        });
        lines.addAll(0, judge(tested));
        return lines;
    }

    private static Tested test(final String name, final double[] x, final double[] y, final List<LowMean> machine) {
        final List<LowMean> difference = List.of(LowMean.of(y), LowMean.of(x).times(-1));
        final List<LowMean> relative = Stream.concat(difference.stream(), machine.stream()).toList();
        // A difference that turns round or vanishes beside the controls is the machine's.
        final boolean isLittle = isLittle(difference) || isLittle(relative)
            || Math.signum(sum(difference)) != Math.signum(sum(relative));
        return new Tested(line(name, x, y, Verdict.NONE),
            isLittle ? 1 : Math.max(LowMean.probability(difference), LowMean.probability(relative)));
    }

    private static boolean isLittle(final List<LowMean> terms) {
        return Math.abs(Math.expm1(sum(terms))) < LEAST;
    }

    private static double sum(final List<LowMean> terms) {
        return terms.stream().mapToDouble(LowMean::value).sum();
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
        final LowMean before = LowMean.of(x);
        final LowMean after = LowMean.of(y);
        final double difference = after.value() - before.value();
        final double reach = Math.min(before.count(), after.count()) < 2 ? Double.NaN
            : LowMean.reach(List.of(before, after), LEVEL);
        return new Line(name, Math.exp(before.value()), Math.exp(after.value()), Math.exp(difference - reach),
            Math.exp(difference + reach), verdict);
    }

    /** What adds up to how much faster the controls that both have are in the second file, on average. */
    private static List<LowMean> machine(final Map<String, double[]> before, final Map<String, double[]> after) {
        final List<String> controls = CONTROLS.stream().filter(name -> isMeasured(before, name)
            && isMeasured(after, name)).toList();
        return controls.stream().flatMap(name -> Stream.of(LowMean.of(logs(before.get(name))),
            LowMean.of(logs(after.get(name))).times(-1))).map(term -> term.times(1.0 / controls.size())).toList();
    }

    private static boolean isMeasured(final Map<String, double[]> rounds, final String name) {
        return rounds.containsKey(name) && logs(rounds.get(name)).length >= ENOUGH;
    }

    /** Logarithms of the rounds that were measured. */
    private static double[] logs(final double[] values) {
        return Arrays.stream(values).filter(value -> value > 0).map(Math::log).toArray();
    }
}
