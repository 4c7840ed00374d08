// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.packet;

import dev.sluice.ring.memory.Memory;

/**
 * A flyweight that writes a packet's header ({@link PacketHeaderDescriptor}); {@link PacketHeader} reads the header and
 * says whether it is sound. {@link #begin} writes what is the same in every header. Other fields have no default: a
 * field that is not set keeps what was in the memory. For one thread.
 */
public final class PacketHeaderEncoder {
    private long address;

    /** Makes a flyweight that is over no header yet. */
    public PacketHeaderEncoder() {
    }

    /** Begins a header of this version in {@link PacketHeaderDescriptor#LENGTH} bytes at an address. */
    public PacketHeaderEncoder begin(final long newAddress) {
        wrap(newAddress);
        headerLength(PacketHeaderDescriptor.LENGTH);
        putInt(PacketHeaderDescriptor.MAGIC_OFFSET, PacketHeaderDescriptor.MAGIC);
        return putInt(PacketHeaderDescriptor.RESERVED_OFFSET, 0);
    }

    /** Moves to a header that exists already, to change some of its fields. */
    public PacketHeaderEncoder wrap(final long newAddress) {
        address = newAddress;
        return this;
    }

    /** Sets the length of the header, if something was put after it. {@link #content} includes this length. */
    public PacketHeaderEncoder headerLength(final int lengthBytes) {
        Memory.putShort(address + PacketHeaderDescriptor.HEADER_LENGTH_OFFSET, (short) lengthBytes);
        return this;
    }

    /** Sets the target that the packet belongs to. */
    public PacketHeaderEncoder target(final TargetId target) {
        target.write(address + PacketHeaderDescriptor.TARGET_ID_OFFSET);
        return this;
    }

    /** Sets the stream class: how the packet's events are laid out. */
    public PacketHeaderEncoder streamClass(final StreamClass streamClass) {
        return streamClassCode(streamClass.code());
    }

    /** Sets the code of a stream class as a target has written it. Readers check whether that class exists. */
    public PacketHeaderEncoder streamClassCode(final int code) {
        return putInt(PacketHeaderDescriptor.STREAM_ID_OFFSET, code);
    }

    /** Sets the number of the packet's stream: the index of a slot, or the number of a trap stream. */
    public PacketHeaderEncoder ring(final int number) {
        return putInt(PacketHeaderDescriptor.RING_OFFSET, number);
    }

    /** Sets the kernel thread id of the thread that fired the events, as the target sees it. */
    public PacketHeaderEncoder tid(final int tid) {
        return putInt(PacketHeaderDescriptor.TID_OFFSET, tid);
    }

    /** Sets Thread.threadId of the owner, 0 if unknown. */
    public PacketHeaderEncoder javaThreadId(final long id) {
        return putLong(PacketHeaderDescriptor.JAVA_THREAD_ID_OFFSET, id);
    }

    /** Sets how often the slot had been claimed. */
    public PacketHeaderEncoder generation(final int generation) {
        return putInt(PacketHeaderDescriptor.GENERATION_OFFSET, generation);
    }

    /** Sets the session's epoch, 0 to 65,535. */
    public PacketHeaderEncoder epoch(final int epoch) {
        Memory.putShort(address + PacketHeaderDescriptor.EPOCH_OFFSET, (short) epoch);
        return this;
    }

    /** Sets the sequence number of the batch in its stream, from 1. */
    public PacketHeaderEncoder sequence(final long sequence) {
        return putLong(PacketHeaderDescriptor.SEQUENCE_OFFSET, sequence);
    }

    /** Sets the 64-bit ticks of the first and of the last event. */
    public PacketHeaderEncoder ticks(final long first, final long last) {
        putLong(PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET, first);
        return putLong(PacketHeaderDescriptor.TIMESTAMP_END_OFFSET, last);
    }

    /**
     * Sets what the packet contains.
     *
     * @param events       number of events
     * @param exactLength  bytes after the {@link PacketHeaderDescriptor#LENGTH} of the header, up to the last byte of
     *                     the last event
     * @param paddedLength bytes after the {@link PacketHeaderDescriptor#LENGTH} of the header, with the padding, a
     *                     multiple of 8
     */
    public PacketHeaderEncoder content(final int events, final long exactLength, final long paddedLength) {
        putInt(PacketHeaderDescriptor.EVENT_COUNT_OFFSET, events);
        putLong(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET, PacketHeaderDescriptor.packetBits(exactLength));
        return putLong(PacketHeaderDescriptor.PACKET_SIZE_OFFSET, PacketHeaderDescriptor.packetBits(paddedLength));
    }

    /**
     * Sets the packet's place in its stream: the position of the first event in bytes, and the number of events before
     * it.
     */
    public PacketHeaderEncoder place(final long position, final long eventsBefore) {
        putLong(PacketHeaderDescriptor.BEGIN_POSITION_OFFSET, position);
        return putLong(PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET, eventsBefore);
    }

    /** Sets how many events of the stream were discarded or overwritten so far. */
    public PacketHeaderEncoder eventsDiscarded(final long events) {
        return putLong(PacketHeaderDescriptor.EVENTS_DISCARDED_OFFSET, events);
    }

    /** Sets how many events of the stream were overwritten so far. */
    public PacketHeaderEncoder overwritten(final long events) {
        return putLong(PacketHeaderDescriptor.OVERWRITTEN_OFFSET, events);
    }

    private PacketHeaderEncoder putInt(final int offset, final int value) {
        Memory.putInt(address + offset, value);
        return this;
    }

    private PacketHeaderEncoder putLong(final int offset, final long value) {
        Memory.putLong(address + offset, value);
        return this;
    }
}
