// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.Seed;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** Writes a trace of some rings, each with a thread of its own, in which tests ask questions. */
public final class QuestionTrace implements AutoCloseable {
    private static final int PACKET_EVENTS = 500;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path directory;
    private final TraceWriter writer;
    private final Map<Integer, PacketBuilder> rings = new HashMap<>();
    private final TargetInfo target = TestTraces.target();

    /** A trace of events of these schemas. */
    public QuestionTrace(final Path directory, final EventSchema... schemas) {
        this.directory = directory;
        writer = TraceWriter.create(directory, TestTraces.INFO);
        writer.addTarget(target);
        writer.schema(0, TestTraces.log(schemas));
        writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
    }

    static Random random(final String test) {
        final long seed = Seed.draw(test);
        return new Random(seed);
    }

    /** An event of a ring; its thread is "worker-RING", with id 1000 and more. */
    public QuestionTrace event(final int ring, final long ns, final EventSchema schema, final Object... values) {
        final PacketBuilder packets = rings.computeIfAbsent(ring, key -> {
            writer.thread(0, new ThreadInfo(ring, StreamClass.PLATFORM, 1, 1000 + ring, 20L + ring, "worker-" + ring,
                0, 0, 0, 0));
            return new PacketBuilder(target.id(), ring);
        });
        packets.event(schema, ns, 0, values);
        if (packets.count() == PACKET_EVENTS) {
            packets.append(writer, 0);
        }
        return this;
    }

    /** The packets of a ring. */
    PacketBuilder packets(final int ring) {
        return rings.get(ring);
    }

    TraceWriter writer() {
        return writer;
    }

    /** Stores what is not stored yet, and opens the trace. */
    public TraceEvents read() {
        close();
        return TraceReader.open(directory).events();
    }

    /** The whole report with the answers, as the command prints it. */
    static JsonNode json(final Answers answers) throws Exception {
        final StringWriter out = new StringWriter();
        answers.report().writeJson(out, answers.toJson());
        return MAPPER.readTree(out.toString());
    }

    @Override
    public void close() {
        rings.values().stream().filter(packets -> packets.count() > 0).forEach(packets -> packets.append(writer, 0));
        rings.clear();
        writer.close();
    }
}
