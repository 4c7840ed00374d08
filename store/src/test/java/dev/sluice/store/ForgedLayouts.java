// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.LossInfo;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Every kind of document with every value that it has, by the name of the record's component or the descriptor's
 * constant. ForgedLayoutsTest holds it against those, so that nothing new is left out here. Stateless.
 */
public final class ForgedLayouts {
    /** Provider of the first target's events. */
    public static final String PROVIDER = "forged";
    /** Id of the event that has a field of each type. */
    public static final int ALL_ID = 1;
    /** Id of the event without fields. */
    public static final int EMPTY_ID = 2;
    /** Id of the event of texts. */
    static final int TEXTS_ID = 3;
    static final String ENTRY_LENGTH = "entry";
    static final String PACKET_SIZE = "PACKET_SIZE";
    private static final int U8 = Byte.BYTES;
    private static final int U16 = Short.BYTES;
    private static final int U32 = Integer.BYTES;
    private static final int U64 = Long.BYTES;
    /** As many as make an enumeration one of 16 bits. */
    private static final int LABELS = 256;

    private ForgedLayouts() {
    }

    static ForgedDocument trace() {
        return new ForgedDocument(DocumentKind.TRACE, DocumentDescriptor.NO_TARGET)
            .add("version", U32, DocumentDescriptor.FORMAT_VERSION).add("reserved", U32, 0)
            .add("createdRealtimeNs", U64, TestTraces.BEGIN_NS).add("sluiceVersion", U32, "test")
            .add("commandLine", U32, "sluice record -p 42");
    }

    static ForgedDocument target(final int target, final byte[] id) {
        return new ForgedDocument(DocumentKind.TARGET, target).add("id", id).add("bootId", new byte[16])
            .add("startTime", U64, 4711).add("clockFrequencyHz", U64, 1_000_000_000L).add("pid", U32, 42)
            .add("clockKind", U32, Clock.KIND_SAMPLED).add("layoutVersion", U32, 1).add("uid", U32, 1000)
            .add("commandLine", U32, "java x").add("javaVersion", U32, "17").add("refusedBefore", U32, 1)
            .add("refusedBefore.cause", U32, 2).add("refusedBefore.events", U64, 3)
            .add("clockWhy", U32, "sluice.clock=nano");
    }

    static ForgedDocument clock(final int target, final long ticks) {
        return new ForgedDocument(DocumentKind.CLOCK, target).add("ticks", U64, ticks).add("monotonicNs", U64, ticks)
            .add("realtimeNs", U64, TestTraces.BEGIN_NS + ticks).add("spanNs", U64, 60);
    }

    static ForgedDocument ticker(final int target, final long begin) {
        return new ForgedDocument(DocumentKind.TICKER, target).add("every", U64, 16).add("allowedTicks", U64, 50)
            .add("confirmedTicks", U64, begin + 100).add("untilMonotonicNs", U64, begin + 200)
            .add("lateCount", U64, 1).add("late", U32, 1).add("late.beginTicks", U64, begin)
            .add("late.endTicks", U64, begin + 90);
    }

    static ForgedDocument thread(final int target, final int ring) {
        return new ForgedDocument(DocumentKind.THREAD, target).add("ring", U32, ring).add("streamClass", U32, 0)
            .add("generation", U32, 1).add("tid", U32, 1000).add("javaThreadId", U64, 20)
            .add("sequenceBefore", U64, 0).add("eventsBefore", U64, 0).add("discardedBefore", U64, 0)
            .add("overwrittenBefore", U64, 0).add("name", U32, "main").add("firstCostNs", U64, 250_000);
    }

    static ForgedDocument loss(final int target, final int ring) {
        return new ForgedDocument(DocumentKind.LOSS, target).add("ring", U32, ring).add("cause", U32, 1)
            .add("events", U64, 3).add("batches", U64, 1).add("firstSequence", U64, 1).add("lastSequence", U64, 1);
    }

    static ForgedDocument stall(final int target, final long begin) {
        return new ForgedDocument(DocumentKind.STALL, target).add("beginMonotonicNs", U64, begin)
            .add("endMonotonicNs", U64, begin + 5).add("beginRealtimeNs", U64, TestTraces.BEGIN_NS)
            .add("endRealtimeNs", U64, TestTraces.BEGIN_NS + 5).add("refused", U32, 1).add("refused.ring", U32, 0)
            .add("refused.events", U64, 2);
    }

    static ForgedDocument selection(final int target, final String choice) {
        return new ForgedDocument(DocumentKind.SELECTION, target).add("realtimeNs", U64, TestTraces.BEGIN_NS)
            .add("choices", U32, 1).add("choices.text", U32, choice);
    }

    static ForgedDocument pace(final int target, final long wall) {
        return new ForgedDocument(DocumentKind.PACE, target).add("wallNs", U64, wall).add("idleNs", U64, 30)
            .add("processorNs", U64, 20).add("queuedNs", U64, 10);
    }

    static ForgedDocument end(final int target, final long written, final boolean isKnown) {
        return new ForgedDocument(DocumentKind.END, target).add("kind", U32, 1).add("known", U32, isKnown ? 1 : 0)
            .add("realtimeNs", U64, TestTraces.BEGIN_NS).add("rings", U32, 1).add("refused", U32, 1)
            .add("rings.stream.number", U32, 0).add("rings.stream.origin", U32, 0)
            .add("rings.written", U64, written).add("rings.discarded", U64, 0).add("rings.overwritten", U64, 0)
            .add("rings.lost", U64, 0).add("rings.batches", U64, 1).add("rings.traps", U64, 1)
            .add("rings.blockedNs", U64, 0)
            .add("refused.cause", U32, 4).add("refused.events", U64, 0);
    }

    /** One that says of a ring what the trace has of it before: one packet of two events, and one loss of no ring. */
    static ForgedDocument progress(final int target, final int ring) {
        return new ForgedDocument(DocumentKind.PROGRESS, target).add("isEnd", U32, 0).add("reserved", U32, 0)
            .add("realtimeNs", U64, TestTraces.BEGIN_NS).add("monotonicNs", U64, 1000).add("refusedInStalls", U64, 2)
            .add("streams", U32, 1).add("losses", U32, 1).add("streams.stream.number", U32, ring)
            .add("streams.stream.origin", U32, 0).add("streams.sequenceBefore", U64, 0)
            .add("streams.eventsBefore", U64, 0).add("streams.discardedBefore", U64, 0)
            .add("streams.overwrittenBefore", U64, 0).add("streams.sequence", U64, 1).add("streams.events", U64, 2)
            .add("streams.discarded", U64, 0).add("streams.overwritten", U64, 0).add("streams.storedEvents", U64, 2)
            .add("streams.storedBatches", U64, 1).add("streams.lostInGaps", U64, 0)
            .add("streams.missingBatches", U64, 0).add("losses.ring", U32, LossInfo.NO_RING).add("losses.cause", U32, 1)
            .add("losses.events", U64, 3).add("losses.batches", U64, 1).add("losses.firstSequence", U64, 1)
            .add("losses.lastSequence", U64, 1);
    }

    static ForgedDocument error(final int target, final String text) {
        return new ForgedDocument(DocumentKind.ERROR, target).add("count", U64, 2).add("firstMs", U64, 1000)
            .add("lastMs", U64, 2000).add("text", U32, text);
    }

    /** Declares the event without fields. */
    static ForgedDocument emptySchema(final int target, final String provider) {
        return new ForgedDocument(DocumentKind.SCHEMA, target).addPaddedBytes(ENTRY_LENGTH, U32).add("kind", U16, 1)
            .add("id", U16, EMPTY_ID).add("provider", U16, provider).add("tracepoint", U16, "empty")
            .add("fields", U16, 0);
    }

    /** Declares the event with all types. */
    static ForgedDocument allSchema(final int target) {
        final ForgedDocument schema = new ForgedDocument(DocumentKind.SCHEMA, target)
            .addPaddedBytes(ENTRY_LENGTH, U32).add("kind", U16, 1).add("id", U16, ALL_ID)
            .add("provider", U16, PROVIDER).add("tracepoint", U16, "all")
            .add("fields", U16, FieldType.values().length);
        for (final FieldType type : FieldType.values()) {
            schema.add(type + ".type", U8, type.code()).add(type + ".reserved", U8, 0)
                .add(type + ".name", U16, "f" + type);
            if (type.isEnum()) {
                final int labels = type == FieldType.ENUM16 ? LABELS : 2;
                schema.add(type + ".labels", U16, labels).add(type + ".label", U16, "L0");
                schema.add(type + ".label.others", otherLabels(labels));
            }
        }
        return schema;
    }

    private static byte[] otherLabels(final int count) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 1; i < count; i++) {
            final byte[] label = ("L" + i).getBytes(StandardCharsets.UTF_8);
            bytes.write(label.length);
            bytes.write(0);
            bytes.writeBytes(label);
        }
        return bytes.toByteArray();
    }

    /** Declares an event of very many texts, id 3. */
    static ForgedDocument textsSchema(final int target, final int fields) {
        final ForgedDocument schema = emptySchema(target, PROVIDER).with("id", TEXTS_ID).with("fields", fields);
        for (int i = 0; i < fields; i++) {
            schema.add("type", U8, FieldType.STRING.code()).add("reserved", U8, 0).add("name", U16, "t" + i);
        }
        return schema;
    }

    /** One such event. */
    static ForgedDocument texts(final int target, final byte[] id, final int ring, final int fields,
        final int length) {
        final ForgedDocument packet = event(header(target, id, ring, 1, 0, 1), 0, TEXTS_ID);
        final byte[] text = new byte[length];
        Arrays.fill(text, (byte) 'x');
        for (int i = 0; i < fields; i++) {
            packet.add("text", U16, text);
        }
        return packet;
    }

    private static ForgedDocument header(final int target, final byte[] id, final int ring, final long sequence,
        final long before, final int events) {
        final long begin = 100 + before * 10;
        return new ForgedDocument(DocumentKind.PACKET, target).add("MAGIC", U32, PacketHeaderDescriptor.MAGIC)
            .add("STREAM_ID", U32, 0).add("TARGET_ID", id).add("TIMESTAMP_BEGIN", U64, begin)
            .add("TIMESTAMP_END", U64, begin + events - 1).addBits("CONTENT_SIZE").addPaddedBits(PACKET_SIZE)
            .add("SEQUENCE", U64, sequence).add("EVENTS_DISCARDED", U64, 0)
            .add("BEGIN_POSITION", U64, before * 256).add("EVENTS_BEFORE", U64, before).add("OVERWRITTEN", U64, 0)
            .add("EVENT_COUNT", U32, events).add("TID", U32, 1000).add("RING", U32, ring).add("EPOCH", U16, 1)
            .add("HEADER_LENGTH", U16, PacketHeaderDescriptor.LENGTH).add("JAVA_THREAD_ID", U64, 20)
            .add("GENERATION", U32, 1).add("RESERVED", U32, 0);
    }

    private static ForgedDocument event(final ForgedDocument packet, final int number, final int id) {
        final long ticks = packet.number(packet.names().indexOf("TIMESTAMP_BEGIN")) + number;
        return packet.add("event" + number + ".header", U64, EventDescriptor.header(ticks, id));
    }

    /** Two events: one without fields, one with all. */
    static ForgedDocument packet(final int target, final byte[] id, final int ring, final long sequence,
        final long before) {
        final ForgedDocument packet =
            event(event(header(target, id, ring, sequence, before, 2), 0, EMPTY_ID), 1, ALL_ID);
        for (final FieldType type : FieldType.values()) {
            if (type.isVariable()) {
                packet.add(type.name(), U16, type.name().getBytes(StandardCharsets.UTF_8));
            } else {
                packet.add(type.name(), type.lengthBytes(), 1);
            }
        }
        return packet;
    }

    /** Events without fields. */
    static ForgedDocument emptyEvents(final int target, final byte[] id, final int ring, final long sequence,
        final long before, final int events) {
        final ForgedDocument packet = header(target, id, ring, sequence, before, events);
        for (int i = 0; i < events; i++) {
            event(packet, i, EMPTY_ID);
        }
        return packet;
    }
}
