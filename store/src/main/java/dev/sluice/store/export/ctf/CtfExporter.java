// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export.ctf;

import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.export.file.ExportFiles;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.PacketHandler;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.PacketView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.segment.TraceDamage;
import dev.sluice.store.text.FileText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;

/**
 * Exports a trace as CTF 1.8 for babeltrace2 and Trace Compass: one CTF trace for each target, one file for each stream
 * class of each ring. Packets are copied, with the thread's name after their header; where events are selected,
 * they are made anew ({@link CtfSelection}). In the header, only the discarded
 * count and the sequence are changed, so that both count from the begin of the trace; the discarded count then includes
 * all events that are not stored (discarded, overwritten, lost). Each file begins with an empty packet whose count is
 * 0. It ends with an empty packet if the count grew after the last packet, so that readers report all of it. Losses
 * that belong to no ring, and events refused before a ring existed, are in the report only. Packets that are damaged,
 * or that do not hold whole events, are left out and counted as missing. For one thread.
 */
public final class CtfExporter {
    private static final String METADATA = "metadata";
    /** Number of selected events after which the caller is asked whether to go on. */
    private static final int PERIOD = 1 << 16;

    private final TraceReader reader;
    private long exportedTotal;
    private long missingTotal;
    private long written;

    /** An exporter of one trace. */
    public CtfExporter(final TraceReader reader) {
        this.reader = reader;
    }

    /**
     * Writes the whole trace.
     *
     * @param directory is made if it is not there, for its owner alone. It must be empty and belong to this user. If
     *                  there are several targets, each gets a subdirectory {@code target-N}
     * @return the directories that hold a CTF trace each
     * @throws TraceStoreException if the trace is damaged or the directory cannot be written
     */
    public List<Path> export(final Path directory) {
        return export(reader.events(), directory, bytes -> { });
    }

    /**
     * Writes events.
     *
     * @param events    of this exporter's trace: packets are copied if they are all, and made anew if some are selected
     * @param directory as in {@link #export(Path)}
     * @param goOn      told from time to time how many bytes were written; what it throws ends the export, of which
     *                  nothing stays then
     * @return the directories that hold a CTF trace each
     * @throws TraceStoreException if the trace is damaged or the directory cannot be written
     */
    public List<Path> export(final TraceEvents events, final Path directory, final LongConsumer goOn) {
        final List<Path> traces = new ArrayList<>();
        final Selection selection = events.selection();
        boolean isOurs = false;
        List<Path> made = List.of();
        try {
            made = ExportFiles.makeEmpty(directory);
            isOurs = true;
            for (final TargetTrace target : reader.targets()) {
                traces.add(reader.targets().size() == 1 ? directory
                    : ExportFiles.makeNew(directory.resolve("target-" + target.index())));
            }
            if (selection.isAll()) {
                for (final TargetTrace target : reader.targets()) {
                    export(target, traces.get(target.index()), goOn);
                    missingTotal += target.missingOfNoRing().values().stream().mapToLong(Long::longValue).sum();
                }
            } else {
                select(events, traces, goOn);
            }
            isOurs = false;
        } catch (final IOException | UncheckedIOException e) {
            throw unwritable(e);
        } finally {
            if (isOurs) {
                ExportFiles.clear(directory, made);
            }
        }
        return traces;
    }

    /** Number of events that were written. */
    public long exported() {
        return exportedTotal;
    }

    /** Number of events that are missing in the trace, or among the selected ones, as far as it is known. */
    public long missing() {
        return missingTotal;
    }

    private void select(final TraceEvents events, final List<Path> traces, final LongConsumer goOn) throws IOException {
        final List<CtfSelection> selections = new ArrayList<>();
        try {
            reader.targets().forEach(target -> selections.add(new CtfSelection(target, traces.get(target.index()))));
            final EventCursor cursor = events.cursor();
            while (cursor.next()) {
                missingTotal += selections.get(cursor.event().target().index()).add(cursor.event());
                if (cursor.count() % PERIOD == 0) {
                    goOn.accept(selections.stream().mapToLong(CtfSelection::written).sum());
                }
            }
            exportedTotal = cursor.count();
            for (final MissingEvents missing : cursor.missingAtEnd()) {
                missingTotal += missing.total();
                selections.get(missing.target().index()).addMissing(missing);
            }
            for (final CtfSelection selection : selections) {
                selection.end();
            }
        } finally {
            for (final CtfSelection selection : selections) {
                selection.close();
            }
        }
    }

    /** The error for files that cannot be written. */
    public static TraceStoreException unwritable(final Exception cause) {
        return new TraceStoreException("cannot write the export: " + FileText.of(cause)
            + "; choose another directory (-o OUT)", cause);
    }

    private void export(final TargetTrace target, final Path directory, final LongConsumer goOn) throws IOException {
        final Set<StreamClass> classes = new TreeSet<>();
        final Map<StreamKey, RingAccount> accounts = new HashMap<>();
        target.end().ifPresent(end -> end.rings().forEach(account -> accounts.put(account.stream(), account)));
        for (final PacketStream stream : target.streams()) {
            goOn.accept(written);
            export(target, stream, accounts.remove(stream.key()), directory, classes);
        }
        for (final RingAccount account : accounts.values()) {
            exportWithoutPackets(target, account, directory, classes);
        }
        writeMetadata(target, directory, classes, beginTicks(target));
    }

    /** Writes the file that makes the others a trace. */
    static void writeMetadata(final TargetTrace target, final Path directory, final Set<StreamClass> classes,
        final long beginTicks) throws IOException {
        if (classes.isEmpty()) {
            // Readers refuse a trace without any stream class.
            classes.add(StreamClass.PLATFORM);
        }
        final String metadata = CtfMetadata.of(target, beginTicks, classes);
        try (FileChannel file = ExportFiles.create(directory.resolve(METADATA))) {
            final ByteBuffer bytes = StandardCharsets.UTF_8.encode(metadata);
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        }
    }

    /** Ticks of the first event, or of the first clock reading if there is no event. */
    private static long beginTicks(final TargetTrace target) {
        return target.streams().stream().filter(stream -> stream.packetCount() > 0)
            .mapToLong(PacketStream::beginTicks).min().orElseGet(() -> target.clock().firstTicks());
    }

    private void export(final TargetTrace target, final PacketStream stream, final RingAccount account,
        final Path directory, final Set<StreamClass> classes) throws IOException {
        final Map<StreamClass, CtfStreamFile> files = new EnumMap<>(StreamClass.class);
        final Progress progress = new Progress(stream);
        try {
            reader.packets(stream, new PacketHandler() {
                @Override
                public void onPacket(final PacketView packet) {
                    classes.add(packet.streamClass());
                    copy(packet, progress, files.computeIfAbsent(packet.streamClass(),
                        key -> open(target, directory, stream.key().number(), key)), progress.nameOf(packet));
                }

                @Override
                public void onDamage(final TraceDamage damage) {
                    progress.skipped += damage.events();
                    progress.skippedBatches++;
                }
            });
            exportedTotal += progress.exported;
            if (progress.lastFile == null && account != null) {
                exportWithoutPackets(target, account, directory, classes);
            } else if (account != null) {
                final long missing = missing(account, progress.exported);
                progress.lastFile.end(missing - progress.missing);
                missingTotal += Math.max(missing, progress.missing);
            } else {
                missingTotal += progress.missing;
            }
        } finally {
            for (final CtfStreamFile file : files.values()) {
                written += file.written();
                file.close();
            }
        }
    }

    /**
     * The number of events that were fired but are not exported: discarded, overwritten, lost, or in damaged packets.
     */
    private static long missing(final RingAccount account, final long exported) {
        return Math.max(0, account.written() + account.discarded() - exported);
    }

    /** Exports a ring of which nothing is stored, if events are missing. */
    private void exportWithoutPackets(final TargetTrace target, final RingAccount account, final Path directory,
        final Set<StreamClass> classes) throws IOException {
        final long missing = missing(account, 0);
        if (missing > 0) {
            missingTotal += missing;
            classes.add(writeMissing(target, directory, account.stream(), missing));
        }
    }

    /** Writes a file for a ring that has no events: two empty packets say how many are missing. Returns its class. */
    static StreamClass writeMissing(final TargetTrace target, final Path directory, final StreamKey stream,
        final long missing) throws IOException {
        final StreamClass streamClass = stream.origin().usualClass();
        try (CtfStreamFile file = open(target, directory, stream.number(), streamClass)) {
            file.beginWithoutPackets(target.info().id(), streamClass, stream.number());
            file.end(missing);
        }
        return streamClass;
    }

    /** Makes the file of a ring. */
    static CtfStreamFile open(final TargetTrace target, final Path directory, final int number,
        final StreamClass streamClass) {
        return new CtfStreamFile(directory.resolve("ring-" + number + "-class-" + streamClass.code()),
            target.clock().firstTicks());
    }

    /**
     * Copies a packet. The events that are missing since the ring's packet before are counted in the file that this
     * packet goes to.
     */
    private static void copy(final PacketView packet, final Progress progress, final CtfStreamFile file,
        final ByteBuffer threadName) {
        final long missing = packet.eventsDiscarded() - progress.discardedBefore
            + progress.lostBefore(packet.sequence()) + progress.skipped;
        final long missingBatches = progress.missingBatchesBefore(packet.sequence());
        file.packet(packet, threadName, Math.max(0, missing - progress.missing), missingBatches);
        progress.missing = Math.max(progress.missing, missing);
        progress.lastFile = file;
        progress.exported += packet.eventCount();
    }

    /** How far the export of one ring has come. */
    private static final class Progress {
        private final PacketStream stream;
        private final long discardedBefore;
        private CtfStreamFile lastFile;
        private ByteBuffer threadName;
        private int generation;
        private long missing;
        private long exported;
        private long skipped;
        private long skippedBatches;
        private long lost;
        private int gap;

        Progress(final PacketStream stream) {
            this.stream = stream;
            discardedBefore = stream.eventsDiscardedBefore();
        }

        /** The name of a packet's owner. Mostly it is the name of the packet before, which is kept. */
        ByteBuffer nameOf(final PacketView packet) {
            if (threadName == null || packet.generation() != generation) {
                generation = packet.generation();
                final ThreadInfo thread = stream.target().thread(stream.key(), generation);
                threadName = CtfStreamFile.name(thread == null ? "" : thread.name());
            }
            return threadName;
        }

        /** Number of batches that are missing right before a packet. To be called after {@link #lostBefore}. */
        long missingBatchesBefore(final long sequence) {
            final long batches = skippedBatches;
            skippedBatches = 0;
            return batches + (gap > 0 && stream.gaps().get(gap - 1).lastSequence() == sequence - 1
                ? sequence - stream.gaps().get(gap - 1).firstSequence() : 0);
        }

        /** Number of events lost in all gaps before a packet. */
        long lostBefore(final long sequence) {
            while (gap < stream.gaps().size() && stream.gaps().get(gap).lastSequence() < sequence) {
                lost += stream.gaps().get(gap++).events();
            }
            return lost;
        }
    }
}
