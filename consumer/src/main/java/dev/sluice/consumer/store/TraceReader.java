// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import dev.sluice.ring.ClockTriple;
import dev.sluice.ring.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * A recorded trace, opened for reading. Opening makes one light pass over all documents: it decodes and checks
 * everything but the packets' content and notes where each ring's packets are, which costs eight bytes of heap a
 * packet (a packet of 64 KiB holds some 2,700 events). Payloads of packets are checked when they are read.
 * <p>
 * Nothing in the files is trusted: whatever is damaged or forged ends in a {@link TraceStoreException} that names the
 * document. A trace whose consumer was killed, or is still recording, reads up to the last complete document.
 * <p>
 * Immutable once open: any thread may make handlers and cursors; each of those is for one thread. There is nothing to
 * close: the mapping goes with the last object that refers to it.
 */
public final class TraceReader {
    private final Path directory;
    private final List<SegmentFile> segments = new ArrayList<>();
    private final List<TargetTrace> targets = new ArrayList<>();
    private TraceInfo info;
    private boolean complete = true;
    private long documentCount;
    private long limit = Long.MAX_VALUE;
    private long storedBytes;

    private TraceReader(final Path directory) {
        this.directory = directory;
    }

    /**
     * Opens a trace.
     *
     * @throws TraceStoreException if it is none, or damaged
     */
    public static TraceReader open(final Path directory) {
        final TraceReader reader = new TraceReader(directory);
        try {
            for (final Path file : queueFiles(directory)) {
                reader.segments.add(new SegmentFile(file));
            }
        } catch (final IOException e) {
            throw new TraceStoreException("cannot read the trace directory: " + e, e);
        }
        if (reader.segments.isEmpty()) {
            throw new TraceStoreException("no trace: directory=" + directory
                + " has no segment (" + TraceWriter.FIRST_SEGMENT + "/*.cq4); give the directory of a recording");
        }
        reader.index();
        return reader;
    }

    private static List<Path> queueFiles(final Path directory) throws IOException {
        final List<Path> files = new ArrayList<>();
        for (final Path segment : sorted(directory, "\\d{4}")) {
            files.addAll(sorted(segment, ".*\\.cq4"));
        }
        return files;
    }

    private static List<Path> sorted(final Path directory, final String pattern) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new TraceStoreException("no such directory: " + directory);
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(path -> path.getFileName().toString().matches(pattern)).sorted().toList();
        }
    }

    private void index() {
        final Crc32cOfMemory crc = new Crc32cOfMemory();
        final PacketView packet = new PacketView();
        complete = walk((document, segment, offset) -> {
            if (document.number() == 0 && document.kind() != DocumentKind.TRACE) {
                throw document.damaged("a trace begins with a document of kind TRACE; this is none of Sluice's");
            }
            storedBytes += document.payloadLength();
            if (document.kind() == DocumentKind.PACKET) {
                indexPacket(document, packet, segment, offset);
            } else if (document.kind() != null) {
                document.checkPayload(crc);
                try {
                    indexControl(document);
                } catch (final IllegalArgumentException e) {
                    throw document.damaged(e);
                }
            }
            documentCount++;
        });
        limit = documentCount;
        if (info == null) {
            throw new TraceStoreException("the trace is empty: directory=" + directory
                + "; its consumer was stopped before it had begun");
        }
        targets.forEach(TraceReader::checkClock);
    }

    private static void checkClock(final TargetTrace target) {
        try {
            target.clock();
        } catch (final IllegalArgumentException e) {
            throw new TraceStoreException("clock readings of target " + target.index() + " do not fit together: "
                + e.getMessage(), e);
        }
    }

    private void indexPacket(final DocumentView document, final PacketView packet, final int segment,
        final long offset) {
        final TargetTrace target = target(document);
        packet.wrap(document.payloadAddress(), document.payloadLength());
        String problem = packet.problem(target.info().id());
        if (problem == null) {
            problem = target.stream(packet.ring(), packet.isTrapStream()).add(packet, segment, offset);
        }
        if (problem != null) {
            throw document.damaged(problem);
        }
    }

    private void indexControl(final DocumentView document) {
        final byte[] payload = document.payload();
        switch (document.kind()) {
            case TRACE -> {
                final TraceInfo decoded = DocumentCodec.decodeTrace(payload);
                info = info == null ? decoded : info;
            }
            case TARGET -> addTarget(document, DocumentCodec.decodeTarget(payload));
            case SCHEMA -> target(document).addSchema(payload);
            case CLOCK -> {
                final ClockTriple triple = DocumentCodec.decodeClock(payload);
                target(document).addTriple(triple);
            }
            case THREAD -> target(document).addThread(DocumentCodec.decodeThread(payload));
            case LOSS -> target(document).addLoss(DocumentCodec.decodeLoss(payload));
            case ERROR -> target(document).addError(DocumentCodec.decodeError(payload));
            case STALL -> target(document).addStall(DocumentCodec.decodeStall(payload));
            case END -> target(document).setEnd(DocumentCodec.decodeEnd(payload));
            default -> throw new IllegalStateException("kind=" + document.kind());
        }
    }

    /** A later segment repeats the targets under their index. */
    private void addTarget(final DocumentView document, final TargetInfo target) {
        final int index = document.target();
        if (index == targets.size()) {
            targets.add(new TargetTrace(index, target));
        } else if (index > targets.size() || !targets.get(index).info().id().equals(target.id())) {
            throw document.damaged("target index " + index + " is out of turn");
        }
    }

    private TargetTrace target(final DocumentView document) {
        if (document.target() >= targets.size()) {
            throw document.damaged("no such target: index=" + document.target() + " targets=" + targets.size());
        }
        return targets.get(document.target());
    }

    private interface Visitor {
        void visit(DocumentView document, int segment, long offset);
    }

    /** Visits the documents that were there when the trace was opened; false if an incomplete one follows. */
    private boolean walk(final Visitor visitor) {
        boolean ended = true;
        final DocumentView document = new DocumentView();
        final long[] number = {0};
        for (int i = 0; i < segments.size(); i++) {
            final int segment = i;
            final SegmentFile file = segments.get(i);
            try {
                ended &= file.walk((offset, length) -> {
                    if (number[0] >= limit) {
                        return false;
                    }
                    document.wrap(file, offset, length, number[0]++).checkHead();
                    visitor.visit(document, segment, offset);
                    return true;
                });
            } catch (final InternalError e) {
                throw new TraceStoreException("reading failed: file=" + file.file() + " document=" + number[0] + ": "
                    + e + "; the file was truncated meanwhile, or its disk fails", e);
            }
        }
        return ended;
    }

    /** Number of the document at a place, for messages; walks the trace. */
    long documentNumber(final int segment, final long place) {
        final long[] numbers = {0, -1};
        walk((document, atSegment, offset) -> {
            if (atSegment == segment && offset == place) {
                numbers[1] = numbers[0];
            }
            numbers[0]++;
        });
        return numbers[1];
    }

    SegmentFile segment(final int segment) {
        return segments.get(segment);
    }

    /** Passes every document, in stored order, to a handler, each checked against its checksum. */
    public void documents(final DocumentHandler handler) {
        final Crc32cOfMemory crc = new Crc32cOfMemory();
        walk((document, segment, offset) -> {
            document.checkPayload(crc);
            handler.onDocument(document);
        });
    }

    /** Passes the packets of one stream, in the order of their sequence, to a handler, each checked. */
    public void packets(final PacketStream stream, final PacketHandler handler) {
        final Crc32cOfMemory crc = new Crc32cOfMemory();
        final DocumentView document = new DocumentView();
        final PacketView packet = new PacketView();
        for (int i = 0; i < stream.packetCount(); i++) {
            final SegmentFile segment = segments.get(stream.segment(i));
            final long offset = stream.offset(i);
            document.wrap(segment, offset, Memory.getInt(segment.address(offset)), i).checkHead();
            packet.wrap(document.payloadAddress(), document.payloadLength());
            if (!document.isIntact(crc)) {
                throw new TraceStoreException("packet sequence " + packet.sequence() + " of " + stream.describe()
                    + " (document " + documentNumber(stream.segment(i), offset) + "): checksum differs");
            }
            handler.onPacket(packet);
        }
    }

    /**
     * The events of all rings of all targets in one time order. Order across rings is as exact as the clock; events of
     * one ring keep their order.
     */
    public EventCursor events() {
        return new EventCursor(this, targets.stream().flatMap(target -> target.streams().stream()).toList());
    }

    /** Where the trace is. */
    public Path directory() {
        return directory;
    }

    /** What the first document says. */
    public TraceInfo info() {
        return info;
    }

    /** The targets by index. */
    public List<TargetTrace> targets() {
        return Collections.unmodifiableList(targets);
    }

    /** Documents when it was opened. */
    public long documentCount() {
        return documentCount;
    }

    /** Bytes of all payloads. */
    public long storedBytes() {
        return storedBytes;
    }

    /** False if an incomplete document follows the last one: the consumer was killed, or is still writing. */
    public boolean isComplete() {
        return complete;
    }

    /** Whether every target's account is final. */
    public boolean isEndKnown() {
        return !targets.isEmpty() && targets.stream().allMatch(TargetTrace::isEndKnown);
    }

    /** Where batches are missing, in all rings. */
    public List<SequenceGap> gaps() {
        return targets.stream().flatMap(target -> target.streams().stream())
            .flatMap(stream -> stream.gaps().stream()).toList();
    }
}
