// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.PacketHandler;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.PacketView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.segment.TraceDamage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Exports a trace as CTF 1.8 for babeltrace2 and Trace Compass: one CTF trace a target, one file for each stream class
 * of each ring. Packets are copied, with the thread's name behind their header; only the header's discarded count and
 * sequence are rewritten, so that both count from the trace's begin: discarded is then everything that is stored
 * nowhere (discarded, overwritten, lost). Each file begins with an empty packet that says 0, and ends with one if the
 * count grew after the last packet, so readers report all of it. Losses that no ring is charged with, and events
 * refused before a ring existed, are in the report only. Packets that are damaged, or hold no whole events, are left
 * out and counted as missing. For one thread.
 */
public final class CtfExporter {
    private static final String METADATA = "metadata";

    private final TraceReader reader;

    /** An exporter of one trace. */
    public CtfExporter(final TraceReader reader) {
        this.reader = reader;
    }

    /**
     * Writes the export.
     *
     * @param directory made if need be; must be empty. With several targets each gets a subdirectory {@code target-N}
     * @return the directories that hold a CTF trace each
     * @throws TraceStoreException if the trace is damaged or the directory cannot be written
     */
    public List<Path> export(final Path directory) {
        final List<Path> traces = new ArrayList<>();
        try {
            makeEmpty(directory);
            for (final TargetTrace target : reader.targets()) {
                final Path trace = reader.targets().size() == 1 ? directory
                    : Files.createDirectory(directory.resolve("target-" + target.index()));
                export(target, trace);
                traces.add(trace);
            }
        } catch (final IOException | UncheckedIOException e) {
            throw new TraceStoreException("cannot write the export: " + e + "; choose another directory (-o OUT)", e);
        }
        return traces;
    }

    private static void makeEmpty(final Path directory) throws IOException {
        Files.createDirectories(directory);
        try (Stream<Path> entries = Files.list(directory)) {
            if (entries.findAny().isPresent()) {
                throw new FileAlreadyExistsException(directory.toString(), null, "not empty");
            }
        }
    }

    private void export(final TargetTrace target, final Path directory) throws IOException {
        final SortedSet<Integer> classes = new TreeSet<>();
        final Map<String, RingAccount> accounts = new HashMap<>();
        target.end().ifPresent(end -> end.rings()
            .forEach(ring -> accounts.put(key(ring.ring(), ring.trapStream()), ring)));
        for (final PacketStream stream : target.streams()) {
            export(target, stream, accounts.remove(key(stream.ring(), stream.isTrapStream())), directory, classes);
        }
        for (final RingAccount account : accounts.values()) {
            exportWithoutPackets(target, account, directory, classes);
        }
        if (classes.isEmpty()) {
            // Readers refuse a trace without any stream class.
            classes.add(PacketHeaderDescriptor.STREAM_PLATFORM);
        }
        Files.writeString(directory.resolve(METADATA),
            CtfMetadata.of(target.info(), target.clock(), beginTicks(target), target.schemas(), classes));
    }

    /** Ticks of the first event; of the first clock reading if there is none. */
    private static long beginTicks(final TargetTrace target) {
        return target.streams().stream().filter(stream -> stream.packetCount() > 0)
            .mapToLong(PacketStream::beginTicks).min().orElseGet(() -> target.clock().firstTicks());
    }

    private static String key(final int ring, final boolean trapStream) {
        return ring + (trapStream ? "t" : "");
    }

    private void export(final TargetTrace target, final PacketStream stream, final RingAccount account,
        final Path directory, final SortedSet<Integer> classes) throws IOException {
        final Map<Integer, CtfStreamFile> files = new TreeMap<>();
        final Progress progress = new Progress(stream);
        try {
            reader.packets(stream, new PacketHandler() {
                @Override
                public void onPacket(final PacketView packet) {
                    classes.add(packet.streamClass());
                    copy(packet, progress, files.computeIfAbsent(packet.streamClass(),
                        key -> open(target, directory, stream.ring(), key)), progress.nameOf(packet));
                }

                @Override
                public void onDamage(final TraceDamage damage) {
                    progress.skipped += damage.events();
                    progress.skippedBatches++;
                }
            });
            if (progress.lastFile == null && account != null) {
                exportWithoutPackets(target, account, directory, classes);
            } else if (account != null) {
                progress.lastFile.end(missing(account, progress.exported) - progress.missing);
            }
        } finally {
            for (final CtfStreamFile file : files.values()) {
                file.close();
            }
        }
    }

    /** Everything fired that is not exported: discarded, overwritten, lost, or in damaged packets. */
    private static long missing(final RingAccount account, final long exported) {
        return Math.max(0, account.written() + account.discarded() - exported);
    }

    /** A ring of which nothing was stored, but something is missing: two empty packets say how much. */
    private static void exportWithoutPackets(final TargetTrace target, final RingAccount account,
        final Path directory, final SortedSet<Integer> classes) throws IOException {
        if (missing(account, 0) == 0) {
            return;
        }
        final int streamClass =
            account.trapStream() ? PacketHeaderDescriptor.STREAM_TRAP : PacketHeaderDescriptor.STREAM_PLATFORM;
        classes.add(streamClass);
        try (CtfStreamFile file = open(target, directory, account.ring(), streamClass)) {
            file.beginWithoutPackets(target.info().id(), streamClass, account.ring());
            file.end(missing(account, 0));
        }
    }

    private static CtfStreamFile open(final TargetTrace target, final Path directory, final int ring,
        final int streamClass) {
        return new CtfStreamFile(directory.resolve("ring-" + ring + "-class-" + streamClass),
            target.clock().firstTicks());
    }

    /** Charges what is missing since the ring's packet before to the file that this packet goes to. */
    private static void copy(final PacketView packet, final Progress progress, final CtfStreamFile file,
        final ByteBuffer threadName) {
        final long missing = packet.eventsDiscarded() - progress.discardedBefore
            + progress.lostBefore(packet.sequence()) + progress.skipped;
        final long missingBatches = progress.missingBatchesBefore(packet.sequence());
        final int headerLength = packet.headerLength();
        file.packet(ByteBuffer.wrap(Memory.getBytes(packet.address(), PacketHeaderDescriptor.LENGTH)), threadName,
            ByteBuffer.wrap(Memory.getBytes(packet.address() + headerLength, packet.lengthBytes() - headerLength)),
            packet.contentBits() - headerLength * (long) Byte.SIZE,
            Math.max(0, missing - progress.missing), missingBatches);
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

        /** The name of a packet's owner; the same as of the packet before, mostly. */
        ByteBuffer nameOf(final PacketView packet) {
            if (threadName == null || packet.generation() != generation) {
                generation = packet.generation();
                final ThreadInfo thread = stream.target().thread(stream.ring(), stream.isTrapStream(), generation);
                threadName = CtfStreamFile.name(thread == null ? "" : thread.name());
            }
            return threadName;
        }

        /** Batches missing right before a packet; to be asked after {@link #lostBefore}. */
        long missingBatchesBefore(final long sequence) {
            final long batches = skippedBatches;
            skippedBatches = 0;
            return batches + (gap > 0 && stream.gaps().get(gap - 1).lastSequence() == sequence - 1
                ? sequence - stream.gaps().get(gap - 1).firstSequence() : 0);
        }

        /** Events lost in all gaps before a packet. */
        long lostBefore(final long sequence) {
            while (gap < stream.gaps().size() && stream.gaps().get(gap).lastSequence() < sequence) {
                lost += stream.gaps().get(gap++).events();
            }
            return lost;
        }
    }
}
