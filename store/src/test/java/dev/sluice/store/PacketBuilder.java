// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.PacketHeaderEncoder;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.write.TraceWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.agrona.BufferUtil;

/** Makes the packets of one ring as a target would, in native memory; counts go on from packet to packet. */
public final class PacketBuilder {
    private static final int CAPACITY = PacketHeaderDescriptor.LENGTH + (1 << 20);

    private final ByteBuffer memory = BufferUtil.allocateDirectAligned(CAPACITY, 64);
    private final long address = BufferUtil.address(memory);
    private final TargetId target;
    private final int ring;
    private final StreamClass streamClass;
    private final PacketHeaderEncoder header = new PacketHeaderEncoder();
    private int tid;
    private long javaThreadId;
    private int generation = 1;
    private long sequence;
    private long position;
    private long eventsBefore;
    private long discarded;
    private long overwritten;
    private long firstTicks;
    private long lastTicks;
    private int count;
    private long end;

    /** Packets of a ring that a platform thread owns. */
    public PacketBuilder(final TargetId target, final int ring) {
        this(target, ring, StreamClass.PLATFORM);
    }

    /** A stream's packets; thread ids follow from its number. */
    public PacketBuilder(final TargetId target, final int ring, final StreamClass streamClass) {
        this.target = target;
        this.ring = ring;
        this.streamClass = streamClass;
        tid = 1000 + ring;
        javaThreadId = 20 + ring;
        begin();
    }

    /** Begins an empty packet. */
    public PacketBuilder begin() {
        count = 0;
        end = PacketHeaderDescriptor.LENGTH;
        return this;
    }

    /** Sets the counts that headers carry. */
    public PacketBuilder counts(final long newDiscarded, final long newOverwritten) {
        discarded = newDiscarded;
        overwritten = newOverwritten;
        return this;
    }

    /** Pretends that batches were made and lost. */
    public PacketBuilder skip(final int batches, final int events, final int bytes) {
        sequence += batches;
        eventsBefore += events;
        position += bytes;
        return this;
    }

    /** Adds an event; values are Long, Integer, Double, Boolean, String or byte[], as the fields' types want. */
    public PacketBuilder event(final EventSchema schema, final long ticks, final long virtualThreadId,
        final Object... values) {
        long at = address + (end + 7 & -8L);
        Memory.zero(address + end, at - address - end);
        Memory.putLong(at, EventDescriptor.header(ticks, schema.id()));
        at += Long.BYTES;
        if (streamClass == StreamClass.CARRIER) {
            Memory.putLong(at, virtualThreadId);
            at += Long.BYTES;
        }
        int i = 0;
        for (final FieldSchema field : schema.fields()) {
            at = put(at, field, values[i++]);
        }
        end = at - address;
        if (count++ == 0) {
            firstTicks = ticks;
        }
        lastTicks = ticks;
        return this;
    }

    private static long put(final long at, final FieldSchema field, final Object value) {
        switch (field.type()) {
            case FLOAT32 -> Memory.putInt(at, Float.floatToRawIntBits(((Number) value).floatValue()));
            case FLOAT64 -> Memory.putLong(at, Double.doubleToRawLongBits(((Number) value).doubleValue()));
            case BOOL -> Memory.putByte(at, (byte) ((Boolean) value ? 1 : 0));
            case STRING, BYTES -> {
                final byte[] bytes = value instanceof String text
                    ? text.getBytes(StandardCharsets.UTF_8) : (byte[]) value;
                Memory.putShort(at, (short) bytes.length);
                Memory.putBytes(at + Short.BYTES, bytes, 0, bytes.length);
                return at + Short.BYTES + bytes.length;
            }
            default -> {
                final long number = ((Number) value).longValue();
                for (int i = 0; i < field.type().lengthBytes(); i++) {
                    Memory.putByte(at + i, (byte) (number >>> i * Byte.SIZE));
                }
            }
        }
        return at + field.type().lengthBytes();
    }

    /** Bytes of content so far. */
    public int contentLength() {
        return (int) end - PacketHeaderDescriptor.LENGTH;
    }

    /** Events so far. */
    public int count() {
        return count;
    }

    /** Writes header and padding; the packet is then at {@link #address} until the next {@link #begin}. */
    public PacketBuilder finish() {
        final long padded = end + 7 & -8L;
        Memory.zero(address + end, padded - end);
        header.begin(address).target(target).streamClass(streamClass).ring(ring).tid(tid).javaThreadId(javaThreadId)
            .generation(generation).epoch(1).sequence(++sequence)
            .ticks(count == 0 ? lastTicks : firstTicks, lastTicks)
            .content(count, contentLength(), padded - PacketHeaderDescriptor.LENGTH).place(position, eventsBefore)
            .eventsDiscarded(discarded + overwritten).overwritten(overwritten);
        position += padded - PacketHeaderDescriptor.LENGTH;
        eventsBefore += count;
        return this;
    }

    /** Another thread takes the slot. */
    public PacketBuilder reuse(final int newTid, final long newJavaThreadId) {
        generation++;
        tid = newTid;
        javaThreadId = newJavaThreadId;
        return this;
    }

    /** Finishes, appends and begins the next packet. */
    public PacketBuilder append(final TraceWriter writer, final int targetIndex) {
        finish();
        writer.packet(targetIndex, address, length());
        return begin();
    }

    /** The same; whether the trace had room for it. */
    public boolean tryAppend(final TraceWriter writer, final int targetIndex) {
        finish();
        final boolean isStored = writer.tryPacket(targetIndex, address, length());
        begin();
        return isStored;
    }

    /** Where the packet is. */
    public long address() {
        return address;
    }

    /** Bytes of header and padded content. */
    public int length() {
        return (int) (end + 7 & -8L);
    }

    /** Events written to the ring so far. */
    public long written() {
        return eventsBefore;
    }

    /** Sequence of the last packet. */
    public long sequence() {
        return sequence;
    }
}
