// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export.ctf;

import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.PacketView;
import dev.sluice.store.read.TargetTrace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.agrona.BufferUtil;

/**
 * Writes selected events of one target as CTF: new packets, which hold the events' own bytes, and in whose headers the
 * ring's place and the owner are those of the packet that their first event came from. A packet ends where the owner
 * changes, where events are missing, so that readers show these at their place, and when it is full. For one thread.
 */
final class CtfSelection implements AutoCloseable {
    private static final int PACKET_LENGTH = 1 << 16;
    /** An event has the low 48 bits of its ticks, so two events of a packet must be nearer to each other than that. */
    private static final long MOST_TICKS_BETWEEN = 1L << 47;

    private final TargetTrace target;
    private final Path directory;
    private final Set<StreamClass> classes = new TreeSet<>();
    private final Map<Key, Part> parts = new HashMap<>();
    /** Of each ring, the part that got its last event. */
    private final Map<StreamKey, Part> lastOfRing = new HashMap<>();
    private Part last;
    private long beginTicks = Long.MAX_VALUE;

    /** What a file has. */
    private record Key(StreamKey stream, StreamClass streamClass) {
    }

    /**
     * Nothing yet.
     *
     * @param directory where the files go; it is there and empty
     */
    CtfSelection(final TargetTrace target, final Path directory) {
        this.target = target;
        this.directory = directory;
    }

    /** One file, and its packet that is not written yet. */
    private final class Part {
        private final Key key;
        private final CtfStreamFile file;
        private final ByteBuffer header = ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH);
        private ByteBuffer content = ByteBuffer.allocateDirect(PACKET_LENGTH);
        private ByteBuffer name;
        private String threadName;
        private int generation;
        private long missing;
        private int count;
        private int exactLength;
        private long firstTicks;
        private long lastTicks;

        Part(final Key key) {
            this.key = key;
            file = CtfExporter.open(target, directory, key.stream.number(), key.streamClass);
            classes.add(key.streamClass);
        }

        void add(final EventView event, final long newlyMissing) {
            final int padded = event.paddedLength();
            if (count > 0 && (newlyMissing > 0 || padded > content.remaining()
                || generation != event.packet().generation() || !event.threadName().equals(threadName)
                || event.ticks() - lastTicks >= MOST_TICKS_BETWEEN)) {
                write();
            }
            if (count == 0) {
                begin(event, padded);
            }
            missing += newlyMissing;
            Memory.copy(event.address(), BufferUtil.address(content) + content.position(), padded);
            exactLength = content.position() + event.length();
            content.position(content.position() + padded);
            lastTicks = event.ticks();
            count++;
        }

        private void begin(final EventView event, final int padded) {
            final PacketView packet = event.packet();
            Memory.copy(packet.address(), BufferUtil.address(header), PacketHeaderDescriptor.LENGTH);
            generation = packet.generation();
            if (!event.threadName().equals(threadName)) {
                threadName = event.threadName();
                name = CtfStreamFile.name(threadName);
            }
            firstTicks = event.ticks();
            if (padded > content.capacity()) {
                content = ByteBuffer.allocateDirect(padded);
            }
        }

        private void write() {
            content.flip();
            file.packet(BufferUtil.address(header), firstTicks, lastTicks, name, missing, count, exactLength, content);
            content.clear();
            missing = 0;
            count = 0;
        }

        void end() throws IOException {
            if (count > 0) {
                write();
            }
        }
    }

    /**
     * Adds an event.
     *
     * @return how many events of its ring are missing right before it
     */
    long add(final EventView event) {
        if (last == null || last.key.streamClass != event.streamClass() || !last.key.stream.equals(event.stream())) {
            last = parts.computeIfAbsent(new Key(event.stream(), event.streamClass()), Part::new);
            lastOfRing.put(event.stream(), last);
        }
        final MissingEvents before = event.missingBefore();
        final long missing = before == null ? 0 : before.total();
        beginTicks = Math.min(beginTicks, event.ticks());
        last.add(event, missing);
        return missing;
    }

    /** Adds what is missing behind the last event of a ring. */
    void addMissing(final MissingEvents missing) throws IOException {
        final Part part = lastOfRing.get(missing.stream());
        if (part != null) {
            part.end();
            part.file.end(missing.total());
        } else {
            classes.add(CtfExporter.writeMissing(target, directory, missing.stream(), missing.total()));
        }
    }

    /** Writes what is not written yet, and the metadata last. */
    void end() throws IOException {
        for (final Part part : parts.values()) {
            part.end();
        }
        CtfExporter.writeMetadata(target, directory, classes,
            beginTicks == Long.MAX_VALUE ? target.clock().firstTicks() : beginTicks);
    }

    /** Number of bytes written so far. */
    long written() {
        return parts.values().stream().mapToLong(part -> part.file.written()).sum();
    }

    @Override
    public void close() throws IOException {
        for (final Part part : parts.values()) {
            part.file.close();
        }
    }
}
