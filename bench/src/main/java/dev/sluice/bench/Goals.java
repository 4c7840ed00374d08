// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bench.measure.Median;
import dev.sluice.bench.reading.Tables;
import dev.sluice.bench.rivals.BesideJfr;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What an event may cost at most, as docs/costs.md lists it, and what came of it. */
final class Goals {
    private static final double TSC_LIMIT = 1.0;
    private static final double NANO_LIMIT = 2.5;
    private static final double BPF_LIMIT = 3.5;
    private static final double DISABLED_LIMIT = 0.5;
    private static final double REFUSED_LIMIT = 1;
    private static final double SAMPLED_LIMIT = 5;
    private static final double READING_LIMIT = 20;
    private static final double PRINTING_LIMIT = 3;
    private static final double RATIO_LIMIT = 5;
    private static final double PARQUET_LIMIT = 5;
    private static final double PARQUET_BYTES_LIMIT = 6;
    /** A hundred million in ten seconds. */
    private static final double PERCENTILE_LIMIT = 10;
    /** What rings that keep the last part, and are always on, may cost over those that discard. */
    private static final double OVERWRITING_LIMIT = 0.5;
    private static final double JFR_LIMIT = 2.5;
    private static final double RANGE_LIMIT = 1;
    /** JMH's own harness allocates now and then, which it spreads over all calls. */
    private static final double ALLOCATION_LIMIT = 0.01;
    private static final List<String> ALLOCATING = List.of("two", "twoTyped", "text16", "text16Typed");

    private Goals() {
    }

    /** One of them: a cost that is not to be exceeded, or a rate that is to be reached. */
    record Goal(String name, double limit, Median measured, boolean isAtLeast) {
        Goal(final String name, final double limit, final Median measured) {
            this(name, limit, measured, false);
        }

        boolean isMet() {
            return isAtLeast ? measured.value() >= limit : measured.value() <= limit;
        }
    }

    /** The goals for what {@link Reading} has measured. */
    static List<Goal> ofReading(final Map<String, Median> rates) {
        final List<Goal> goals = new ArrayList<>();
        goals.add(new Goal("reading in time order, M events/s", READING_LIMIT, rates.get(Reading.ORDER), true));
        goals.add(new Goal("printing, M lines/s", PRINTING_LIMIT, rates.get(Reading.PRINT), true));
        if (rates.containsKey(Reading.RATIO)) {
            goals.add(new Goal("printing over babeltrace2, times", RATIO_LIMIT, rates.get(Reading.RATIO), true));
        }
        goals.add(new Goal("Parquet, M events/s and core", PARQUET_LIMIT, rates.get(Tables.PARQUET), true));
        goals.add(new Goal("Parquet, bytes an event", PARQUET_BYTES_LIMIT, rates.get(Tables.PARQUET_BYTES)));
        goals.add(new Goal("a percentile per key after loading, M events/s and core", PERCENTILE_LIMIT,
            rates.get(Tables.PERCENTILE), true));
        return goals;
    }

    /** Of what {@link LargeReading} has measured. */
    static List<Goal> ofLarge(final Map<String, Median> seconds) {
        return List.of(new Goal(LargeReading.RANGE, RANGE_LIMIT, seconds.get(LargeReading.RANGE)));
    }

    /** Of what {@link BesideJfr} has measured. */
    static List<Goal> besideJfr(final Map<String, Median> medians) {
        return List.of(new Goal(BesideJfr.RATIO + ", times", JFR_LIMIT, medians.get(BesideJfr.RATIO), true),
            new Goal(BesideJfr.TYPED_RATIO + ", times", JFR_LIMIT, medians.get(BesideJfr.TYPED_RATIO), true));
    }

    /** Whether one of the figures of {@link Pairs} has a goal. */
    static boolean isJudged(final String name) {
        return (name.startsWith("disabled") || name.startsWith(PairsProgram.REFUSED)
            || name.startsWith("two")) && !name.endsWith(PairsProgram.ALL);
    }

    /** The goals for what {@link Pairs} has measured. */
    static List<Goal> of(final Map<String, Median> pairs, final String clock) {
        final List<Goal> goals = new ArrayList<>();
        pairs.forEach((name, median) -> {
            if (!isJudged(name)) {
                return;
            }
            if (name.startsWith("disabled")) {
                goals.add(new Goal(name + " over the empty loop, ns", DISABLED_LIMIT, median));
            } else if (name.startsWith(PairsProgram.REFUSED)) {
                goals.add(new Goal(name + " over a disabled tracepoint, ns", REFUSED_LIMIT, median));
            } else if (name.endsWith(Pairs.OVER)) {
                goals.add(new Goal(name + ", ns", OVERWRITING_LIMIT, median));
            } else {
                final double limit = name.endsWith(PairsProgram.BY_BPF) ? BPF_LIMIT
                    : "tsc".equals(clock) ? TSC_LIMIT : NANO_LIMIT;
                goals.add("sampled".equals(clock)
                    ? new Goal(name + " with the clock sampled, all in, ns", SAMPLED_LIMIT, median)
                    : new Goal(name + " over the clock " + clock + ", ns", limit, median));
            }
        });
        return goals;
    }

    /** The goals for JMH's results: how much the hot path allocates. */
    static List<Goal> of(final Rounds results) {
        final List<Goal> goals = new ArrayList<>();
        for (final String name : ALLOCATING) {
            if (results.has(name)) {
                final double bytes = results.allocation(name);
                goals.add(new Goal(name + " allocates, B", ALLOCATION_LIMIT,
                    new Median(bytes, bytes, bytes, 1)));
            }
        }
        return goals;
    }
}
