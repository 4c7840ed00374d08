// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.EventDescriptor;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.FieldType;
import dev.sluice.ring.Memory;
import dev.sluice.ring.NullValue;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.store.format.ThreadInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Flyweight over the event that an {@link EventCursor} is at, valid until the cursor's next move. For one thread.
 * Fields are read by their index in the schema; a getter that does not fit the field's type throws
 * IllegalArgumentException. Strings allocate; nothing else does.
 */
public final class EventView {
    private final TargetClock[] clocks;
    private RingCursor ring;

    EventView(final List<TargetTrace> targets) {
        clocks = new TargetClock[targets.size()];
    }

    void point(final RingCursor newRing) {
        ring = newRing;
    }

    /** What the event means. */
    public EventSchema schema() {
        return ring.layout.schema;
    }

    /** Whose event it is. */
    public TargetTrace target() {
        return ring.stream.target();
    }

    /** The target's clock, 64 bits. */
    public long ticks() {
        return ring.ticks;
    }

    /** CLOCK_MONOTONIC, ns. */
    public long monotonicNs() {
        return clock().monotonicNs(ring.ticks);
    }

    /** CLOCK_REALTIME, ns since 1970. */
    public long wallTimeNs() {
        return clock().realtimeNs(ring.ticks);
    }

    private TargetClock clock() {
        final int target = target().index();
        if (clocks[target] == null) {
            clocks[target] = target().clock();
        }
        return clocks[target];
    }

    /** What is missing in this event's ring right before it, or null. */
    public MissingEvents missingBefore() {
        return ring.missingBefore();
    }

    /** Slot index, or number of the trap stream. */
    public int ring() {
        return ring.stream.ring();
    }

    /** Stream class of the packet, see {@link PacketHeaderDescriptor}. */
    public int streamClass() {
        return ring.packet.streamClass();
    }

    /** Sequence of the packet in its ring. */
    public long packetSequence() {
        return ring.packet.sequence();
    }

    /** Kernel thread id as the target sees it. */
    public int tid() {
        return ring.packet.tid();
    }

    /** Thread.threadId of the ring's owner: of the carrier, for a virtual thread's event. */
    public long javaThreadId() {
        return ring.packet.javaThreadId();
    }

    /** Thread.threadId of the virtual thread that fired, or 0 for a platform thread. */
    public long virtualThreadId() {
        return ring.headLength > EventDescriptor.HEADER_LENGTH
            ? Memory.getLong(ring.eventAddress + EventDescriptor.HEADER_LENGTH) : 0;
    }

    /** Name of the ring's owner, or an empty string if it was not noted. */
    public String threadName() {
        final ThreadInfo thread = target().thread(ring(), ring.stream.isTrapStream(), ring.packet.generation());
        return thread == null ? "" : thread.name();
    }

    /** Number of fields. */
    public int fieldCount() {
        return ring.layout.types.length;
    }

    /** Type of a field. */
    public FieldType type(final int field) {
        return ring.layout.types[field];
    }

    /** Address of a field's encoded value. */
    public long fieldAddress(final int field) {
        return ring.layout.fieldAddress(ring.eventAddress + ring.headLength, field);
    }

    /** An integer (uint64 as its bits), a bool as 0 or 1, or the index of an enum's label. */
    public long getLong(final int field) {
        final long address = fieldAddress(field);
        return switch (ring.layout.types[field]) {
            case INT8 -> Memory.getByte(address);
            case INT16 -> Memory.getShort(address);
            case INT32 -> Memory.getInt(address);
            case INT64, UINT64 -> Memory.getLong(address);
            case UINT8, BOOL, ENUM8 -> Byte.toUnsignedInt(Memory.getByte(address));
            case UINT16, ENUM16 -> Short.toUnsignedInt(Memory.getShort(address));
            case UINT32 -> Integer.toUnsignedLong(Memory.getInt(address));
            default -> throw mismatch(field, "an integer");
        };
    }

    /** A floating-point number. */
    public double getDouble(final int field) {
        final long address = fieldAddress(field);
        return switch (ring.layout.types[field]) {
            case FLOAT32 -> Float.intBitsToFloat(Memory.getInt(address));
            case FLOAT64 -> Double.longBitsToDouble(Memory.getLong(address));
            default -> throw mismatch(field, "a floating-point number");
        };
    }

    /** A bool; anything but 0 is true. */
    public boolean getBoolean(final int field) {
        if (ring.layout.types[field] != FieldType.BOOL) {
            throw mismatch(field, "a bool");
        }
        return Memory.getByte(fieldAddress(field)) != 0;
    }

    /** Whether a string, a byte sequence or an enum is null. */
    public boolean isNull(final int field) {
        final FieldType type = ring.layout.types[field];
        return (type.isVariable() || type.isEnum())
            && NullValue.isAt(fieldAddress(field), schema().fields().get(field));
    }

    /** A string, or the label of an enum ({@code "#7"} where the schema has no label 7); null for null. */
    public String getString(final int field) {
        final FieldType type = ring.layout.types[field];
        if (isNull(field)) {
            return null;
        }
        if (type == FieldType.STRING) {
            return new String(bytesOf(field), StandardCharsets.UTF_8);
        }
        if (!type.isEnum()) {
            throw mismatch(field, "a string");
        }
        final int index = (int) getLong(field);
        final List<String> labels = schema().fields().get(field).labels();
        return index < labels.size() ? labels.get(index) : "#" + index;
    }

    /** A byte sequence, or a string's UTF-8, copied; null for null. */
    public byte[] getBytes(final int field) {
        if (!ring.layout.types[field].isVariable()) {
            throw mismatch(field, "a byte sequence");
        }
        return isNull(field) ? null : bytesOf(field);
    }

    /** Encoded bytes of a string or byte sequence, without its length word. */
    public int getLength(final int field) {
        if (!ring.layout.types[field].isVariable()) {
            throw mismatch(field, "a string or byte sequence");
        }
        return Short.toUnsignedInt(Memory.getShort(fieldAddress(field)));
    }

    private byte[] bytesOf(final int field) {
        final long address = fieldAddress(field);
        return Memory.getBytes(address + Short.BYTES, Short.toUnsignedInt(Memory.getShort(address)));
    }

    private IllegalArgumentException mismatch(final int field, final String wanted) {
        return new IllegalArgumentException("field is not " + wanted + ": event=" + schema().name() + " field="
            + schema().fields().get(field).name() + " type=" + type(field));
    }
}
