// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.entry.Catalogue;
import dev.sluice.bench.measure.Median;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an event may cost, absolutely and beside the rivals, and what came of it. For one thread. */
final class PathTargets {
    /** So many pairs decide; with fewer the verdict is only a hint. */
    static final int ENOUGH = 10;
    private static final double RING_TSC = 0.5;
    private static final double RING_NANO = 2;
    private static final double DRAINED_TSC = 2;
    private static final double DRAINED_NANO = 3.5;
    private static final double SAMPLED = 5;
    private static final double DISABLED = 0.5;
    private static final double OVER_JFR = 2.5;
    private static final double OVER_LTTNG_C = 5;
    private static final double OVER_LTTNG_JAVA = 100;
    private static final double OVER_NOP1 = 45;
    private static final double OVER_OPTIMISED = 30;
    /** Of the thread that fires: what others allocate, JMH and those that listen, it does not wait for. */
    private static final double ALLOCATION = 0.001;

    private static final Pattern NAME = Pattern.compile("(\\S+) over (\\S+), (ns|times)");

    private final PathResults results;
    private final PathResults calm;
    private final boolean isTsc;
    private final List<Target> list = new ArrayList<>();

    /**
     * One of them.
     *
     * @param name      what is measured, with its unit
     * @param limit     the bound
     * @param isAtLeast whether the bound is a lower one
     * @param measured  null if what it needs was not measured
     * @param undisturbed the same by the fastest iteration of each round; null where there is no such thing. It is
     *                  shown, and does not decide
     */
    record Target(String name, double limit, boolean isAtLeast, Median measured, Median undisturbed) {
        boolean isMet() {
            return isMet(measured);
        }

        /** Whether it is missed, and would be met by the fastest iterations. */
        boolean isMetUndisturbedOnly() {
            return !isMet() && isMet(undisturbed);
        }

        private boolean isMet(final Median median) {
            return median != null && (isAtLeast ? median.value() >= limit : median.value() <= limit);
        }

        /** The line for people. */
        String text() {
            final String bound = (isAtLeast ? "at least " : "at most ") + limit;
            if (measured == null) {
                return String.format("-       %s: %s, not measured", name, bound);
            }
            return String.format("%-7s %s: %s, measured %.2f%s%s%s", (isMet() ? "met" : "MISSED")
                + (measured.count() < ENOUGH ? "?" : ""), name, bound,
                measured.value(), measured.count() == 1 ? " in one round" : String.format(" [%.2f, %.2f] in %d rounds",
                    measured.low(), measured.high(), measured.count()),
                undisturbed == null ? "" : String.format(", undisturbed %.2f", undisturbed.value()),
                isMetUndisturbedOnly() ? ": met in undisturbed turns only" : "");
        }
    }

    private PathTargets(final PathResults results, final boolean isTsc) {
        this.results = results;
        calm = results.undisturbed();
        this.isTsc = isTsc;
    }

    /**
     * All of them.
     *
     * @param isTsc whether events took the processor's counter as their clock
     */
    static List<Target> of(final PathResults results, final boolean isTsc) {
        final PathTargets targets = new PathTargets(results, isTsc);
        final String clock = isTsc ? Catalogue.CLOCK_TSC : Catalogue.CLOCK_NANO;
        targets.over(Catalogue.RING, clock, isTsc ? RING_TSC : RING_NANO);
        targets.over(Catalogue.OWNER, clock, isTsc ? DRAINED_TSC : DRAINED_NANO);
        targets.over(Catalogue.RING_SAMPLED, Catalogue.NOTHING, SAMPLED);
        targets.over(Catalogue.DISABLED, Catalogue.NOTHING, DISABLED);
        targets.times(Catalogue.JFR, OVER_JFR);
        targets.times(Catalogue.LTTNG_C, OVER_LTTNG_C);
        targets.times(Catalogue.LTTNG_JAVA, OVER_LTTNG_JAVA);
        targets.times(Catalogue.TRAP_NOP1, OVER_NOP1);
        targets.times(Catalogue.TRAP_OPTIMISED, OVER_OPTIMISED);
        targets.list.add(new Target(Catalogue.RING + " allocates in the thread that fires, B an event", ALLOCATION,
            false, results.row(Catalogue.RING).flatMap(PathResult::firingBytesOfRounds).orElse(null), null));
        return List.copyOf(targets.list);
    }

    /**
     * The undisturbed figure of a target of a file that has none, as older ones.
     *
     * @param rounds ns of the fastest iteration of each round, of each way
     * @return NaN if the target is not of two ways that were measured
     */
    static double undisturbed(final String target, final Map<String, double[]> rounds) {
        final Matcher name = NAME.matcher(target);
        if (!name.matches() || !rounds.keySet().containsAll(List.of(name.group(1), name.group(2), Catalogue.NOTHING))) {
            return Double.NaN;
        }
        final double[] over = rounds.get(name.group(1));
        final double[] base = rounds.get(name.group(2));
        final double[] nothing = rounds.get(Catalogue.NOTHING);
        final List<Double> values = new ArrayList<>();
        for (int i = 0; i < Math.min(over.length, Math.min(base.length, nothing.length)); i++) {
            final double value = name.group(3).equals("ns") ? over[i] - base[i]
                : (over[i] - nothing[i]) / (base[i] - nothing[i]);
            if (!Double.isNaN(value)) {
                values.add(value);
            }
        }
        return values.isEmpty() ? Double.NaN : Median.of(values).value();
    }

    private void over(final String name, final String base, final double limit) {
        list.add(new Target(name + " over " + base + ", ns", limit, false, results.over(name, base).orElse(null),
            calm.over(name, base).orElse(null)));
    }

    /** Ratios are promised for the processor's counter: with another clock they are not judged. */
    private void times(final String name, final double limit) {
        final Optional<Median> measured = isTsc ? results.times(name, Catalogue.OWNER) : Optional.empty();
        final Optional<Median> undisturbed = isTsc ? calm.times(name, Catalogue.OWNER) : Optional.empty();
        list.add(new Target(name + " over " + Catalogue.OWNER + ", times", limit, true, measured.orElse(null),
            undisturbed.orElse(null)));
    }
}
