// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.trap;

import dev.sluice.bpf.trap.TrapProgram;
import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.Utf8;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.PacketHeaderEncoder;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Packs the trap records of one kernel thread into packets, encoded as ring events are ({@link StreamClass#TRAP}). In
 * the packet header, the stream's number takes the place of the ring; begin position and events before are counted as
 * in a ring. The stream has a buffer only while a packet is open. For one thread.
 */
final class TrapStream {
    /** Greatest content of a packet. */
    static final int CAPACITY = RecordSizing.MAX_CONTENT_LENGTH;
    /** Greatest length of an encoded string: what the program copies, and the ellipsis if the string is cut. */
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
        // A thread's records come in order. If the clock stepped back nevertheless, the packet must still be one that
        // readers accept (R11).
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
        final boolean isPassed = index < TrapProgram.MAX_ARGUMENTS;
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

    /** Hands the open packet, which must not be empty, to a sink. Returns the packet's length. */
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
        new PacketHeaderEncoder().begin(packet).target(targetId).streamClass(StreamClass.TRAP).ring(number).tid(tid)
            .javaThreadId(0).generation(0).epoch(0).sequence(sequence).ticks(firstTicks, lastTicks)
            .content(count, exactLength, length).place(position, eventsBefore).eventsDiscarded(0).overwritten(0);
    }
}
