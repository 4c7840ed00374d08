// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Flyweight over a packet, header and content ({@link PacketHeaderDescriptor}), and the only place that says whether it
 * is sound. Whoever receives, stores, reads, salvages or exports a packet asks here, so what one of them takes no other
 * refuses. {@link PacketOrder} says whether it may follow the packets before.
 * <p>
 * The memory must not change while it is used: copy what a target may write to. Sums of what was found sound do not
 * overflow. For one thread.
 */
public class PacketHeader {
    /** Greatest sequence: the control file's received words have as many bits. */
    public static final long MAX_SEQUENCE = TaggedWord.VALUE_MASK;
    /** Greatest position and count of events. Nothing comes as far. */
    public static final long MAX_COUNT = 1L << 62;

    private long address;

    /** Over nothing yet. */
    public PacketHeader() {
    }

    /** Moves to the packet at an address. */
    public final void at(final long newAddress) {
        address = newAddress;
    }

    /**
     * Checks whether the header holds together, which makes all reads of the content that obey it safe.
     *
     * @param lengthBytes bytes of header and padded content that are there
     * @param target      whose packet it must be
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
        if (streamClass() < 0 || streamClass() > PacketHeaderDescriptor.STREAM_TRAP) {
            return "unknown stream class " + streamClass();
        }
        if (ring() < 0) {
            return "no such ring: " + ring();
        }
        if (!target.equals(targetId())) {
            return "target id is not " + target;
        }
        return countsProblem(contentBits / Byte.SIZE - headerLength);
    }

    private String countsProblem(final long contentLength) {
        // The last event is at least its header word, and those before it are padded to as much or more.
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

    /** Whether a number can be a count of a ring or a position in it. */
    public static boolean isCount(final long number) {
        return number >= 0 && number <= MAX_COUNT;
    }

    /** Whether a number can be that of a batch, or 0 for none yet. */
    public static boolean isSequence(final long number) {
        return number >= 0 && number <= MAX_SEQUENCE;
    }

    /**
     * Checks whether the content is a sequence of whole events of the schema, as many and at such times as the header
     * says. The header must be sound.
     *
     * @return what is wrong, or null
     */
    public final String contentProblem(final EventWalker walker) {
        final int count = eventCount();
        if (count == 0) {
            return null;
        }
        final int streamClass = streamClass();
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

    /** Where the header is. */
    public final long address() {
        return address;
    }

    /** Whose packet it says it is. */
    public final TargetId targetId() {
        return TargetId.read(address + PacketHeaderDescriptor.TARGET_ID_OFFSET);
    }

    /** Stream class of the events. */
    public final int streamClass() {
        return getInt(PacketHeaderDescriptor.STREAM_ID_OFFSET);
    }

    /** Whether the events came one trap each. */
    public final boolean isTrapStream() {
        return streamClass() == PacketHeaderDescriptor.STREAM_TRAP;
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

    /** Sequence of the batch in its ring, from 1. */
    public final long sequence() {
        return getLong(PacketHeaderDescriptor.SEQUENCE_OFFSET);
    }

    /** Discarded and overwritten events of the ring, cumulative. */
    public final long eventsDiscarded() {
        return getLong(PacketHeaderDescriptor.EVENTS_DISCARDED_OFFSET);
    }

    /** Ring position of the first event. */
    public final long beginPosition() {
        return getLong(PacketHeaderDescriptor.BEGIN_POSITION_OFFSET);
    }

    /** Ring position behind the last event, 8-aligned. */
    public final long endPosition() {
        return beginPosition() + packetBits() / Byte.SIZE - headerLength();
    }

    /** Events written to the ring before the first event. */
    public final long eventsBefore() {
        return getLong(PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET);
    }

    /** Overwritten events of the ring, cumulative. */
    public final long overwritten() {
        return getLong(PacketHeaderDescriptor.OVERWRITTEN_OFFSET);
    }

    /** Events in the packet. */
    public final int eventCount() {
        return getInt(PacketHeaderDescriptor.EVENT_COUNT_OFFSET);
    }

    /** Kernel thread id as the target sees it. */
    public final int tid() {
        return getInt(PacketHeaderDescriptor.TID_OFFSET);
    }

    /** Slot index, or number of the trap stream. */
    public final int ring() {
        return getInt(PacketHeaderDescriptor.RING_OFFSET);
    }

    /** Session epoch. */
    public final int epoch() {
        return Short.toUnsignedInt(Memory.getShort(address + PacketHeaderDescriptor.EPOCH_OFFSET));
    }

    /** Bytes of the header. */
    public final int headerLength() {
        return Short.toUnsignedInt(Memory.getShort(address + PacketHeaderDescriptor.HEADER_LENGTH_OFFSET));
    }

    /** Id of the owner's Thread. */
    public final long javaThreadId() {
        return getLong(PacketHeaderDescriptor.JAVA_THREAD_ID_OFFSET);
    }

    /** How often the slot had been claimed. */
    public final int generation() {
        return getInt(PacketHeaderDescriptor.GENERATION_OFFSET);
    }
}
