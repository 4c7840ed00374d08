// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import dev.sluice.ring.EventDescriptor;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.ring.TargetId;

/** Flyweight over a stored packet's header ({@link PacketHeaderDescriptor}). For one thread. */
public final class PacketView {
    private long address;
    private int lengthBytes;

    /** Moves to the packet at an address. */
    public PacketView wrap(final long newAddress, final int newLengthBytes) {
        address = newAddress;
        lengthBytes = newLengthBytes;
        return this;
    }

    /**
     * Checks whether the header holds together, which makes all reads of the content that obey it safe.
     *
     * @param target whose packet it must be
     * @return what is wrong, or null
     */
    public String problem(final TargetId target) {
        if (lengthBytes < PacketHeaderDescriptor.LENGTH) {
            return "shorter than a header: length=" + lengthBytes;
        }
        final long headerLength = headerLength();
        final long contentBits = contentBits();
        final long packetBits = getLong(PacketHeaderDescriptor.PACKET_SIZE_OFFSET);
        if (getInt(PacketHeaderDescriptor.MAGIC_OFFSET) != PacketHeaderDescriptor.MAGIC) {
            return "no magic";
        }
        if (headerLength < PacketHeaderDescriptor.LENGTH || headerLength % Long.BYTES != 0
            || packetBits != lengthBytes * (long) Byte.SIZE || contentBits % Byte.SIZE != 0
            || contentBits < headerLength * Byte.SIZE || contentBits > packetBits || packetBits - contentBits >= 64) {
            return "sizes do not fit together: stored=" + lengthBytes + " header=" + headerLength + " content bits="
                + contentBits + " packet bits=" + packetBits;
        }
        if (streamClass() < 0 || streamClass() > PacketHeaderDescriptor.STREAM_TRAP) {
            return "unknown stream class " + streamClass();
        }
        if (!target.equals(TargetId.read(address + PacketHeaderDescriptor.TARGET_ID_OFFSET))) {
            return "target id is not " + target;
        }
        return countsProblem(contentBits / Byte.SIZE - headerLength);
    }

    private String countsProblem(final long contentLength) {
        final int least = EventDescriptor.HEADER_LENGTH;
        if (eventCount() < 0 || eventCount() == 0 != (contentLength == 0)
            || eventCount() > (contentLength + EventDescriptor.ALIGNMENT - 1) / least) {
            return "event count does not fit: events=" + eventCount() + " content=" + contentLength;
        }
        final long span = ticksEnd() - ticksBegin();
        if (span < 0 || span >= EventDescriptor.MAX_TICKS_SPAN) {
            return "ticks out of range: begin=" + ticksBegin() + " end=" + ticksEnd();
        }
        if (sequence() < 1 || beginPosition() < 0 || eventsBefore() < 0 || overwritten() < 0
            || eventsDiscarded() < overwritten() || Long.MAX_VALUE - eventsBefore() < eventCount()
            || Long.MAX_VALUE - beginPosition() < contentLength + Long.BYTES) {
            return "counts out of range: sequence=" + sequence() + " position=" + beginPosition() + " events before="
                + eventsBefore() + " discarded=" + eventsDiscarded() + " overwritten=" + overwritten();
        }
        return null;
    }

    private int getInt(final int offset) {
        return Memory.getInt(address + offset);
    }

    private long getLong(final int offset) {
        return Memory.getLong(address + offset);
    }

    /** Where the header is. */
    public long address() {
        return address;
    }

    /** Bytes of header and padded content. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** Stream class of the events. */
    public int streamClass() {
        return getInt(PacketHeaderDescriptor.STREAM_ID_OFFSET);
    }

    /** Whether the events came one trap each. */
    public boolean isTrapStream() {
        return streamClass() == PacketHeaderDescriptor.STREAM_TRAP;
    }

    /** 64-bit ticks of the first event. */
    public long ticksBegin() {
        return getLong(PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET);
    }

    /** 64-bit ticks of the last event. */
    public long ticksEnd() {
        return getLong(PacketHeaderDescriptor.TIMESTAMP_END_OFFSET);
    }

    /** Bits of header and content, up to the last byte of the last event. */
    public long contentBits() {
        return getLong(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET);
    }

    /** Sequence of the batch in its ring, from 1. */
    public long sequence() {
        return getLong(PacketHeaderDescriptor.SEQUENCE_OFFSET);
    }

    /** Discarded and overwritten events of the ring, cumulative. */
    public long eventsDiscarded() {
        return getLong(PacketHeaderDescriptor.EVENTS_DISCARDED_OFFSET);
    }

    /** Ring position of the first event. */
    public long beginPosition() {
        return getLong(PacketHeaderDescriptor.BEGIN_POSITION_OFFSET);
    }

    /** Ring position behind the last event, 8-aligned. */
    public long endPosition() {
        return beginPosition() + lengthBytes - headerLength();
    }

    /** Events written to the ring before the first event. */
    public long eventsBefore() {
        return getLong(PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET);
    }

    /** Overwritten events of the ring, cumulative. */
    public long overwritten() {
        return getLong(PacketHeaderDescriptor.OVERWRITTEN_OFFSET);
    }

    /** Events in the packet. */
    public int eventCount() {
        return getInt(PacketHeaderDescriptor.EVENT_COUNT_OFFSET);
    }

    /** Kernel thread id as the target sees it. */
    public int tid() {
        return getInt(PacketHeaderDescriptor.TID_OFFSET);
    }

    /** Slot index, or number of the trap stream. */
    public int ring() {
        return getInt(PacketHeaderDescriptor.RING_OFFSET);
    }

    /** Bytes of the header. */
    public int headerLength() {
        return Short.toUnsignedInt(Memory.getShort(address + PacketHeaderDescriptor.HEADER_LENGTH_OFFSET));
    }

    /** Id of the owner's Thread. */
    public long javaThreadId() {
        return getLong(PacketHeaderDescriptor.JAVA_THREAD_ID_OFFSET);
    }

    /** How often the slot had been claimed. */
    public int generation() {
        return getInt(PacketHeaderDescriptor.GENERATION_OFFSET);
    }
}
