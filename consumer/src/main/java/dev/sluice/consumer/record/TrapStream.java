// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.TrapRecord;
import dev.sluice.ring.EventDescriptor;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.FieldSchema;
import dev.sluice.ring.FieldType;
import dev.sluice.ring.Memory;
import dev.sluice.ring.NullValue;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.ring.RecordSizing;
import dev.sluice.ring.TargetId;
import dev.sluice.ring.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Packs the trap records of one kernel thread into packets, encoded as ring events are (stream class 2). Its number
 * stands for the ring; begin position and events before are counted as a ring's. It has a buffer only while a packet is
 * open. For one thread.
 */
final class TrapStream {
    /** Greatest content of a packet. */
    static final int CAPACITY = RecordSizing.MAX_CONTENT_LENGTH;
    /** Greatest encoded string: what the program copies, and the ellipsis of a cut one. */
    private static final int MAX_STRING_LENGTH = 255 + 3;

    private final int number;
    private final int tid;
    private TrapBuffer buffer;
    /** Address of the open packet. */
    private long packet;
    private int length;
    private int exactLength;
    private int count;
    private long firstTicks;
    private long lastTicks;
    private long openedNs;
    private long sequence;
    private long eventsBefore;
    private long position;

    TrapStream(final int number, final int tid) {
        this.number = number;
        this.tid = tid;
    }

    int number() {
        return number;
    }

    /** Events of all packets finished so far. */
    long events() {
        return eventsBefore;
    }

    /** Packets finished so far. */
    long packets() {
        return sequence;
    }

    boolean isOpen() {
        return buffer != null;
    }

    /** Begins a packet. */
    void open(final TrapBuffer packetBuffer) {
        buffer = packetBuffer;
        packet = packetBuffer.packet();
        openedNs = System.nanoTime();
    }

    /** When the open packet was begun, System.nanoTime. */
    long openedNs() {
        return openedNs;
    }

    /** The most bytes that an event can take. */
    static long maxLength(final EventSchema schema) {
        long length = EventDescriptor.HEADER_LENGTH;
        for (final FieldSchema field : schema.fields()) {
            length += field.type().isVariable() ? Short.BYTES + MAX_STRING_LENGTH : field.type().lengthBytes();
        }
        return length;
    }

    boolean hasRoomFor(final int eventLength) {
        return length + EventDescriptor.align(eventLength) <= CAPACITY;
    }

    /** Adds an event; a packet is open and has room. */
    void add(final TrapRecord record, final EventSchema schema) {
        // A thread's records come in order; a clock that stepped back must not make a packet that readers refuse (R11).
        final long ticks = Math.max(record.ktimeNs(), lastTicks);
        if (count == 0) {
            firstTicks = ticks;
        }
        lastTicks = ticks;
        final long begin = packet + PacketHeaderDescriptor.LENGTH + length;
        Memory.putLong(begin, EventDescriptor.header(ticks, schema.id()));
        long at = begin + EventDescriptor.HEADER_LENGTH;
        final List<FieldSchema> fields = schema.fields();
        for (int i = 0; i < fields.size(); i++) {
            at = putField(at, fields.get(i).type(), record, i);
        }
        exactLength = (int) (at - begin) + length;
        length = EventDescriptor.align(exactLength);
        Memory.zero(at, length - exactLength);
        count++;
    }

    /** Argument i of a probe is field i; fields beyond the twelfth do not fit a probe and read as zero. */
    private static long putField(final long at, final FieldType type, final TrapRecord record, final int index) {
        final boolean isPassed = index < dev.sluice.bpf.TrapProgram.MAX_ARGUMENTS;
        if (type == FieldType.STRING && isPassed) {
            return putString(at, record, index);
        }
        if (type.isVariable()) {
            Memory.putShort(at, (short) 0);
            return at + Short.BYTES;
        }
        final long value = isPassed ? record.argument(index) : 0;
        switch (type.lengthBytes()) {
            case Byte.BYTES -> Memory.putByte(at, (byte) value);
            case Short.BYTES -> Memory.putShort(at, (short) value);
            case Integer.BYTES -> Memory.putInt(at, (int) value);
            default -> Memory.putLong(at, value);
        }
        return at + type.lengthBytes();
    }

    private static long putString(final long at, final TrapRecord record, final int index) {
        if (record.isStringNull(index)) {
            final int bytes = Utf8.encodedLength(NullValue.TEXT, Integer.BYTES);
            Memory.putShort(at, (short) bytes);
            Utf8.put(NullValue.TEXT, at + Short.BYTES, bytes);
            return at + Short.BYTES + bytes;
        }
        if (record.isStringTruncated(index)) {
            final byte[] text = record.string(index).getBytes(StandardCharsets.UTF_8);
            Memory.putShort(at, (short) text.length);
            Memory.putBytes(at + Short.BYTES, text, 0, text.length);
            return at + Short.BYTES + text.length;
        }
        final int bytes = record.stringLength(index);
        Memory.putShort(at, (short) bytes);
        if (bytes > 0) {
            Memory.copy(record.stringAddress(index), at + Short.BYTES, bytes);
        }
        return at + Short.BYTES + bytes;
    }

    /** Hands the open packet, which is not empty, to a sink; returns its length. */
    int finish(final TargetId targetId, final TrapStreams.Sink sink) {
        sequence++;
        writeHeader(targetId);
        final int packetLength = PacketHeaderDescriptor.LENGTH + length;
        sink.packet(packet, packetLength);
        eventsBefore += count;
        position += length;
        length = 0;
        count = 0;
        return packetLength;
    }

    /** Gives the buffer of the finished packet back. */
    TrapBuffer release() {
        final TrapBuffer released = buffer;
        buffer = null;
        packet = 0;
        return released;
    }

    private void writeHeader(final TargetId targetId) {
        Memory.zero(packet, PacketHeaderDescriptor.LENGTH);
        Memory.putInt(packet + PacketHeaderDescriptor.MAGIC_OFFSET, PacketHeaderDescriptor.MAGIC);
        Memory.putInt(packet + PacketHeaderDescriptor.STREAM_ID_OFFSET, PacketHeaderDescriptor.STREAM_TRAP);
        targetId.write(packet + PacketHeaderDescriptor.TARGET_ID_OFFSET);
        Memory.putLong(packet + PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET, firstTicks);
        Memory.putLong(packet + PacketHeaderDescriptor.TIMESTAMP_END_OFFSET, lastTicks);
        Memory.putLong(packet + PacketHeaderDescriptor.CONTENT_SIZE_OFFSET,
            (PacketHeaderDescriptor.LENGTH + (long) exactLength) * Byte.SIZE);
        Memory.putLong(packet + PacketHeaderDescriptor.PACKET_SIZE_OFFSET,
            (PacketHeaderDescriptor.LENGTH + (long) length) * Byte.SIZE);
        Memory.putLong(packet + PacketHeaderDescriptor.SEQUENCE_OFFSET, sequence);
        Memory.putLong(packet + PacketHeaderDescriptor.BEGIN_POSITION_OFFSET, position);
        Memory.putLong(packet + PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET, eventsBefore);
        Memory.putInt(packet + PacketHeaderDescriptor.EVENT_COUNT_OFFSET, count);
        Memory.putInt(packet + PacketHeaderDescriptor.TID_OFFSET, tid);
        Memory.putInt(packet + PacketHeaderDescriptor.RING_OFFSET, number);
        Memory.putShort(packet + PacketHeaderDescriptor.HEADER_LENGTH_OFFSET, (short) PacketHeaderDescriptor.LENGTH);
    }
}
