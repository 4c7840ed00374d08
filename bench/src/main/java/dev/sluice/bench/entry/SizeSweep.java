// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.ways.AccountedPath;
import dev.sluice.bench.ways.ReceivedPath;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.region.SlotDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * How long a chunk is, in rings of one length, and how long a ring is, of chunks of one length: what an event costs,
 * how often it traps, and what is not stored where nobody waits for room.
 */
public final class SizeSweep {
    /** Names that tables and pages refer to. */
    public static final String CHUNK = "chunk";
    public static final String RING = "ring";
    /** Those in which events may be refused. */
    public static final Set<String> NAMES = Set.of(CHUNK, RING);

    private static final String RECEIVED = "block, drained by the owner, received";
    private static final String STORED = "discard, drained by the owner, stored by another process";
    private static final List<Integer> CHUNKS_KIB = List.of(4, 8, 16, 32, 64);
    private static final int LONGEST_CHUNK_KIB = 64;
    private static final int SHORTEST_RING_KIB = LONGEST_CHUNK_KIB * SlotDescriptor.MIN_CHUNKS;
    private static final List<Integer> RINGS_KIB = List.of(SHORTEST_RING_KIB, 1024, 4096, 16_384, 32_768);

    private SizeSweep() {
    }

    static Sweep ofChunk(final Forks forks) {
        final List<Sweep.Point> points = new ArrayList<>();
        CHUNKS_KIB.forEach(kib -> points.add(received(forks, CHUNK, kib, kib, SHORTEST_RING_KIB)));
        CHUNKS_KIB.forEach(kib -> points.add(stored(forks, CHUNK, kib, kib, SHORTEST_RING_KIB)));
        return new Sweep(CHUNK, "events of two longs and a time stamp into rings of " + SHORTEST_RING_KIB
            + " KiB; a batch is a chunk", "KiB of a chunk", points);
    }

    static Sweep ofRing(final Forks forks) {
        final List<Sweep.Point> points = new ArrayList<>();
        RINGS_KIB.forEach(kib -> points.add(received(forks, RING, kib, LONGEST_CHUNK_KIB, kib)));
        RINGS_KIB.forEach(kib -> points.add(stored(forks, RING, kib, LONGEST_CHUNK_KIB, kib)));
        return new Sweep(RING, "events of two longs and a time stamp into rings of chunks of " + LONGEST_CHUNK_KIB
            + " KiB", "KiB of a ring", points);
    }

    private static Sweep.Point received(final Forks forks, final String sweep, final int x, final int chunkKib,
                                        final int ringKib) {
        return new Sweep.Point(RECEIVED, x, new Contestant(sweep + "-" + x + "k", "a " + sweep + " of " + x + " KiB, "
            + RECEIVED, false, Requirements.bpf(), forks.loop(ReceivedPath.class, "", flags(chunkKib, ringKib))
            .losingNone()));
    }

    private static Sweep.Point stored(final Forks forks, final String sweep, final int x, final int chunkKib,
                                      final int ringKib) {
        return new Sweep.Point(STORED, x, new Contestant(sweep + "-discard-" + x + "k", "a " + sweep + " of " + x
            + " KiB, " + STORED, false, Requirements.bpf(), forks.loop(AccountedPath.class, "BATCH "
            + FullPolicy.DISCARD, flags(chunkKib, ringKib))));
    }

    private static String[] flags(final int chunkKib, final int ringKib) {
        return new String[] {"-Dsluice.chunk.length=" + chunkKib + "k", "-Dsluice.ring.chunks=" + ringKib / chunkKib};
    }
}
