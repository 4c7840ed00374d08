// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.query.Selection;
import dev.sluice.store.segment.DamageLog;
import dev.sluice.store.segment.DocumentHandler;
import dev.sluice.store.segment.DocumentView;
import dev.sluice.store.segment.SegmentFile;
import dev.sluice.store.segment.SegmentIndex;
import dev.sluice.store.segment.SegmentIndexRecorder;
import dev.sluice.store.segment.SegmentWalk;
import dev.sluice.store.segment.TraceDamage;
import dev.sluice.store.segment.TraceVisitor;
import dev.sluice.store.text.FileText;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A recorded trace, opened for reading. Opening makes one pass over all documents. It decodes and checks everything but
 * the content of packets, and notes where each ring's packets are. This takes sixteen bytes of heap for a packet (a
 * packet of 64 KiB holds some 2,700 events). For a large trace that has ended, an index is written beside its files, so
 * that the next opening takes only a moment; the index is not trusted. The content of packets is checked when they are
 * read.
 * <p> The files are not trusted. A damaged or forged part costs only itself: readers step over it, {@link #damage}
 * names the place, and everything else is read. Opening fails only if nothing of a trace is found. If the consumer was
 * killed, or is still recording, the trace is read up to the last complete document. Documents of kinds that this
 * version does not know are stepped over and counted.
 * <p> Immutable once open, except for damage that is found later, and until {@link #release} or {@link #lastDocuments}
 * is called. Any thread may make handlers and cursors; each of those is for one thread. Nothing has to be closed: files
 * are when the reader is collected. Until then, what a recorder removes keeps its space, so whoever has read a trace
 * that is being recorded closes them at once.
 */
public final class TraceReader {
    /** How often segments are looked for, where all that were there were removed meanwhile. */
    private static final int ATTEMPTS = 10;

    private final Path directory;
    private final List<SegmentFile> segments = new ArrayList<>();
    private final DamageLog damage = new DamageLog();
    private final TraceIndex index;
    private final boolean complete;
    private final boolean isWritten;
    /** Visits what was stored since, in the newest segment; null if the trace is read as it was when it was opened. */
    private SegmentWalk following;
    private NumberedVisitor followed;
    /** How many of the first segments are closed, as all their packets were read by the cursor of this reader. */
    private int released;

    private TraceReader(final Path directory, final boolean isVerified, final boolean isGrowing) {
        this.directory = directory;
        openMemory();
        // Before anything is read: a recorder that ends meanwhile has stored the end.
        isWritten = SegmentFile.isWritten(directory);
        openSegments();
        if (segments.isEmpty() && damage.count() == 0) {
            throw noTrace(directory);
        }
        index = new TraceIndex(segments, damage, isVerified);
        if (isGrowing) {
            followed = new NumberedVisitor(index, Long.MAX_VALUE);
            for (int i = 0; i < segments.size(); i++) {
                follow(i);
            }
            complete = false;
            refresh();
            return;
        }
        complete = isVerified ? walk(index, Long.MAX_VALUE) : walkByIndex();
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
     * @throws TraceStoreException if the directory is not a trace, or nothing of it can be read
     */
    public static TraceReader open(final Path directory) {
        return new TraceReader(directory, false, false);
    }

    /**
     * Opens a trace that is being recorded. {@link #refresh} takes what was recorded since; everything else is as for a
     * trace that has ended, but: one thread alone may use the reader, and one cursor alone.
     *
     * @throws TraceStoreException as {@link #open}
     */
    public static TraceReader openGrowing(final Path directory) {
        return new TraceReader(directory, false, true);
    }

    private static TraceStoreException unreadable(final IOException e) {
        return new TraceStoreException("cannot read the trace directory: " + FileText.of(e)
            + (e instanceof AccessDeniedException ? "; run sluice as the user to whom the trace belongs"
            : "; see that its file system is there and sound"), e);
    }

    /** Opens the segments that there are. One that is removed at this moment is as one that was removed before. */
    private void openSegments() {
        try {
            for (int i = 0; i < ATTEMPTS && segments.isEmpty() && damage.count() == 0; i++) {
                for (final Path file : queueFiles(directory)) {
                    add(file);
                }
            }
        } catch (final IOException e) {
            throw unreadable(e);
        }
    }

    /** Reads the segment before to its end, as nothing is added to it any more, and goes on with one. */
    private void follow(final int segment) {
        if (following != null) {
            following.runToEnd();
        }
        followed.begin(segment);
        following = segments.isEmpty() ? null : SegmentWalk.following(segments.get(segment), followed);
    }

    /** Goes on with the segments that were begun since. */
    private void followNewer() {
        try {
            for (final Path folder : folders(directory)) {
                if (Integer.parseInt(folder.getFileName().toString()) > newest()) {
                    for (final Path file : queueFilesOf(folder)) {
                        final int before = segments.size();
                        add(file);
                        if (segments.size() > before) {
                            follow(before);
                        }
                    }
                }
            }
        } catch (final IOException e) {
            throw unreadable(e);
        }
    }

    /** Closes segments that were read: who removes them gets their space back only when nobody has them open. */
    private void releaseRead() {
        final int last = segments.size() - 1;
        int limit = last;
        for (int i = 0; i < index.targets().size() && limit > released; i++) {
            for (final PacketStream stream : index.targets().get(i).streams()) {
                limit = Math.min(limit, stream.firstUnreadSegment());
            }
        }
        for (; released < limit; released++) {
            segments.get(released).release();
        }
        if (limit > 0 && limit == released) {
            index.targets().forEach(target -> target.streams().forEach(stream -> stream.released(released)));
        }
    }

    private int newest() {
        return segments.isEmpty() ? -1 : segments.get(segments.size() - 1).number();
    }

    /**
     * Takes what was recorded since the last call.
     *
     * @return whether there was anything
     */
    public boolean refresh() {
        return refresh(SegmentWalk::run);
    }

    /** Takes what is left of a trace that nobody records any more. Damage at its end is found only now. */
    public void refreshToEnd() {
        refresh(SegmentWalk::runToEnd);
    }

    private boolean refresh(final Consumer<SegmentWalk> how) {
        final long before = index.documentCount();
        releaseRead();
        followNewer();
        if (following != null) {
            how.accept(following);
        }
        index.finish();
        return index.documentCount() > before;
    }

    /** Whether {@link #refresh} may find more. */
    boolean isGrowing() {
        return followed != null;
    }

    /**
     * Opens a trace and compares every packet with its checksum at once, so that damaged packets count as missing. This
     * is for a writer that continues the trace after its last packets. It takes as long as reading the files takes.
     *
     * @throws TraceStoreException as {@link #open}
     */
    public static TraceReader openVerified(final Path directory) {
        return new TraceReader(directory, true, false);
    }

    /** Opens the access to memory. A program that reads a trace may have been started without any flag for it. */
    private static void openMemory() {
        final Throwable cause = Memory.open();
        if (cause != null) {
            final Module own = TraceReader.class.getModule();
            throw new TraceStoreException("no trace can be read in this JVM, because java.base does not export "
                + Memory.JDK_PACKAGE + " (" + FileText.of(cause) + "): start it with --add-exports java.base/"
                + Memory.JDK_PACKAGE + '=' + (own.isNamed() ? own.getName() : "ALL-UNNAMED"), cause);
        }
    }

    private void add(final Path file) {
        try {
            segments.add(new SegmentFile(file));
        } catch (final TraceStoreException e) {
            // A segment that was removed since it was listed is as one that was removed before.
            if (!Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
                damage.add(new TraceDamage(file, -1, -1, "file", -1, -1, 0, 0, e.getMessage()));
            }
        }
    }

    /**
     * Makes sure that a directory is there, may be read and has a segment, without reading that.
     *
     * @throws TraceStoreException as {@link #open}
     */
    public static void requireTrace(final Path directory) {
        try {
            if (queueFiles(directory).isEmpty()) {
                throw noTrace(directory);
            }
        } catch (final IOException e) {
            throw unreadable(e);
        }
    }

    private static TraceStoreException noTrace(final Path directory) {
        return new TraceStoreException("no trace: directory=" + directory
            + " has no segment (" + SegmentFile.FIRST_FOLDER + "/*.cq4); give the directory of a recording");
    }

    private static List<Path> queueFiles(final Path directory) throws IOException {
        try {
            // Whether it is there cannot be told from below a directory that may not be searched.
            if (!Files.readAttributes(directory, BasicFileAttributes.class).isDirectory()) {
                throw new TraceStoreException(directory + " is no directory: give the directory of a recording");
            }
        } catch (final NoSuchFileException e) {
            throw new TraceStoreException("no such directory: " + directory + "; give the directory of a recording", e);
        }
        final List<Path> files = new ArrayList<>();
        for (final Path folder : folders(directory)) {
            files.addAll(queueFilesOf(folder));
        }
        return files;
    }

    /** The segments' folders, in the order of their numbers. */
    private static List<Path> folders(final Path directory) throws IOException {
        final List<Path> folders = new ArrayList<>(entries(directory, SegmentFile.FOLDERS));
        folders.removeIf(folder -> !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS));
        folders.sort(Comparator.comparingInt(folder -> Integer.parseInt(folder.getFileName().toString())));
        return folders;
    }

    private static List<Path> queueFilesOf(final Path folder) throws IOException {
        try {
            return entries(folder, ".*\\.cq4");
        } catch (final NoSuchFileException e) {
            // The segment was removed since the folders were listed.
            return List.of();
        }
    }

    private static List<Path> entries(final Path directory, final String pattern) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(path -> path.getFileName().toString().matches(pattern)).sorted().toList();
        }
    }

    /**
     * Visits all documents as {@link #walk} does, but uses the indexes beside the files. For files without an index, an
     * index is written for the next reader, if the trace has ended and nothing in it is damaged.
     */
    private boolean walkByIndex() {
        boolean ended = true;
        final NumberedVisitor numbered = new NumberedVisitor(index, Long.MAX_VALUE);
        final List<SegmentIndexRecorder> recorders = new ArrayList<>();
        long noted = 0;
        for (int i = 0; i < segments.size(); i++) {
            numbered.begin(i);
            final SegmentIndex known = SegmentIndex.of(segments.get(i));
            if (known != null) {
                known.visit(numbered);
            } else {
                final SegmentIndexRecorder recorder = new SegmentIndexRecorder(segments.get(i), numbered);
                ended &= new SegmentWalk(segments.get(i), recorder).run();
                // Either all indexes are written at the end or none is. Until then, their notes are all in memory.
                if (recorder.isWorthKeeping(noted)) {
                    noted += recorder.memoryBytes();
                    recorders.add(recorder);
                }
            }
        }
        if (ended && damage.count() == 0 && isEndKnown()) {
            recorders.forEach(SegmentIndexRecorder::keep);
        }
        return ended;
    }

    /** Visits the first documents of the trace. Returns false if the last document is incomplete. */
    private boolean walk(final TraceVisitor visitor, final long limit) {
        boolean ended = true;
        final NumberedVisitor numbered = new NumberedVisitor(visitor, limit);
        for (int i = 0; i < segments.size(); i++) {
            numbered.begin(i);
            ended &= new SegmentWalk(segments.get(i), numbered).run();
        }
        return ended;
    }

    /** Numbers the documents through all segments. */
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
            document.numbered(number++);
            visitor.visit(document, segment);
        }

        @Override
        public void damaged(final long offset, final DocumentView document, final String problem) {
            if (document != null) {
                document.numbered(number++);
            }
            visitor.damaged(offset, document, segment, problem);
        }

        @Override
        public boolean wantsMore() {
            return number < limit;
        }
    }

    /**
     * Passes the documents as {@link #documents} does, and closes each segment behind its last one, so that its space
     * comes back if it was removed meanwhile. Nothing can be read after this. For one thread, as {@link #heldBytes} and
     * {@link #release} are: nobody else may read by then.
     */
    public void lastDocuments(final DocumentHandler handler) {
        final NumberedVisitor numbered = new NumberedVisitor(visitorOf(handler), index.documentCount());
        for (int i = 0; i < segments.size(); i++) {
            numbered.begin(i);
            new SegmentWalk(segments.get(i), numbered).run();
            segments.get(i).release();
            released = i + 1;
        }
    }

    /**
     * Bytes of the trace's segments that are open here and not removed yet: if they are, their space does not come back
     * before they are closed.
     */
    public long heldBytes() {
        long bytes = 0;
        for (int i = released; i < segments.size(); i++) {
            if (Files.exists(segments.get(i).file())) {
                bytes += segments.get(i).lengthNow();
            }
        }
        return bytes;
    }

    /** Closes the files: nothing can be read after this. Idempotent. */
    public void release() {
        for (; released < segments.size(); released++) {
            segments.get(released).release();
        }
    }

    SegmentFile segment(final int segment) {
        return segments.get(segment);
    }

    /** Notes damage that was found while reading. */
    void note(final TraceDamage found) {
        damage.add(found);
    }

    /**
     * The damaged places, in their order: those found when the trace was opened, and those found in packets that were
     * read since. Each place is listed once. If there are more than a thousand, the list has those that were found
     * first.
     */
    public List<TraceDamage> damage() {
        final Map<Path, Map<Long, TraceDamage>> unnumbered = new HashMap<>();
        damage.places().stream().filter(place -> place.document() < 0 && place.what().equals("packet"))
            .forEach(place -> unnumbered.computeIfAbsent(place.file(), key -> new HashMap<>())
                .put(place.offset(), place));
        if (!unnumbered.isEmpty() && released == 0) {
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

    /** Number of places found damaged, including those that {@link #damage} leaves out. */
    public long damageCount() {
        return damage.count();
    }

    /** Passes every whole document to a handler, in stored order. Each document is compared with its checksum first. */
    public void documents(final DocumentHandler handler) {
        walk(visitorOf(handler), index.documentCount());
    }

    private TraceVisitor visitorOf(final DocumentHandler handler) {
        return new TraceVisitor() {
            @Override
            public void visit(final DocumentView document, final int segment) {
                final String problem = document.payloadProblem();
                if (!document.isLoaded()) {
                    damage.add(document.damage(problem));
                } else if (problem == null
                    && !damage.isKnown(segments.get(segment).file(), document.offset())) {
                    handler.onDocument(document);
                }
            }

            /** Notes what was there when the trace was opened, and is there no more. */
            @Override
            public void damaged(final long offset, final DocumentView document, final int segment,
                final String problem) {
                if (document == null) {
                    damage.add(TraceIndex.noDocument(segments.get(segment), offset, problem));
                }
            }
        };
    }

    /**
     * Passes the packets of one stream to a handler, in the order of their sequence numbers. Each packet is checked
     * first, with its content. For a damaged packet, {@link PacketHandler#onDamage} is called instead.
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

    /** All events, to be read or to select from. They are read as they were when the trace was opened. */
    public TraceEvents events() {
        return new TraceEvents(this, Selection.ALL);
    }

    /**
     * Whether a recorder that lived was at work on the trace when it was opened. What has no end then may still get
     * one. False if this cannot be told, as without JNA or on a file system without locks.
     */
    public boolean isBeingRecorded() {
        return isWritten;
    }

    /** The trace's directory. */
    public Path directory() {
        return directory;
    }

    /** The content of the first document; without words and time if that document is damaged. */
    public TraceInfo info() {
        return index.info();
    }

    /** The targets, in the order of their index. */
    public List<TargetTrace> targets() {
        return Collections.unmodifiableList(index.targets());
    }

    /** Number of documents when the trace was opened, including damaged ones. */
    public long documentCount() {
        return index.documentCount();
    }

    /**
     * Number of documents of kinds that this version does not know, by their code. A later version has written them.
     */
    public Map<Integer, Long> unknownDocuments() {
        return Collections.unmodifiableMap(index.unknownDocuments());
    }

    /** Bytes of all payloads. */
    public long storedBytes() {
        return index.storedBytes();
    }

    /** False if the last document is incomplete, because the consumer was killed or is still writing. */
    public boolean isComplete() {
        return complete;
    }

    /** Number of segments that were found. */
    public int segments() {
        return segments.size();
    }

    /** Number of events that were stored in segments that were removed. */
    public long removedEvents() {
        return targets().stream().mapToLong(TargetTrace::removedEvents)
            .reduce(0, (one, other) -> one + other < 0 ? Long.MAX_VALUE : one + other);
    }

    /** Whether the account of every target is final. */
    public boolean isEndKnown() {
        return !targets().isEmpty() && targets().stream().allMatch(TargetTrace::isEndKnown);
    }

    /** The places where batches are missing, in all rings. */
    public List<SequenceGap> gaps() {
        return targets().stream().flatMap(target -> target.streams().stream())
            .flatMap(stream -> stream.gaps().stream()).toList();
    }
}
