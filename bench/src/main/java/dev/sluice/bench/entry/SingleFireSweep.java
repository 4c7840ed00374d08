// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.openloop.SingleFires;
import dev.sluice.bench.turn.Contestant;
import java.util.ArrayList;
import java.util.List;

/** How long a single fire takes, from the moment at which it is due, by many ways of the table. */
public final class SingleFireSweep {
    /** Its name, which tables and pages refer to. */
    public static final String NAME = "latency";

    private static final long PER_SECOND = 100_000;
    private static final String PREFIX = "latency-";
    private static final List<String> WAYS = List.of(Catalogue.NOTHING, Catalogue.OWNER, "drain-thread",
        Catalogue.OWNER_STORED, Catalogue.TRAP_OPTIMISED, Catalogue.TRAP_NOP1, Catalogue.JFR, Catalogue.LTTNG_JAVA,
        "chronicle", "agrona", "disruptor", "log4j");

    private SingleFireSweep() {
    }

    static Sweep of(final Forks forks) {
        final List<Sweep.Point> points = new ArrayList<>();
        final Forks singly =
            forks.measuring((path, argument, flags) -> SingleFires.runner(PER_SECOND, path, argument, flags));
        Catalogue.of(singly).stream().filter(one -> WAYS.contains(one.name())).forEach(one ->
            points.add(new Sweep.Point(one.name(), 0, new Contestant(PREFIX + one.name(), one.what(), one.isRival(),
                one.missing(), one.runner()), PREFIX + Catalogue.NOTHING)));
        return new Sweep(NAME, "single events, " + PER_SECOND + " a second, each timed from the moment at which it is"
            + " due to its end", "ns", points);
    }
}
