// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.EventWalker;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.segment.DocumentBuffer;
import dev.sluice.store.segment.DocumentView;
import dev.sluice.store.segment.SegmentFile;
import dev.sluice.store.segment.TraceDamage;

/** Loads the packets of one stream into memory of its own and checks everything about them. For one thread. */
final class PacketLoader {
    private final TraceReader reader;
    private final PacketStream stream;
    private final EventWalker walker;
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

    /**
     * Loads a packet. One that is damaged, or whose content is no sequence of whole events, is noted in the reader.
     *
     * @return null, or what is noted
     */
    TraceDamage load(final int index) {
        String problem = read(stream.segment(index), stream.offset(index));
        if (problem == null) {
            problem = packet.contentProblem(walker);
            malformedEvents += problem == null ? 0 : packet.eventCount();
        }
        if (problem == null) {
            return null;
        }
        final TraceDamage damage = new TraceDamage(reader.segment(stream.segment(index)).file(), stream.offset(index),
            -1, "packet", stream.target().index(), stream.ring(), isHeaderThere ? packet.sequence() : 0,
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

    /** Events of packets whose checksum was right, and whose content is no sequence of whole events. */
    long malformedEvents() {
        return malformedEvents;
    }

    /** Gives the memory back. */
    void free() {
        buffer.free();
    }
}
