// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.ways.BatchPath;
import dev.sluice.bench.ways.SizedTrapPath;
import java.util.ArrayList;
import java.util.List;

/** How many events share a trap, and one trap for each beside them. */
public final class BatchSweep {
    /** Names that figures and pages refer to. */
    public static final String NAME = "batch";
    public static final String BATCHES = "batches";
    public static final String TRAP_OPTIMISED = "batch-trap-opt";
    public static final String TRAP_NOP1 = "batch-trap-nop1";

    private static final int GREATEST_BATCH = 4096;
    private static final int GREATEST_CHUNK = 65_536;

    private BatchSweep() {
    }

    static Sweep of(final Forks forks) {
        final List<Sweep.Point> points = new ArrayList<>();
        final String bpf = Requirements.bpf();
        for (int events = 1; events <= GREATEST_BATCH; events *= 2) {
            final int bytes = events * BatchPath.LENGTH;
            final String missing = bytes > GREATEST_CHUNK ? "a batch is one chunk, of " + GREATEST_CHUNK
                + " bytes at most: " + GREATEST_CHUNK / BatchPath.LENGTH + " such events" : bpf;
            final String[] flags = events < BatchPath.LEAST_BY_CHUNK ? new String[0]
                : new String[] {"-Dsluice.chunk.length=" + bytes / 1024 + "k"};
            points.add(new Sweep.Point(BATCHES, events, new Contestant("batch-" + events, events
                + (events == 1 ? " event" : " events") + " a trap, drained by the owner, received", false, missing,
                forks.loop(BatchPath.class, Integer.toString(events), flags))));
        }
        points.add(trap(forks, TRAP_NOP1, "one trap an event, int3, stored", "nop1", bpf));
        points.add(trap(forks, TRAP_OPTIMISED, "one trap an event, optimised, stored", "nop5",
            Requirements.all(bpf, Requirements.optimisedProbes())));
        return new Sweep(NAME, "events of three longs and a time stamp, " + BatchPath.LENGTH + " bytes",
            "events per batch", points);
    }

    private static Sweep.Point trap(final Forks forks, final String name, final String what, final String site,
                                    final String missing) {
        return new Sweep.Point(name, 0, new Contestant(name, what, false, missing,
            forks.loop(SizedTrapPath.class, "", "-Dsluice.usdt.site=" + site)));
    }
}
