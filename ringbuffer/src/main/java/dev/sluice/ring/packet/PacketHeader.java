// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.packet;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;

/**
 * Flyweight over a packet, header and content ({@link PacketHeaderDescriptor}), and the only place that says whether it
 * is sound. Whoever receives, stores, reads, salvages or exports a packet asks here, so a packet that one of them
 * accepts is never refused by another. {@link PacketOrder} says whether a packet may follow the packets before it.
 * <p>
 * The memory must not change while the flyweight is used, so memory that a target may write to is copied first. Sums of
 * values that were found sound do not overflow. For one thread.
 */
public class PacketHeader {
    /** Greatest sequence: the control file's received words have as many bits. */
    public static final long MAX_SEQUENCE = TaggedWord.VALUE_MASK;
    /** Greatest position and greatest count of events. No real ring gets as far. */
    public static final long MAX_COUNT = 1L << 62;

    private long address;

    /** Makes a flyweight that is over no packet yet. */
    public PacketHeader() {
    }

    /** Moves to the packet at an address. */
    public final void at(final long newAddress) {
        address = newAddress;
    }

    /**
     * Checks whether the header is consistent. If it is, reads of the content that stay inside the header's bounds are
     * safe.
     *
     * @param lengthBytes bytes of header and padded content that are there
     * @param target      the target whose packet this must be
     * @return what is wrong, or null
     */
    public final String problem(final long lengthBytes, final TargetId target) {
        if (lengthBytes < PacketHeaderDescriptor.LENGTH) {
            return "shorter than a header: length=" + lengthBytes;
        }
        if (getInt(PacketHeaderDescriptor.MAGIC_OFFSET) != PacketHeaderDescriptor.MAGIC) {
            return "no magic";
        }
        final long headerLength = headerLength();
        final long contentBits = contentBits();
        final long packetBits = packetBits();
        if (headerLength < PacketHeaderDescriptor.LENGTH || headerLength % Long.BYTES != 0
            || packetBits != lengthBytes * Byte.SIZE || packetBits % Long.SIZE != 0 || contentBits % Byte.SIZE != 0
            || contentBits < headerLength * Byte.SIZE || contentBits > packetBits
            || packetBits - contentBits >= Long.SIZE) {
            return "sizes do not fit together: stored=" + lengthBytes + " header=" + headerLength + " content bits="
                + contentBits + " packet bits=" + packetBits;
        }
        if (streamClass() == null) {
            return "unknown stream class " + getInt(PacketHeaderDescriptor.STREAM_ID_OFFSET);
        }
        if (ring() < 0) {
            return "no such ring: " + ring();
        }
        if (!target.equals(targetId())) {
            return "target id is not " + target;
        }
        return countsProblem(contentBits / Byte.SIZE - headerLength);
    }

    /**
     * Whether drainers of this version can have written a sound header: they write no longer header, drain only rings,
     * and drain no empty ring.
     */
    public final boolean isOfDrain() {
        return headerLength() == PacketHeaderDescriptor.LENGTH && eventCount() > 0 && streamClass().isOfRing();
    }

    private String countsProblem(final long contentLength) {
        // The last event has at least its header word, and the events before it are padded to at least that length.
        if (eventCount() < 0 || eventCount() == 0 != (contentLength == 0)
            || eventCount() > contentLength / EventDescriptor.HEADER_LENGTH) {
            return "event count does not fit: events=" + eventCount() + " content=" + contentLength;
        }
        // The difference of two longs may wrap, to either sign.
        if (ticksEnd() < ticksBegin() || ticksEnd() - ticksBegin() < 0
            || ticksEnd() - ticksBegin() >= EventDescriptor.MAX_TICKS_SPAN) {
            return "ticks out of range: begin=" + ticksBegin() + " end=" + ticksEnd();
        }
        if (sequence() < 1 || sequence() > MAX_SEQUENCE || !isCount(beginPosition()) || !isCount(eventsBefore())
            || !isCount(overwritten()) || eventsDiscarded() < overwritten()
            || !isCount(eventsDiscarded() - overwritten())) {
            return "counts out of range: sequence=" + sequence() + " position=" + beginPosition() + " events before="
                + eventsBefore() + " discarded=" + eventsDiscarded() + " overwritten=" + overwritten();
        }
        return null;
    }

    /** Whether a number can be a count of a ring or a position in a ring. */
    public static boolean isCount(final long number) {
        return number >= 0 && number <= MAX_COUNT;
    }

    /** Whether a number can be the sequence number of a batch, or 0 for none. */
    public static boolean isSequence(final long number) {
        return number >= 0 && number <= MAX_SEQUENCE;
    }

    /**
     * Checks whether the content is a sequence of whole events of the schema, and whether their number and their times
     * fit the header. The header must be sound.
     *
     * @return null, or what is wrong
     */
    public final String contentProblem(final EventWalker walker) {
        final int count = eventCount();
        if (count == 0) {
            return null;
        }
        final StreamClass streamClass = streamClass();
        final long contentEnd = address + contentBits() / Byte.SIZE;
        long event = address + headerLength();
        long end = event;
        long ticks = ticksBegin();
        if (EventDescriptor.ticks48(Memory.getLong(event)) != (ticks & EventDescriptor.TICKS_MASK)) {
            return "malformed: first event is not at the packet's begin of " + ticks + " ticks";
        }
        for (int i = 0; i < count; i++) {
            final int length = walker.lengthOf(event, contentEnd - event, streamClass);
            if (length == EventWalker.MALFORMED) {
                return "malformed at event " + i + (contentEnd - event < EventDescriptor.HEADER_LENGTH
                    ? ": content ends too early" : ": event id " + EventDescriptor.id(Memory.getLong(event))
                    + " is unknown or longer than the packet's rest of " + (contentEnd - event) + " bytes");
            }
            final long next = EventDescriptor.ticks(Memory.getLong(event), ticks);
            if (next - ticks >= EventDescriptor.MAX_TICKS_SPAN) {
                return "malformed at event " + i + ": ticks go back after " + ticks;
            }
            ticks = next;
            end = event + length;
            event += EventDescriptor.align(length);
        }
        return end == contentEnd && ticks == ticksEnd() ? null : "malformed: the last event ends " + (contentEnd - end)
            + " bytes before the content, at " + ticks + " of " + ticksEnd() + " ticks";
    }

    private int getInt(final int offset) {
        return Memory.getInt(address + offset);
    }

    private long getLong(final int offset) {
        return Memory.getLong(address + offset);
    }

    /** Address of the header. */
    public final long address() {
        return address;
    }

    /** The target that the packet names as its own. */
    public final TargetId targetId() {
        return TargetId.read(address + PacketHeaderDescriptor.TARGET_ID_OFFSET);
    }

    /** Stream class of the events; null if the header is not sound. */
    public final StreamClass streamClass() {
        return StreamClass.ofCode(getInt(PacketHeaderDescriptor.STREAM_ID_OFFSET));
    }

    /** 64-bit ticks of the first event. */
    public final long ticksBegin() {
        return getLong(PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET);
    }

    /** 64-bit ticks of the last event. */
    public final long ticksEnd() {
        return getLong(PacketHeaderDescriptor.TIMESTAMP_END_OFFSET);
    }

    /** Bits of header and content, up to the last byte of the last event. */
    public final long contentBits() {
        return getLong(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET);
    }

    /** Bits of header and content, padded. */
    public final long packetBits() {
        return getLong(PacketHeaderDescriptor.PACKET_SIZE_OFFSET);
    }

    /** Sequence number of the batch in its ring, from 1. */
    public final long sequence() {
        return getLong(PacketHeaderDescriptor.SEQUENCE_OFFSET);
    }

    /** Number of discarded and overwritten events of the ring, cumulative. */
    public final long eventsDiscarded() {
        return getLong(PacketHeaderDescriptor.EVENTS_DISCARDED_OFFSET);
    }

    /** Ring position of the first event. */
    public final long beginPosition() {
        return getLong(PacketHeaderDescriptor.BEGIN_POSITION_OFFSET);
    }

    /** Ring position after the last event, 8-aligned. */
    public final long endPosition() {
        return beginPosition() + packetBits() / Byte.SIZE - headerLength();
    }

    /** Number of events written to the ring before the first event. */
    public final long eventsBefore() {
        return getLong(PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET);
    }

    /** Number of overwritten events of the ring, cumulative. */
    public final long overwritten() {
        return getLong(PacketHeaderDescriptor.OVERWRITTEN_OFFSET);
    }

    /** Number of events in the packet. */
    public final int eventCount() {
        return getInt(PacketHeaderDescriptor.EVENT_COUNT_OFFSET);
    }

    /** Kernel thread id as the target sees it. */
    public final int tid() {
        return getInt(PacketHeaderDescriptor.TID_OFFSET);
    }

    /** Index of the slot, or number of the trap stream. */
    public final int ring() {
        return getInt(PacketHeaderDescriptor.RING_OFFSET);
    }

    /** Epoch of the session. */
    public final int epoch() {
        return Short.toUnsignedInt(Memory.getShort(address + PacketHeaderDescriptor.EPOCH_OFFSET));
    }

    /** Bytes of the header. */
    public final int headerLength() {
        return Short.toUnsignedInt(Memory.getShort(address + PacketHeaderDescriptor.HEADER_LENGTH_OFFSET));
    }

    /** Thread.threadId of the owner. */
    public final long javaThreadId() {
        return getLong(PacketHeaderDescriptor.JAVA_THREAD_ID_OFFSET);
    }

    /** How often the slot had been claimed when this owner claimed it. */
    public final int generation() {
        return getInt(PacketHeaderDescriptor.GENERATION_OFFSET);
    }
}
