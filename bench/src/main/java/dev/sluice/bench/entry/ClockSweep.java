// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.ways.ClockPath;
import dev.sluice.bench.ways.ReceivedPath;
import dev.sluice.bench.ways.RingPath;
import java.util.ArrayList;
import java.util.List;

/** Which clock gives events their time. A JVM has one, so each has JVMs of its own, whatever clock the run has. */
public final class ClockSweep {
    /** Its name, which tables and pages refer to. */
    public static final String NAME = "clock";
    private static final String NANO = "nano";
    private static final String TSC = "tsc";
    private static final List<String> CLOCKS = List.of(TSC, NANO, "sampled", "coarse");
    private static final String BARE = "a bare reading";
    private static final String INTO_RING = "into the ring, nothing drained";
    private static final String RECEIVED = "batches drained by the owner, received";

    private final List<Sweep.Point> points = new ArrayList<>();

    private ClockSweep() {
    }

    static Sweep of(final Forks forks) {
        final ClockSweep sweep = new ClockSweep();
        for (final String clock : CLOCKS) {
            final String missing = TSC.equals(clock) ? Requirements.tsc() : "";
            final Forks ofClock = new Forks(List.of("-Dsluice.clock=" + clock), forks.kind());
            if (TSC.equals(clock) || NANO.equals(clock)) {
                sweep.add(BARE, "clock-bare-", clock, missing, ofClock.loop(ClockPath.class, clock));
            }
            sweep.add(INTO_RING, "clock-ring-", clock, missing, ofClock.loop(RingPath.class, ""));
            sweep.add(RECEIVED, "clock-owner-", clock, Requirements.all(missing, Requirements.bpf()),
                ofClock.loop(ReceivedPath.class, ""));
        }
        return new Sweep(NAME, "events of two longs and a time stamp by each clock: tsc, the processor's counter; nano,"
            + " System.nanoTime; sampled, one event in 16 reads the better of these; coarse, a thread ticks each ms",
            "clock", sweep.points);
    }

    private void add(final String series, final String name, final String clock, final String missing,
                     final Contestant.Runner runner) {
        points.add(new Sweep.Point(series, 0, new Contestant(name + clock, clock + ", " + series, false, missing,
            runner)));
    }
}
