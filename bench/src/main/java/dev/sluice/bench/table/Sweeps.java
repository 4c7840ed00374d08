// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.turn.ForkedLoop;
import dev.sluice.bench.ways.BatchPath;
import dev.sluice.bench.ways.SizedPath;
import dev.sluice.bench.ways.SizedTrapPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** All sweeps that there are. For one thread. */
final class Sweeps {
    /** Names that figures and pages refer to. */
    static final String BATCH = "batch";
    static final String BATCHES = "batches";
    static final String TRAP_OPTIMISED = "batch-trap-opt";
    static final String TRAP_NOP1 = "batch-trap-nop1";
    static final String PAYLOAD = "payload";

    private static final String NONE = "none";
    private static final String ALL = "all";
    private static final int GREATEST_BATCH = 4096;
    private static final int GREATEST_CHUNK = 65_536;
    private static final int MOST_LONGS = 8;
    private static final List<Integer> TEXTS = List.of(8, 32, 128, 512);
    private static final int HEADER = 8;

    private final List<String> clockFlags;

    private Sweeps(final List<String> clockFlags) {
        this.clockFlags = List.copyOf(clockFlags);
    }

    /**
     * Those that were chosen.
     *
     * @param names      with commas between; {@code all} or {@code none}
     * @param clockFlags of the measured JVMs
     * @throws IllegalArgumentException if there is no such sweep; the message says which there are
     */
    static List<Sweep> of(final String names, final List<String> clockFlags) {
        final Sweeps sweeps = new Sweeps(clockFlags);
        final List<Sweep> all = List.of(sweeps.batch(), sweeps.payload());
        if (names.equals(NONE)) {
            return List.of();
        }
        final List<String> wanted = Arrays.stream(names.split(",")).map(String::strip).toList();
        for (final String name : wanted) {
            if (!name.equals(ALL) && all.stream().noneMatch(sweep -> sweep.name().equals(name))) {
                throw new IllegalArgumentException("--sweep: there is no sweep '" + name + "'; there are "
                    + String.join(", ", all.stream().map(Sweep::name).toList()) + ", all and none");
            }
        }
        return all.stream().filter(sweep -> wanted.contains(ALL) || wanted.contains(sweep.name())).toList();
    }

    private Sweep batch() {
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
                loop(BatchPath.class, Integer.toString(events), flags))));
        }
        points.add(trap(TRAP_NOP1, "one trap an event, int3, stored", "nop1", bpf));
        points.add(trap(TRAP_OPTIMISED, "one trap an event, optimised, stored", "nop5",
            Requirements.all(bpf, Requirements.optimisedProbes())));
        return new Sweep(BATCH, "events of three longs and a time stamp, " + BatchPath.LENGTH + " bytes",
            "events per batch", points);
    }

    private Sweep.Point trap(final String name, final String what, final String site, final String missing) {
        return new Sweep.Point(name, 0, new Contestant(name, what, false, missing,
            loop(SizedTrapPath.class, "", "-Dsluice.usdt.site=" + site)));
    }

    private Sweep payload() {
        final List<Sweep.Point> points = new ArrayList<>();
        final String bpf = Requirements.bpf();
        for (int longs = 0; longs <= MOST_LONGS; longs++) {
            points.add(new Sweep.Point("longs", HEADER + longs * Long.BYTES, new Contestant("payload-" + longs,
                longs + (longs == 1 ? " long" : " longs") + ", batches drained by the owner, received", false, bpf,
                loop(SizedPath.class, "longs-" + longs))));
        }
        for (final int length : TEXTS) {
            points.add(new Sweep.Point("text", HEADER + Short.BYTES + length, new Contestant("payload-text-" + length,
                "a text of " + length + " characters, the same way", false, bpf,
                loop(SizedPath.class, "text-" + length))));
        }
        return new Sweep(PAYLOAD, "events of 0 to " + MOST_LONGS + " longs, or a text, and a time stamp",
            "bytes per event", points);
    }

    private ForkedLoop loop(final Class<? extends FirePath> path, final String argument,
                            final String... flags) {
        return new ForkedLoop(path, argument, Stream.concat(clockFlags.stream(), Stream.of(flags)).toList());
    }
}
