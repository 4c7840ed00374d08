// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.clock.TickerIntervals;
import dev.sluice.store.format.StreamKey;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A flyweight over the event that an {@link EventCursor} has moved to. It is valid until the cursor's next move. For
 * one thread. Fields are read by their index in the schema; a getter that does not fit the field's type throws
 * IllegalArgumentException. Getters of strings and byte sequences allocate; nothing else does.
 */
public final class EventView {
    /** Returned by {@link #widthNs} if it is unknown until when the event can have been fired. */
    public static final long UNKNOWN_WIDTH = -1;

    private TargetClock[] clocks;
    private boolean isOfSeveral;
    private RingCursor ring;

    EventView(final List<TargetTrace> targets) {
        look(targets);
    }

    /** Looks at targets that may have more clock readings than before, and may be more. */
    void look(final List<TargetTrace> targets) {
        clocks = new TargetClock[targets.size()];
        isOfSeveral = targets.stream().map(target -> target.info().pid()).distinct().count() > 1;
    }

    /** Whether the trace is of more than one process, as far as is known by now. */
    public boolean isOfSeveralProcesses() {
        return isOfSeveral;
    }

    void point(final RingCursor newRing) {
        ring = newRing;
    }

    /** The schema of the event. */
    public EventSchema schema() {
        return ring.plan.layout.schema();
    }

    /** The target that fired the event. */
    public TargetTrace target() {
        return ring.stream.target();
    }

    /** The target's clock when the event was fired, 64 bits. */
    public long ticks() {
        return ring.ticks;
    }

    /** CLOCK_MONOTONIC when the event was fired, ns. */
    public long monotonicNs() {
        return clock().monotonicNs(ring.ticks);
    }

    /** CLOCK_REALTIME when the event was fired, ns since 1970. */
    public long wallTimeNs() {
        return clock().realtimeNs(ring.ticks);
    }

    /**
     * Until when the event can have been fired, if its target's clock is sampled: the true time lies between
     * {@link #monotonicNs} and this time. If the event has read the clock itself, or the clock is not sampled, the two
     * are equal.
     *
     * @return CLOCK_MONOTONIC, ns, or {@link TickerIntervals#UNKNOWN} if the trace does not say, for example because it
     *         has no end
     */
    public long latestNs() {
        final TargetTrace target = target();
        if (!ring.isCarried || !target.isSampled() || ring.packet.streamClass() == StreamClass.TRAP) {
            return monotonicNs();
        }
        final long next = ring.nextTicks();
        final long nextNs = next == Long.MAX_VALUE ? TickerIntervals.UNKNOWN : clock().monotonicNs(next);
        return Math.max(monotonicNs(), Math.min(nextNs, target.ticker().latestNs(ring.ticks, clock()::monotonicNs)));
    }

    /**
     * Length of the interval in which the event's true time lies, ns, or {@link #UNKNOWN_WIDTH}. It is 0 if only the
     * clock's own error is left.
     */
    public long widthNs() {
        final long latest = latestNs();
        final long width = latest - monotonicNs();
        // In a forged trace, two times may be farther apart than a long can say.
        return latest == TickerIntervals.UNKNOWN || width < 0 ? UNKNOWN_WIDTH : width;
    }

    private TargetClock clock() {
        final int target = target().index();
        if (clocks[target] == null) {
            clocks[target] = target().clock();
        }
        return clocks[target];
    }

    /** What is missing in this event's ring right before the event, or null. */
    public MissingEvents missingBefore() {
        return ring.missingBefore();
    }

    /** Index of the ring's slot, or number of the trap stream. */
    public int ring() {
        return stream().number();
    }

    /** The target's stream that has the event. */
    public StreamKey stream() {
        return ring.stream.key();
    }

    /** Stream class of the event's packet. */
    public StreamClass streamClass() {
        return ring.packet.streamClass();
    }

    /** The packet that holds the event. It is valid as long as the event is. */
    public PacketView packet() {
        return ring.packet;
    }

    /** Address of the event as it is encoded: its header word, the virtual thread's id if it has one, its fields. */
    public long address() {
        return ring.eventAddress;
    }

    /** Length of the encoded event in bytes. */
    public int length() {
        return ring.eventLength();
    }

    /** Length of the encoded event in bytes, padded as in a packet. */
    public int paddedLength() {
        return EventDescriptor.align(ring.eventLength());
    }

    /** Sequence number of the event's packet in its ring. */
    public long packetSequence() {
        return ring.packet.sequence();
    }

    /** Kernel thread id as the target sees it. */
    public int tid() {
        return ring.packet.tid();
    }

    /** Thread.threadId of the ring's owner. For an event of a virtual thread, the owner is its carrier. */
    public long javaThreadId() {
        return ring.packet.javaThreadId();
    }

    /** Thread.threadId of the virtual thread that fired the event, or 0 if it was a platform thread. */
    public long virtualThreadId() {
        return ring.headLength > EventDescriptor.HEADER_LENGTH
            ? Memory.getLong(ring.eventAddress + EventDescriptor.HEADER_LENGTH) : 0;
    }

    /** Name of the ring's owner, or an empty string if the trace does not have it. */
    public String threadName() {
        return ring.threadName;
    }

    /** Number of fields. */
    public int fieldCount() {
        return ring.plan.layout.fieldCount();
    }

    /** Type of a field. */
    public FieldType type(final int field) {
        return ring.plan.layout.type(field);
    }

    /** Address of a field's encoded value. */
    public long fieldAddress(final int field) {
        return ring.plan.layout.fieldAddress(ring.eventAddress + ring.headLength, field);
    }

    /** Value of an integer (a uint64 as its 64 bits), of a bool as 0 or 1, or of an enum as the index of its label. */
    public long getLong(final int field) {
        final long address = fieldAddress(field);
        return switch (ring.plan.layout.type(field)) {
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

    /** Value of a floating-point field. */
    public double getDouble(final int field) {
        final long address = fieldAddress(field);
        return switch (ring.plan.layout.type(field)) {
            case FLOAT32 -> Float.intBitsToFloat(Memory.getInt(address));
            case FLOAT64 -> Double.longBitsToDouble(Memory.getLong(address));
            default -> throw mismatch(field, "a floating-point number");
        };
    }

    /** Value of a bool; any byte but 0 is true. */
    public boolean getBoolean(final int field) {
        if (ring.plan.layout.type(field) != FieldType.BOOL) {
            throw mismatch(field, "a bool");
        }
        return Memory.getByte(fieldAddress(field)) != 0;
    }

    /** Whether the value of a string, a byte sequence or an enum is null. */
    public boolean isNull(final int field) {
        final FieldType type = ring.plan.layout.type(field);
        return (type.isVariable() || type.isEnum())
            && NullValue.isAt(fieldAddress(field), schema().fields().get(field));
    }

    /** Value of a string, or label of an enum ({@code "#7"} if the schema has no label 7). Returns null for a null. */
    public String getString(final int field) {
        final FieldType type = ring.plan.layout.type(field);
        if (isNull(field)) {
            return null;
        }
        if (type == FieldType.STRING) {
            return new String(bytesOf(field), StandardCharsets.UTF_8);
        }
        if (!type.isEnum()) {
            throw mismatch(field, "a string");
        }
        return schema().fields().get(field).label(getLong(field));
    }

    /** A copy of a byte sequence, or of a string's UTF-8. Returns null for a null. */
    public byte[] getBytes(final int field) {
        if (!ring.plan.layout.type(field).isVariable()) {
            throw mismatch(field, "a byte sequence");
        }
        return isNull(field) ? null : bytesOf(field);
    }

    /** Length of a string or byte sequence in encoded bytes, without its length word. */
    public int getLength(final int field) {
        if (!ring.plan.layout.type(field).isVariable()) {
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
