// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.PacketHeaderEncoder;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.write.TraceWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;

/**
 * A trace of any size to be read: events of two longs, 24 bytes with their time, of some threads that take turns of 40
 * events. The events of all threads together follow each other at equal distances. Packets are as a target with chunks
 * of 64 KiB makes them. For one thread.
 */
final class GeneratedTrace {
    private static final EventSchema PAIR = new EventSchema(1, "bench", "pair",
        List.of(new FieldSchema("a", FieldType.INT64), new FieldSchema("b", FieldType.INT64)));
    private static final int EVENT_LENGTH = 24;
    private static final int CONTENT_LENGTH = 65_520;
    private static final int EVENTS_OF_PACKET = CONTENT_LENGTH / EVENT_LENGTH;
    private static final int TURN = 40;
    private static final long MIX = 0xFF51_AFD7_ED55_8CCDL;
    private static final long FIRST_TICKS = 1_000_000;
    private static final long NS_PER_MS = 1_000_000;

    private final TargetId target = TargetId.random();
    private final ByteBuffer memory =
        BufferUtil.allocateDirectAligned(PacketHeaderDescriptor.LENGTH + CONTENT_LENGTH, Long.BYTES);
    private final long address = BufferUtil.address(memory);
    private final PacketHeaderEncoder header = new PacketHeaderEncoder();
    private final int rings;
    private final int nsOfEvent;

    private GeneratedTrace(final int rings, final int nsOfEvent) {
        this.rings = rings;
        this.nsOfEvent = nsOfEvent;
    }

    /**
     * Writes a trace.
     *
     * @param directory new
     * @param rings     threads
     * @param packets   of each thread
     * @param nsOfEvent from each event to the next one of any thread
     * @return number of events
     */
    static long write(final Path directory, final int rings, final int packets, final int nsOfEvent) {
        final GeneratedTrace trace = new GeneratedTrace(rings, nsOfEvent);
        final long wallNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        try (TraceWriter writer = TraceWriter.create(directory, new TraceInfo(wallNs, "bench", "sluice bench"))) {
            writer.addTarget(new TargetInfo(trace.target, 42, 1, new UUID(1, 2), 1, TimeUnit.SECONDS.toNanos(1), 1, 0,
                "generated", ""));
            writer.schema(0, SchemaCodec.encode(PAIR));
            writer.clock(0, new ClockTriple(FIRST_TICKS, FIRST_TICKS, wallNs));
            for (int ring = 0; ring < rings; ring++) {
                writer.thread(0, new ThreadInfo(ring, StreamClass.PLATFORM, 1, 1_000 + ring, 20 + ring,
                    "worker-" + ring, 0, 0, 0, 0));
            }
            for (int packet = 0; packet < packets; packet++) {
                for (int ring = 0; ring < rings; ring++) {
                    writer.packet(0, trace.fill(ring, packet), PacketHeaderDescriptor.LENGTH
                        + EVENTS_OF_PACKET * EVENT_LENGTH);
                }
            }
            final long ticks = trace.ticks(rings - 1, (long) packets * EVENTS_OF_PACKET);
            writer.clock(0, new ClockTriple(ticks + NS_PER_MS, ticks + NS_PER_MS,
                wallNs + ticks + NS_PER_MS - FIRST_TICKS));
            writer.end(0, new EndInfo(EndKind.DETACHED, true, wallNs, accounts(rings, packets), Map.of()));
        }
        return (long) rings * packets * EVENTS_OF_PACKET;
    }

    private static List<RingAccount> accounts(final int rings, final int packets) {
        final List<RingAccount> accounts = new ArrayList<>();
        for (int ring = 0; ring < rings; ring++) {
            accounts.add(new RingAccount(StreamKey.ofRing(ring), (long) packets * EVENTS_OF_PACKET, 0, 0, 0, packets,
                packets, 0));
        }
        return accounts;
    }

    /** Bytes of a trace's packets of one thread, for each of its packets. */
    static long packetBytes() {
        return PacketHeaderDescriptor.LENGTH + CONTENT_LENGTH;
    }

    /** Threads take turns: each fires some events, then the next one does. */
    private long ticks(final int ring, final long event) {
        final long turn = event / TURN * rings + ring;
        return FIRST_TICKS + (turn * TURN + event % TURN) * nsOfEvent;
    }

    private long fill(final int ring, final int packet) {
        final long first = (long) packet * EVENTS_OF_PACKET;
        long at = address + PacketHeaderDescriptor.LENGTH;
        for (int i = 0; i < EVENTS_OF_PACKET; i++) {
            final long ticks = ticks(ring, first + i);
            Memory.putLong(at, EventDescriptor.header(ticks, PAIR.id()));
            Memory.putLong(at + 8, first + i);
            Memory.putLong(at + 16, scattered(ticks));
            at += EVENT_LENGTH;
        }
        final long contentLength = at - address - PacketHeaderDescriptor.LENGTH;
        header.begin(address).target(target).streamClass(StreamClass.PLATFORM).ring(ring).tid(1_000 + ring)
            .javaThreadId(20L + ring).generation(1).epoch(1).sequence(packet + 1L)
            .ticks(ticks(ring, first), ticks(ring, first + EVENTS_OF_PACKET - 1))
            .content(EVENTS_OF_PACKET, contentLength, contentLength)
            .place(first * EVENT_LENGTH, first).eventsDiscarded(0).overwritten(0);
        return address;
    }

    /** A number below 2^20 that looks like a random one, so that nothing can be said of it in fewer bits. */
    private static long scattered(final long ticks) {
        final long mixed = (ticks ^ ticks >>> 33) * MIX;
        return (mixed ^ mixed >>> 33) * MIX >>> 44;
    }
}
