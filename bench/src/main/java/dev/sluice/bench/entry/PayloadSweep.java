// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.ways.SizedPath;
import java.util.ArrayList;
import java.util.List;

/** How long an event is. */
final class PayloadSweep {
    private static final int MOST_LONGS = 8;
    private static final List<Integer> TEXTS = List.of(8, 32, 128, 512);
    private static final int HEADER = 8;

    private PayloadSweep() {
    }

    static Sweep of(final Forks forks) {
        final List<Sweep.Point> points = new ArrayList<>();
        final String bpf = Requirements.bpf();
        for (int longs = 0; longs <= MOST_LONGS; longs++) {
            points.add(new Sweep.Point("longs", HEADER + longs * Long.BYTES, new Contestant("payload-" + longs,
                longs + (longs == 1 ? " long" : " longs") + ", batches drained by the owner, received", false, bpf,
                forks.loop(SizedPath.class, "longs-" + longs))));
        }
        for (final int length : TEXTS) {
            points.add(new Sweep.Point("text", HEADER + Short.BYTES + length, new Contestant("payload-text-" + length,
                "a text of " + length + " characters, the same way", false, bpf,
                forks.loop(SizedPath.class, "text-" + length))));
        }
        return new Sweep("payload", "events of 0 to " + MOST_LONGS + " longs, or a text, and a time stamp",
            "bytes per event", points);
    }
}
