// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.rivals.AgronaPath;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.ways.NothingPath;
import dev.sluice.bench.ways.ThreadsPath;
import dev.sluice.bench.ways.TrapPath;
import java.util.ArrayList;
import java.util.List;

/** How many threads report events at once: on one tracepoint, on one each, by traps, and into one queue. */
public final class ThreadSweep {
    /** Its name, which tables and pages refer to. */
    public static final String NAME = "threads";

    private static final String BASE = "threads-nothing-";
    private static final List<Integer> THREADS = List.of(1, 2, 4, 8);

    private final List<Sweep.Point> points = new ArrayList<>();
    private final Forks forks;

    private ThreadSweep(final Forks forks) {
        this.forks = forks;
    }

    static Sweep of(final Forks forks) {
        final ThreadSweep sweep = new ThreadSweep(forks);
        final String bpf = Requirements.bpf();
        for (final int threads : THREADS) {
            sweep.add("no tracing", BASE, threads, "", NothingPath.class, "");
        }
        for (final int threads : THREADS) {
            sweep.add("one tracepoint, batches drained by their owners", "threads-", threads, bpf, ThreadsPath.class,
                "1");
        }
        for (final int threads : THREADS) {
            sweep.add("a tracepoint each, drained the same way", "threads-each-", threads, bpf, ThreadsPath.class,
                Integer.toString(threads));
        }
        for (final int threads : THREADS) {
            sweep.add("one optimised trap an event, stored", "threads-trap-", threads,
                Requirements.all(bpf, Requirements.optimisedProbes()), TrapPath.class, "store",
                "-Dsluice.usdt.site=nop5");
        }
        for (final int threads : THREADS) {
            sweep.add("Agrona's ring of many producers, consumed", "threads-agrona-", threads, "", AgronaPath.class,
                "");
        }
        return new Sweep(NAME, "events of two longs and a time stamp, by several threads at once; ns is how long a"
            + " thread takes for one of its own events, all that it waits for a processor included", "threads",
            sweep.points);
    }

    private void add(final String series, final String name, final int threads, final String missing,
                     final Class<? extends FirePath> path, final String argument, final String... flags) {
        points.add(new Sweep.Point(series, threads, new Contestant(name + threads, threads
            + (threads == 1 ? " thread, " : " threads, ") + series, path.equals(AgronaPath.class), missing,
            forks.threads(threads, path, argument, flags)), BASE + threads));
    }
}
