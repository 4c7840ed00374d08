// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.TraceInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** What the tests' traces have in common. */
public final class TestTraces {
    /** Two longs. */
    public static final EventSchema PAIR = new EventSchema(1, "bench", "pair",
        List.of(new FieldSchema("a", FieldType.INT64), new FieldSchema("b", FieldType.INT64)));
    /** CLOCK_REALTIME where {@link #INFO} begins: 2026-01-02T03:04:05Z. */
    public static final long BEGIN_NS = 1_767_323_045_000_000_000L;
    public static final TraceInfo INFO = new TraceInfo(BEGIN_NS, "test", "sluice record -p 42");

    private TestTraces() {
    }

    /** A target whose clock is nanoTime. */
    public static TargetInfo target() {
        return target(1_000_000_000L);
    }

    /** A target of some clock. */
    public static TargetInfo target(final long frequencyHz) {
        return new TargetInfo(TargetId.random(), 42, 4711, new UUID(1, 2), 1, frequencyHz, 1, 1000, "java Ünter x",
            "17.0.19+10");
    }

    /** A schema log of these events. */
    public static byte[] log(final EventSchema... schemas) {
        final ByteArrayOutputStream log = new ByteArrayOutputStream();
        for (final EventSchema schema : schemas) {
            log.writeBytes(SchemaCodec.encode(schema));
        }
        return log.toByteArray();
    }

    /** Makes a trace's files longer than its disk has room for, by holes. */
    public static void enlarge(final Path trace) throws IOException {
        final long length = Files.getFileStore(trace).getUsableSpace() + (1L << 30);
        try (Stream<Path> entries = Files.walk(trace)) {
            for (final Path file : entries.filter(entry -> entry.toString().endsWith(".cq4")).toList()) {
                try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
                    opened.setLength(length);
                }
            }
        }
    }
}
