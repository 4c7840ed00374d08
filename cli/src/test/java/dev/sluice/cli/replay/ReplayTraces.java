// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.write.TraceWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Traces for tests of replays: events at a steady rate, event i in ring i modulo their number. */
final class ReplayTraces {
    private ReplayTraces() {
    }

    /**
     * Writes one.
     *
     * @param stepNs    from one event to the next
     * @param discarded so many events of the first ring are missing at its end
     */
    static void write(final Path trace, final int rings, final int events, final long stepNs, final long discarded) {
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writeEvents(writer, rings, events, stepNs);
            final List<RingAccount> accounts = IntStream.range(0, rings)
                .mapToObj(ring -> new RingAccount(StreamKey.ofRing(ring), events / rings, ring == 0 ? discarded : 0, 0,
                    0, 1, 1, 0))
                .toList();
            writer.end(0, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS, accounts, Map.of()));
        }
    }

    /** Writes a trace as far as a recorder gets that is killed then. */
    static void writeEvents(final TraceWriter writer, final int rings, final int events, final long stepNs) {
        final TargetInfo target = TestTraces.target();
        writer.addTarget(target);
        writer.schema(0, TestTraces.log(TestTraces.PAIR));
        writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
        for (int ring = 0; ring < rings; ring++) {
            final PacketBuilder packets = new PacketBuilder(target.id(), ring);
            for (int i = ring; i < events; i += rings) {
                packets.event(TestTraces.PAIR, i * stepNs, 0, (long) i, (long) -i);
            }
            packets.append(writer, 0);
        }
    }
}
