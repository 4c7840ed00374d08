// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.openloop.OfferedRate;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.ways.AccountedPath;
import dev.sluice.ring.control.FullPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How many events a second are offered, and what of them is stored under each policy. */
public final class RateSweep {
    /** Its name, which tables and pages refer to. */
    public static final String NAME = "rate";

    private static final List<Long> PER_SECOND = List.of(1_000L, 10_000L, 100_000L, 1_000_000L, 5_000_000L,
        10_000_000L, 20_000_000L, 40_000_000L, OfferedRate.FULL);

    private RateSweep() {
    }

    static Sweep of(final Forks forks) {
        final List<Sweep.Point> points = new ArrayList<>();
        final boolean isBpf = Requirements.bpf().isEmpty();
        for (final FullPolicy policy : FullPolicy.values()) {
            final String name = policy.name().toLowerCase(Locale.ROOT);
            for (final long perSecond : PER_SECOND) {
                final boolean isFull = perSecond == OfferedRate.FULL;
                final String what = name + ", " + (isFull ? "as fast as the thread can"
                    : String.format(Locale.ROOT, "%,d a second", perSecond));
                points.add(new Sweep.Point(name, perSecond, new Contestant("rate-" + name + "-"
                    + (isFull ? "full" : Long.toString(perSecond)), what, false, "",
                    forks.rate(perSecond, AccountedPath.class, (isBpf ? "BATCH " : "SHARED ") + policy))));
            }
        }
        return new Sweep(NAME, "events of two longs and a time stamp, offered by one thread at a rate whether or not"
            + " the one before is done, and recorded by another process, "
            + (isBpf ? "in batches drained by their owner" : "through shared memory"), "offered a second", points);
    }
}
