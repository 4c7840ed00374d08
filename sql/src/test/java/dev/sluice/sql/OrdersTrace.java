// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.write.TraceWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The trace of docs/sql.md: orders that are placed by one thread and filled by another. */
public final class OrdersTrace {
    private static final EventSchema PLACED = new EventSchema(1, "orders", "placed", List.of(
        new FieldSchema("id", FieldType.INT64), new FieldSchema("price", FieldType.FLOAT64),
        new FieldSchema("side", FieldType.ENUM8, List.of("BUY", "SELL")), new FieldSchema("symbol", FieldType.STRING)));
    private static final EventSchema FILLED = new EventSchema(2, "orders", "filled", List.of(
        new FieldSchema("id", FieldType.INT64), new FieldSchema("fee", FieldType.UINT32)));
    private static final List<String> SYMBOLS = List.of("ACME", "GLOBEX", "INITECH");
    private static final int ORDERS = 1_000;
    private static final int PERIOD_NS = 100_000;
    private static final int BATCH = 100;

    private OrdersTrace() {
    }

    /** Writes it. */
    public static void write(final Path directory) {
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(PLACED, FILLED));
            writer.clock(0, new ClockTriple(0, 1_000_000, TestTraces.BEGIN_NS));
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 1, 4711, 30, "gateway"));
            writer.thread(0, new ThreadInfo(1, StreamClass.PLATFORM, 1, 4712, 31, "matching"));
            final PacketBuilder gateway = new PacketBuilder(target.id(), 0);
            final PacketBuilder matching = new PacketBuilder(target.id(), 1);
            for (int id = 0; id < ORDERS; id++) {
                final long ticks = (long) id * PERIOD_NS;
                gateway.event(PLACED, ticks, 0, (long) id, 100 + id * 37 % 900 / 100.0, (long) (id % 2),
                    SYMBOLS.get(id % SYMBOLS.size()));
                // One order in 250 takes long.
                final long latency = 5_000 + id * 7919L % 10_000 + (id % 250 == 123 ? 60_000 : 0);
                matching.event(FILLED, ticks + latency, 0, (long) id, (long) (id * 13 % 50));
                if (id % BATCH == BATCH - 1) {
                    gateway.append(writer, 0);
                    matching.append(writer, 0);
                }
            }
            writer.end(0, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS, List.of(
                new RingAccount(StreamKey.ofRing(0), ORDERS, 0, 0, 0, ORDERS / BATCH, ORDERS / BATCH, 0),
                new RingAccount(StreamKey.ofRing(1), ORDERS, 0, 0, 0, ORDERS / BATCH, ORDERS / BATCH, 0)), Map.of()));
        }
    }
}
