// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.EventWalker;
import dev.sluice.ring.Memory;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.segment.DamageLog;
import dev.sluice.store.segment.DocumentHandler;
import dev.sluice.store.segment.DocumentView;
import dev.sluice.store.segment.SegmentFile;
import dev.sluice.store.segment.SegmentWalk;
import dev.sluice.store.segment.TraceDamage;
import dev.sluice.store.segment.TraceVisitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A recorded trace, opened for reading. Opening makes one light pass over all documents: it decodes and checks
 * everything but the packets' content and notes where each ring's packets are, which costs eight bytes of heap a
 * packet (a packet of 64 KiB holds some 2,700 events). Payloads of packets are checked when they are read.
 * <p>
 * Nothing in the files is trusted. What is damaged or forged costs itself: readers step over it, {@link #damage} names
 * the place, and everything else is read. Opening fails only where nothing of a trace is found. A trace whose consumer
 * was killed, or is still recording, reads up to the last complete document. Documents of kinds that this version does
 * not know are stepped over and counted.
 * <p>
 * Immutable once open but for the damage that is found later: any thread may make handlers and cursors; each of those
 * is for one thread. There is nothing to close.
 */
public final class TraceReader {
    private final Path directory;
    private final List<SegmentFile> segments = new ArrayList<>();
    private final DamageLog damage = new DamageLog();
    private final TraceIndex index;
    private final boolean complete;

    private TraceReader(final Path directory, final boolean isVerified) {
        this.directory = directory;
        openMemory();
        try {
            for (final Path file : queueFiles(directory)) {
                add(file);
            }
        } catch (final IOException e) {
            throw new TraceStoreException("cannot read the trace directory: " + e, e);
        }
        if (segments.isEmpty() && damage.count() == 0) {
            throw new TraceStoreException("no trace: directory=" + directory
                + " has no segment (" + SegmentFile.FIRST_FOLDER + "/*.cq4); give the directory of a recording");
        }
        index = new TraceIndex(segments, damage, isVerified);
        complete = walk(index, Long.MAX_VALUE);
        index.finish();
        if (!index.hasBegun()) {
            throw new TraceStoreException(damage.count() > 0
                ? "not a trace of Sluice, or nothing in it is whole: directory=" + directory + ": "
                + damage.places().get(0).describe()
                : "the trace is empty: directory=" + directory + "; its consumer was stopped before it had begun");
        }
    }

    /**
     * Opens a trace.
     *
     * @throws TraceStoreException if it is none, or nothing of it can be read
     */
    public static TraceReader open(final Path directory) {
        return new TraceReader(directory, false);
    }

    /**
     * Opens a trace and compares every packet with its checksum at once, so that what is damaged counts as missing: for
     * whoever goes on where the packets end. Takes as long as it takes to read the files.
     *
     * @throws TraceStoreException as {@link #open}
     */
    public static TraceReader openVerified(final Path directory) {
        return new TraceReader(directory, true);
    }

    /** A program that reads a trace may have been started without any flag. */
    private static void openMemory() {
        final Throwable cause = Memory.open();
        if (cause != null) {
            final Module own = TraceReader.class.getModule();
            throw new TraceStoreException("no trace can be read in this JVM, because java.base does not export "
                + Memory.JDK_PACKAGE + " (" + cause + "): start it with --add-exports java.base/" + Memory.JDK_PACKAGE
                + '=' + (own.isNamed() ? own.getName() : "ALL-UNNAMED"), cause);
        }
    }

    private void add(final Path file) {
        try {
            segments.add(new SegmentFile(file));
        } catch (final TraceStoreException e) {
            damage.add(new TraceDamage(file, -1, -1, "file", -1, -1, 0, 0, e.getMessage()));
        }
    }

    private static List<Path> queueFiles(final Path directory) throws IOException {
        final List<Path> files = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            throw new TraceStoreException("no such directory: " + directory);
        }
        for (final Path segment : sorted(directory, "\\d{4}")) {
            if (Files.isDirectory(segment, LinkOption.NOFOLLOW_LINKS)) {
                files.addAll(sorted(segment, ".*\\.cq4"));
            }
        }
        return files;
    }

    private static List<Path> sorted(final Path directory, final String pattern) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(path -> path.getFileName().toString().matches(pattern)).sorted().toList();
        }
    }

    /** Visits the first documents of the trace; false if an incomplete one follows. */
    private boolean walk(final TraceVisitor visitor, final long limit) {
        boolean ended = true;
        final NumberedVisitor numbered = new NumberedVisitor(visitor, limit);
        for (int i = 0; i < segments.size(); i++) {
            numbered.begin(i);
            ended &= new SegmentWalk(segments.get(i), numbered).run();
        }
        return ended;
    }

    /** Counts documents over all segments. */
    private static final class NumberedVisitor implements SegmentWalk.Visitor {
        private final TraceVisitor visitor;
        private final long limit;
        private int segment;
        private long number;

        NumberedVisitor(final TraceVisitor visitor, final long limit) {
            this.visitor = visitor;
            this.limit = limit;
        }

        void begin(final int newSegment) {
            segment = newSegment;
        }

        @Override
        public void visit(final DocumentView document) {
            document.number(number++);
            visitor.visit(document, segment);
        }

        @Override
        public void damaged(final long offset, final DocumentView document, final String problem) {
            if (document != null) {
                document.number(number++);
            }
            visitor.damaged(offset, document, segment, problem);
        }

        @Override
        public boolean wantsMore() {
            return number < limit;
        }
    }

    SegmentFile segment(final int segment) {
        return segments.get(segment);
    }

    /** Notes damage that was found in reading. */
    void note(final TraceDamage found) {
        damage.add(found);
    }

    /**
     * What was found damaged, by its place: when the trace was opened, and in packets that were read since. Each place
     * is there once; of more than a thousand the first found are.
     */
    public List<TraceDamage> damage() {
        final Map<Path, Map<Long, TraceDamage>> unnumbered = new HashMap<>();
        damage.places().stream().filter(place -> place.document() < 0 && place.what().equals("packet"))
            .forEach(place -> unnumbered.computeIfAbsent(place.file(), key -> new HashMap<>())
                .put(place.offset(), place));
        if (!unnumbered.isEmpty()) {
            final List<TraceDamage> numbered = new ArrayList<>();
            walk((document, segment) -> {
                final Map<Long, TraceDamage> places = unnumbered.get(segments.get(segment).file());
                final TraceDamage place = places == null ? null : places.get(document.offset());
                if (place != null) {
                    numbered.add(place.withDocument(document.number()));
                }
            }, index.documentCount());
            damage.replace(numbered);
        }
        return damage.places();
    }

    /** Number of places found damaged, also of those that {@link #damage} leaves out. */
    public long damageCount() {
        return damage.count();
    }

    /** Passes every whole document, in stored order, to a handler, each checked against its checksum. */
    public void documents(final DocumentHandler handler) {
        walk((document, segment) -> {
            if (document.payloadProblem() == null && !damage.isKnown(segments.get(segment).file(),
                document.offset())) {
                handler.onDocument(document);
            }
        }, index.documentCount());
    }

    /**
     * Passes the packets of one stream, in the order of their sequence, to a handler, each checked, with its content. A
     * packet that is damaged is passed to {@link PacketHandler#onDamage}.
     */
    public void packets(final PacketStream stream, final PacketHandler handler) {
        final PacketLoader loader = new PacketLoader(this, stream, new EventWalker(stream.target().schemas()));
        for (int i = 0; i < stream.packetCount(); i++) {
            final TraceDamage found = loader.load(i);
            if (found == null) {
                handler.onPacket(loader.packet());
            } else {
                handler.onDamage(found);
            }
        }
    }

    /**
     * The events of all rings of all targets in one time order. Order across rings is as exact as the clock; events of
     * one ring keep their order.
     */
    public EventCursor events() {
        return new EventCursor(this, targets().stream().flatMap(target -> target.streams().stream()).toList());
    }

    /** Where the trace is. */
    public Path directory() {
        return directory;
    }

    /** What the first document says; without words and time if that one is damaged. */
    public TraceInfo info() {
        return index.info();
    }

    /** The targets by index. */
    public List<TargetTrace> targets() {
        return Collections.unmodifiableList(index.targets());
    }

    /** Documents when it was opened, damaged ones included. */
    public long documentCount() {
        return index.documentCount();
    }

    /** Documents of kinds that this version does not know, by their code: a later version has written them. */
    public Map<Integer, Long> unknownDocuments() {
        return Collections.unmodifiableMap(index.unknownDocuments());
    }

    /** Bytes of all payloads. */
    public long storedBytes() {
        return index.storedBytes();
    }

    /** False if an incomplete document follows the last one: the consumer was killed, or is still writing. */
    public boolean isComplete() {
        return complete;
    }

    /** Whether every target's account is final. */
    public boolean isEndKnown() {
        return !targets().isEmpty() && targets().stream().allMatch(TargetTrace::isEndKnown);
    }

    /** Where batches are missing, in all rings. */
    public List<SequenceGap> gaps() {
        return targets().stream().flatMap(target -> target.streams().stream())
            .flatMap(stream -> stream.gaps().stream()).toList();
    }
}
