// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.DistinctError;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
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
 * What the one pass that opens a trace finds: its targets with everything but the events, and its damage. For the
 * opening thread; then immutable.
 */
final class TraceIndex implements TraceVisitor {
    /** Declared fields and labels of all events of a trace; more than any program has, few enough for memory. */
    static final int MAX_FIELDS = 1 << 18;

    /** Memory for each byte of a document that becomes a map of numbers. */
    private static final int BYTES_OF_A_MAP = 12;

    /** Memory for a target beyond its texts: its account, clock and place in a report. */
    private static final int BYTES_OF_A_TARGET = 900;

    /** Codes of kinds are less in any version. */
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
            : new TraceDamage(segments.get(segment).file(), offset, -1, "no document", -1, -1, 0, 0, problem));
        documentCount += document == null ? 0 : 1;
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
            addControl(document);
        } catch (final IllegalArgumentException e) {
            damage.add(document.damage(e.getMessage()));
        }
    }

    /** Every ring's packet is in memory at a time, and a writer that copies documents maps what it has written. */
    private static boolean isTooLong(final DocumentView document) {
        final DocumentKind kind = document.kind();
        return kind != null && kind != DocumentKind.SCHEMA && kind != DocumentKind.STALL && kind != DocumentKind.END
            && document.payloadLength() > DocumentDescriptor.MAX_SMALL_PAYLOAD_LENGTH;
    }

    private void begin(final DocumentView document) {
        if (!hasBegun && document.kind() != DocumentKind.TRACE && damage.count() == 0) {
            damage.add(document.damage("a trace begins with a document of kind TRACE"));
        }
        hasBegun = true;
    }

    /** A kind is not part of the checksum: a damaged one must not pass for that of a later version. */
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

    private void addControl(final DocumentView document) {
        final byte[] payload = document.payload();
        switch (document.kind()) {
            case TRACE -> {
                final TraceInfo decoded = DocumentCodec.decodeTrace(document.describe(), payload);
                info = info == null ? decoded : info;
            }
            case TARGET -> addTarget(document, DocumentCodec.decodeTarget(payload));
            case SCHEMA -> addSchema(document, payload);
            case CLOCK -> target(document).addTriple(DocumentCodec.decodeClock(payload));
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
            case END -> {
                budget.take((long) payload.length * 2);
                target(document).setEnd(DocumentCodec.decodeEnd(payload));
            }
            default -> throw new IllegalStateException("kind=" + document.kind());
        }
    }

    private void addThread(final TargetTrace target, final ThreadInfo thread, final int length) {
        if (!target.knows(thread)) {
            budget.take(length * 2L);
        }
        target.addThread(thread);
    }

    private void addError(final TargetTrace target, final DistinctError error, final int length) {
        if (!target.knows(error)) {
            budget.take(length * 4L);
        }
        target.addError(error);
    }

    /** A later segment repeats the targets under their index. */
    private void addTarget(final DocumentView document, final TargetInfo target) {
        final int at = document.target();
        if (at == targets.size()) {
            budget.take((long) BYTES_OF_A_TARGET + target.commandLine().length() + target.javaVersion().length());
            targets.add(new TargetTrace(at, target));
        } else if (at < targets.size() && !targets.get(at).isIdentified()) {
            // Something before it was of this target, or its head said so: heads have no checksum.
            targets.get(at).identify(target);
        } else if (at > targets.size() || !targets.get(at).info().id().equals(target.id())) {
            throw new IllegalArgumentException("target index " + at + " is out of turn");
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
            // Its own document is damaged: what it said of the process is lost, and nothing else.
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
            : "the file was truncated while it was read";
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
        String problem = packet.problem(target.info().id());
        if (problem != null) {
            return document.payloadProblem() != null ? "checksum differs" : problem;
        }
        if (!target.hasPackets(packet.ring(), packet.isTrapStream()) && !isIntact(document)) {
            // A damaged number must not make a ring that was never there.
            return "checksum differs";
        }
        final PacketStream stream = target.stream(packet.ring(), packet.isTrapStream());
        problem = stream.add(packet, segment, document.offset());
        // A damaged header may have been taken for sound, and be what this packet does not fit to.
        while (problem != null && isIntact(document) && dropLastIfDamaged(stream)) {
            problem = stream.add(packet, segment, document.offset());
        }
        return problem == null ? null : isIntact(document) ? problem : "checksum differs";
    }

    /** Whether the packet names a target that there is: a damaged head must not make one more of it. */
    private boolean isOfKnownTarget(final int length) {
        return length >= PacketHeaderDescriptor.LENGTH
            && targets.stream().anyMatch(target -> target.info().id().equals(packet.targetId()));
    }

    private boolean isIntact(final DocumentView document) {
        final boolean isIntact = document.payloadProblem() == null;
        packet.wrap(document.payloadAddress(), document.payloadLength());
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
            stream.target().index(), stream.ring(), dropped == null ? 0 : dropped.sequence(),
            dropped == null ? 0 : dropped.eventCount(), "checksum differs"));
        stream.dropLast();
        return true;
    }

    /** A packet of a stream again, or null if it cannot be read any more. */
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

    /** After the last document. */
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
