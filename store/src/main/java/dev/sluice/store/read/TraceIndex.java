// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.segment.DamageLog;
import dev.sluice.store.segment.DocumentBuffer;
import dev.sluice.store.segment.DocumentView;
import dev.sluice.store.segment.SegmentFile;
import dev.sluice.store.segment.TraceDamage;
import dev.sluice.store.segment.TraceVisitor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Collects what the first pass over a trace finds: its targets with everything but their events, and its damage. One
 * thread fills it while the trace is opened; after that it is immutable.
 */
final class TraceIndex implements TraceVisitor {
    /**
     * The most fields and labels of all declared events of a trace. No program has so many, and their number is small
     * enough for memory.
     */
    static final int MAX_FIELDS = 1 << 18;

    /** Memory for each byte of a document that is decoded into a map of numbers. */
    private static final int BYTES_OF_A_MAP = 12;

    /** Memory for a target in addition to its texts: its account, its clock and its place in a report. */
    private static final int BYTES_OF_A_TARGET = 900;

    /** Codes of document kinds are less than this in every version. */
    private static final int KIND_LIMIT = 256;

    private final List<SegmentFile> segments;
    private final DamageLog damage;
    private final boolean isVerified;
    private final ReadingBudget budget = new ReadingBudget();
    private final List<TargetTrace> targets = new ArrayList<>();
    private final Map<Integer, Long> unknownDocuments = new TreeMap<>();
    private final PacketView packet = new PacketView();
    private final DocumentView earlier = new DocumentView();
    private final DocumentBuffer earlierBuffer = new DocumentBuffer(0);
    private TraceInfo info;
    private boolean hasBegun;
    private long documentCount;
    private long storedBytes;
    private int fields;

    TraceIndex(final List<SegmentFile> segments, final DamageLog damage, final boolean isVerified) {
        this.segments = segments;
        this.damage = damage;
        this.isVerified = isVerified;
    }

    @Override
    public void damaged(final long offset, final DocumentView document, final int segment, final String problem) {
        damage.add(document != null ? document.damage(problem)
            : noDocument(segments.get(segment), offset, problem));
        documentCount += document == null ? 0 : 1;
    }

    /** A damaged place that is not a document. */
    static TraceDamage noDocument(final SegmentFile segment, final long offset, final String problem) {
        return new TraceDamage(segment.file(), offset, -1, "no document", -1, -1, 0, 0, problem);
    }

    @Override
    public void visit(final DocumentView document, final int segment) {
        documentCount++;
        storedBytes += document.payloadLength();
        if (isTooLong(document)) {
            begin(document);
            damage.add(document.damage("longer than any that a recording writes: length=" + document.payloadLength()
                + " limit=" + DocumentDescriptor.MAX_SMALL_PAYLOAD_LENGTH));
            return;
        }
        if (document.kind() == DocumentKind.PACKET) {
            addPacket(document, segment);
            return;
        }
        final String problem = document.payloadProblem();
        if (problem != null) {
            damage.add(document.damage(problem));
            return;
        }
        begin(document);
        if (document.kind() == null) {
            addUnknown(document);
            return;
        }
        try {
            addControl(document, segment);
        } catch (final IllegalArgumentException e) {
            damage.add(document.damage(e.getMessage()));
        }
    }

    /**
     * Whether a document is too long to be kept. A packet of every ring is in memory at the same time, and a writer
     * that copies documents maps what it has written.
     */
    private static boolean isTooLong(final DocumentView document) {
        final DocumentKind kind = document.kind();
        return kind != null && kind != DocumentKind.SCHEMA && kind != DocumentKind.STALL && kind != DocumentKind.END
            && kind != DocumentKind.PROGRESS
            && document.payloadLength() > DocumentDescriptor.MAX_SMALL_PAYLOAD_LENGTH;
    }

    private void begin(final DocumentView document) {
        if (!hasBegun && document.kind() != DocumentKind.TRACE && damage.count() == 0) {
            damage.add(document.damage("a trace begins with a document of kind TRACE"));
        }
        hasBegun = true;
    }

    /**
     * Adds a document of an unknown kind. The kind is not covered by the checksum, so a damaged kind must not be taken
     * for a kind of a later version.
     */
    private void addUnknown(final DocumentView document) {
        final int code = document.kindCode();
        packet.wrap(document.payloadAddress(), document.payloadLength());
        if (code == 0 || code >= KIND_LIMIT || document.target() < targets.size()
            && packet.problem(targets.get(document.target()).info().id()) == null) {
            damage.add(damageOf(document, document.payloadLength(), "no such kind of document"));
        } else {
            unknownDocuments.merge(code, 1L, Long::sum);
        }
    }

    private void addControl(final DocumentView document, final int segment) {
        final byte[] payload = document.payload();
        switch (document.kind()) {
            case TRACE -> {
                final TraceInfo decoded = DocumentCodec.decodeTrace(document.describe(), payload);
                info = info == null ? decoded : info;
            }
            case TARGET -> addTarget(document, DocumentCodec.decodeTarget(payload));
            case SCHEMA -> addSchema(document, payload);
            case CLOCK -> target(document).addTriple(DocumentCodec.decodeClock(payload));
            case TICKER -> target(document).addTicker(DocumentCodec.decodeTicker(payload));
            case THREAD -> addThread(target(document), DocumentCodec.decodeThread(payload), payload.length);
            case ERROR -> addError(target(document), DocumentCodec.decodeError(payload), payload.length);
            case STALL -> {
                budget.take((long) payload.length * BYTES_OF_A_MAP);
                target(document).addStall(DocumentCodec.decodeStall(payload));
            }
            case LOSS -> {
                budget.take(0);
                target(document).addLoss(DocumentCodec.decodeLoss(payload));
            }
            case PROGRESS -> {
                // Each stream in it becomes an object.
                budget.take((long) payload.length * BYTES_OF_A_MAP);
                final TargetTrace target = target(document);
                target.addProgress(DocumentCodec.decodeProgress(payload), isAfterRemoval(target, segment));
            }
            case SELECTION -> addSelection(target(document), DocumentCodec.decodeSelection(payload), payload.length);
            case PACE -> target(document).setPace(DocumentCodec.decodePace(payload));
            case END -> {
                budget.take((long) payload.length * 2);
                target(document).setEnd(DocumentCodec.decodeEnd(payload));
            }
            default -> throw new IllegalStateException("kind=" + document.kind());
        }
    }

    /** Whether segments before this one are there no more. A trace that was copied into one segment begins with it. */
    private boolean isAfterRemoval(final TargetTrace target, final int segment) {
        return segment == 0 ? !target.hasProgress()
            : segments.get(segment).number() > segments.get(segment - 1).number() + 1;
    }

    private void addThread(final TargetTrace target, final ThreadInfo thread, final int length) {
        if (!target.knows(thread)) {
            budget.take(length * 2L);
        }
        target.addThread(thread);
    }

    /** Adds a selection, unless it is repeated at the begin of a segment. */
    private void addSelection(final TargetTrace target, final TargetInfo.Selection selection, final int length) {
        if (!target.selections().contains(selection)) {
            budget.take((long) length * BYTES_OF_A_MAP);
            target.addSelection(selection);
        }
    }

    private void addError(final TargetTrace target, final DistinctError error, final int length) {
        if (!target.knows(error)) {
            budget.take(length * 4L);
        }
        target.addError(error);
    }

    /** Adds a target. A later segment repeats the targets with their indexes. */
    private void addTarget(final DocumentView document, final TargetInfo target) {
        final int at = document.target();
        if (at == targets.size()) {
            budget.take((long) BYTES_OF_A_TARGET + target.commandLine().length() + target.javaVersion().length());
            targets.add(new TargetTrace(at, target));
        } else if (at < targets.size() && !targets.get(at).isIdentified()) {
            identify(at, target);
        } else if (at > targets.size() || !targets.get(at).info().id().equals(target.id())) {
            throw new IllegalArgumentException("target index " + at + " is out of turn");
        }
    }

    /**
     * Says late which process a target is. A recording writes this before everything else about a target. So what came
     * before, and is not a packet, belongs to another target and had a damaged head (heads have no checksum). If there
     * were packets, the target had an earlier document, which was damaged; this document comes from a later segment.
     */
    private void identify(final int at, final TargetInfo target) {
        if (targets.get(at).hasPackets()) {
            targets.get(at).identify(target);
        } else {
            targets.set(at, new TargetTrace(at, target));
        }
    }

    private void addSchema(final DocumentView document, final byte[] payload) {
        final List<String> problems = new ArrayList<>();
        fields += target(document).addSchema(payload, MAX_FIELDS - fields, problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(problems.get(0)
                + (problems.size() == 1 ? "" : "; and " + (problems.size() - 1) + " more events"));
        }
    }

    private TargetTrace target(final DocumentView document) {
        final int at = document.target();
        if (at == targets.size() && at < DocumentDescriptor.MAX_TARGETS) {
            // The target's own document is damaged. Only the description of the process is lost.
            final TraceDamage here = document.damage("no whole document before this one says what process target "
                + at + " is");
            damage.add(new TraceDamage(here.file(), here.offset() - DocumentDescriptor.QUEUE_WORD_LENGTH, -1, "target",
                at, -1, 0, 0, here.problem()));
            targets.add(new TargetTrace(at, null));
        }
        if (at >= targets.size()) {
            throw new IllegalArgumentException("no such target: index=" + at + " targets=" + targets.size());
        }
        return targets.get(at);
    }

    private void addPacket(final DocumentView document, final int segment) {
        begin(document);
        final int length = document.payloadLength();
        String problem = isVerified ? document.payloadProblem()
            : document.load(DocumentDescriptor.PAYLOAD_OFFSET + Math.min(length, PacketHeaderDescriptor.LENGTH)) ? null
            : DocumentView.TRUNCATED;
        if (problem == null) {
            packet.wrap(document.payloadAddress(), length);
            problem = addPacket(document, segment, length);
        }
        if (problem != null) {
            damage.add(damageOf(document, length, problem));
        }
    }

    private String addPacket(final DocumentView document, final int segment, final int length) {
        final TargetTrace target;
        try {
            if (document.target() == targets.size() && isOfKnownTarget(length)) {
                return "its head says that it is of target " + document.target() + ", its own header of another";
            }
            target = target(document);
        } catch (final IllegalArgumentException e) {
            return e.getMessage();
        }
        if (!target.isIdentified() && length >= PacketHeaderDescriptor.LENGTH && isIntact(document)) {
            target.identify(packet);
        }
        if (!document.isLoaded()) {
            return DocumentView.TRUNCATED;
        }
        String problem = packet.problem(target.info().id());
        if (problem != null) {
            return firstOf(document.payloadProblem(), problem);
        }
        final StreamKey key = StreamKey.of(packet);
        if (!target.hasPackets(key) && !isIntact(document)) {
            // A damaged number must not create a ring that never existed.
            return firstOf(document.payloadProblem(), DocumentView.TRUNCATED);
        }
        target.addPacket();
        final PacketStream stream = target.stream(key);
        problem = stream.add(packet, segment, document.offset());
        // The packet before may have a damaged header that looked sound, and this packet only does not fit to that.
        while (problem != null && isIntact(document) && dropLastIfDamaged(stream)) {
            problem = stream.add(packet, segment, document.offset());
        }
        return problem == null ? null : firstOf(document.payloadProblem(), problem);
    }

    private static String firstOf(final String problem, final String other) {
        return problem != null ? problem : other;
    }

    /** Whether the packet names a known target. A damaged head must not create another one. */
    private boolean isOfKnownTarget(final int length) {
        return length >= PacketHeaderDescriptor.LENGTH
            && targets.stream().anyMatch(target -> target.info().id().equals(packet.targetId()));
    }

    /** Whether a document's payload is whole. If it is not, the packet may be there no more; the document tells. */
    private boolean isIntact(final DocumentView document) {
        final boolean isIntact = document.payloadProblem() == null;
        if (document.isLoaded()) {
            packet.wrap(document.payloadAddress(), document.payloadLength());
        }
        return isIntact;
    }

    private boolean dropLastIfDamaged(final PacketStream stream) {
        if (!stream.canDropLast()) {
            return false;
        }
        final int last = stream.packetCount() - 1;
        final PacketView dropped = load(stream, last);
        if (dropped != null && earlier.payloadProblem() == null) {
            return false;
        }
        damage.add(new TraceDamage(segments.get(stream.segment(last)).file(), stream.offset(last), -1, "packet",
            stream.target().index(), stream.key().number(), dropped == null ? 0 : dropped.sequence(),
            dropped == null ? 0 : dropped.eventCount(),
            dropped == null ? "the file was truncated or changed while it was read" : "checksum differs"));
        stream.dropLast();
        return true;
    }

    /** Loads a packet of a stream once more. Returns null if it cannot be read any more. */
    private PacketView load(final PacketStream stream, final int at) {
        final SegmentFile segment = segments.get(stream.segment(at));
        if (!earlier.move(segment, earlierBuffer, stream.offset(at), DocumentDescriptor.PAYLOAD_OFFSET)) {
            return null;
        }
        final int length = earlier.payloadLength();
        if (length < PacketHeaderDescriptor.LENGTH || length > DocumentDescriptor.MAX_PAYLOAD_LENGTH
            || !earlier.move(segment, earlierBuffer, stream.offset(at), DocumentDescriptor.PAYLOAD_OFFSET + length)
            || !earlier.load(DocumentDescriptor.PAYLOAD_OFFSET + length)) {
            return null;
        }
        return new PacketView().wrap(earlier.payloadAddress(), length);
    }

    private TraceDamage damageOf(final DocumentView document, final int length, final String problem) {
        final TraceDamage plain = document.damage(problem);
        if (length < PacketHeaderDescriptor.LENGTH || !document.isLoaded()) {
            return plain;
        }
        packet.wrap(document.payloadAddress(), length);
        return new TraceDamage(plain.file(), plain.offset(), plain.document(), plain.what(), plain.target(),
            Math.max(-1, packet.ring()), packet.sequence(), Math.max(0, Math.min(packet.eventCount(), length / 8)),
            problem);
    }

    /** To be called after the last document. */
    void finish() {
        if (info == null && hasBegun) {
            info = new TraceInfo(0, "", "");
        }
        earlierBuffer.free();
    }

    boolean hasBegun() {
        return hasBegun;
    }

    TraceInfo info() {
        return info;
    }

    List<TargetTrace> targets() {
        return targets;
    }

    Map<Integer, Long> unknownDocuments() {
        return unknownDocuments;
    }

    long documentCount() {
        return documentCount;
    }

    long storedBytes() {
        return storedBytes;
    }
}
