// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.segment.DocumentBuffer;
import dev.sluice.store.segment.DocumentView;
import dev.sluice.store.segment.SegmentFile;
import dev.sluice.store.segment.TraceDamage;

/** Loads the packets of one stream into private memory and checks them completely. For one thread. */
final class PacketLoader {
    private final TraceReader reader;
    private final PacketStream stream;
    private EventWalker walker;
    private final DocumentBuffer buffer = new DocumentBuffer(0);
    private final DocumentView document = new DocumentView();
    private final PacketView packet = new PacketView();
    private long malformedEvents;
    private boolean isHeaderThere;

    PacketLoader(final TraceReader reader, final PacketStream stream, final EventWalker walker) {
        this.reader = reader;
        this.stream = stream;
        this.walker = walker;
    }

    /** Takes a walker that knows more events. */
    void redeclare(final EventWalker newWalker) {
        walker = newWalker;
    }

    /**
     * Loads a packet. If it is damaged, or its content is not a sequence of whole events, that is noted in the reader.
     *
     * @return null, or the damage that was noted
     */
    TraceDamage load(final int index) {
        String problem = read(stream.segment(index), stream.offset(index));
        if (problem == null && (!StreamKey.of(packet).equals(stream.key())
            || packet.ticksBegin() != stream.beginTicks(index))) {
            problem = "not the packet that was here when the trace was opened, or that the index beside the file names;"
                + " remove the index";
        }
        if (problem == null) {
            problem = packet.contentProblem(walker);
            malformedEvents += problem == null ? 0 : packet.eventCount();
        }
        if (problem == null) {
            return null;
        }
        final TraceDamage damage = new TraceDamage(reader.segment(stream.segment(index)).file(), stream.offset(index),
            -1, "packet", stream.target().index(), stream.key().number(), isHeaderThere ? packet.sequence() : 0,
            isHeaderThere ? packet.eventCount() : 0, problem);
        reader.note(damage);
        return damage;
    }

    private String read(final int segmentIndex, final long offset) {
        final SegmentFile segment = reader.segment(segmentIndex);
        isHeaderThere = false;
        if (!document.move(segment, buffer, offset, DocumentDescriptor.PAYLOAD_OFFSET)) {
            return "the file was truncated since it was opened";
        }
        final int length = document.payloadLength();
        if (length < PacketHeaderDescriptor.LENGTH || length > DocumentDescriptor.MAX_PAYLOAD_LENGTH
            || !document.move(segment, buffer, offset, DocumentDescriptor.PAYLOAD_OFFSET + length)) {
            return "the file has changed since it was opened";
        }
        final String problem = document.payloadProblem();
        if (document.isLoaded()) {
            isHeaderThere = true;
            packet.wrap(document.payloadAddress(), length);
        }
        return problem != null ? problem : packet.problem(stream.target().info().id());
    }

    PacketView packet() {
        return packet;
    }

    /**
     * Ticks of the first event in the packet with more than the given ticks; {@link Long#MAX_VALUE} if there is no such
     * event.
     */
    long ticksAfter(final long than) {
        return ticksAfter(packet.address() + packet.headerLength(), packet.eventCount(), packet.ticksBegin(), than);
    }

    /**
     * Ticks of the first event, from a given one on, with more than the given ticks; {@link Long#MAX_VALUE} if there is
     * no such event.
     *
     * @param address   address of the event to begin with
     * @param events    number of events from there on
     * @param baseTicks ticks of the event before it
     */
    long ticksAfter(final long address, final int events, final long baseTicks, final long than) {
        final long end = packet.address() + packet.contentBits() / Byte.SIZE;
        long at = address;
        long ticks = baseTicks;
        for (int i = 0; i < events; i++) {
            ticks = EventDescriptor.ticks(Memory.getLong(at), ticks);
            if (ticks > than) {
                return ticks;
            }
            at += EventDescriptor.align(walker.lengthOf(at, end - at, packet.streamClass()));
        }
        return Long.MAX_VALUE;
    }

    /** Number of events in packets whose checksum was right, but whose content is not a sequence of whole events. */
    long malformedEvents() {
        return malformedEvents;
    }

    /** Gives the memory back. */
    void free() {
        buffer.free();
    }
}
