// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.Seed;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes a trace of events that begin and end things, in rings whose threads are called worker-RING. */
final class PairTrace {
    static final EventSchema QUERY_BEGIN = schema(1, "query_begin");
    static final EventSchema QUERY_END = schema(2, "query_end");
    static final EventSchema PARSE_BEGIN = schema(3, "parse_begin");
    static final EventSchema PARSE_END = schema(4, "parse_end");
    static final EventSchema TICK = schema(5, "tick");
    static final List<EventSchema> ALL = List.of(QUERY_BEGIN, QUERY_END, PARSE_BEGIN, PARSE_END, TICK);

    private final Path directory;
    private final TraceWriter writer;
    private final TargetInfo target = TestTraces.target();
    private final Map<Integer, PacketBuilder> rings = new HashMap<>();

    PairTrace(final Path directory) {
        this.directory = directory;
        writer = TraceWriter.create(directory, TestTraces.INFO);
        writer.addTarget(target);
        writer.schema(0, TestTraces.log(ALL.toArray(EventSchema[]::new)));
        writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
    }

    private static EventSchema schema(final int id, final String name) {
        return new EventSchema(id, "db", name, List.of(new FieldSchema("id", FieldType.UINT8)));
    }

    /** An event of a platform thread, or of a virtual one in a ring of carriers. */
    PairTrace event(final int ring, final long ns, final long virtual, final EventSchema schema, final int id) {
        ring(ring, virtual != 0).event(schema, ns, virtual, id);
        return this;
    }

    private PacketBuilder ring(final int ring, final boolean isCarrier) {
        return rings.computeIfAbsent(ring, key -> {
            final StreamClass kind = isCarrier ? StreamClass.CARRIER : StreamClass.PLATFORM;
            writer.thread(0, new ThreadInfo(ring, kind, 1, 1000 + ring, 20L + ring, "worker-" + ring));
            return new PacketBuilder(target.id(), ring, kind);
        });
    }

    /** So many events are missing before the ring's next one. */
    PairTrace lose(final int ring, final int events) {
        final PacketBuilder packets = rings.get(ring);
        if (packets.count() > 0) {
            packets.append(writer, 0);
        }
        packets.skip(1, events, 32 * events);
        return this;
    }

    TraceEvents read() {
        rings.values().stream().filter(packets -> packets.count() > 0).forEach(packets -> packets.append(writer, 0));
        writer.close();
        return TraceReader.open(directory).events();
    }

    /** Events of four threads in any order, some of them lost; the seed is printed. */
    static TraceEvents random(final Path directory, final int events) {
        final long seed = Seed.draw("PairTrace");
        final Random random = new Random(seed);
        final PairTrace trace = new PairTrace(directory);
        for (int i = 0; i < events; i++) {
            final int ring = random.nextInt(4);
            trace.event(ring, 1_000 + 10L * i, ring == 3 ? 70 + random.nextInt(3) : 0,
                ALL.get(random.nextInt(ALL.size())), random.nextInt(100));
            if (random.nextInt(200) == 0) {
                trace.lose(ring, 1 + random.nextInt(5));
            }
        }
        return trace.read();
    }
}
