// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What an event may cost at most, as docs/costs.md lists it, and what came of it. */
final class Goals {
    private static final double TSC_LIMIT = 1.0;
    private static final double NANO_LIMIT = 2.5;
    private static final double BPF_LIMIT = 3.5;
    private static final double DISABLED_LIMIT = 0.5;
    /** JMH's own harness allocates now and then, which it spreads over all calls. */
    private static final double ALLOCATION_LIMIT = 0.01;
    private static final List<String> ALLOCATING = List.of("two", "twoTyped", "text16", "text16Typed");

    private Goals() {
    }

    /** One of them. */
    record Goal(String name, double limit, Rounds.Median measured) {
        boolean isMet() {
            return measured.value() <= limit;
        }
    }

    /** Whether one of the figures of {@link Pairs} has a goal. */
    static boolean isJudged(final String name) {
        return (name.startsWith("disabled") || name.startsWith("two")) && !name.endsWith(PairsProgram.ALL);
    }

    /** Of what {@link Pairs} has measured. */
    static List<Goal> of(final Map<String, Rounds.Median> pairs, final String clock) {
        final List<Goal> goals = new ArrayList<>();
        pairs.forEach((name, median) -> {
            if (!isJudged(name)) {
                return;
            }
            if (name.startsWith("disabled")) {
                goals.add(new Goal(name + " over the empty loop, ns", DISABLED_LIMIT, median));
            } else {
                goals.add(new Goal(name + " over the clock " + clock + ", ns", name.endsWith(PairsProgram.BY_BPF)
                    ? BPF_LIMIT : "tsc".equals(clock) ? TSC_LIMIT : NANO_LIMIT, median));
            }
        });
        return goals;
    }

    /** Of JMH's results: what the hot path allocates. */
    static List<Goal> of(final Rounds results) {
        final List<Goal> goals = new ArrayList<>();
        for (final String name : ALLOCATING) {
            if (results.has(name)) {
                final double bytes = results.allocation(name);
                goals.add(new Goal(name + " allocates, B", ALLOCATION_LIMIT,
                    new Rounds.Median(bytes, bytes, bytes, 1)));
            }
        }
        return goals;
    }
}
