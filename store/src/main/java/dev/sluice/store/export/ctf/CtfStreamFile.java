// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export.ctf;

import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.PacketHeaderEncoder;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.export.file.ExportFiles;
import dev.sluice.store.read.PacketView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.agrona.BufferUtil;

/** One file of a CTF trace: the packets of one ring and stream class. For one thread. */
final class CtfStreamFile implements AutoCloseable {
    private static final ByteBuffer NO_NAME = name("");

    private final FileChannel channel;
    private final ByteBuffer headerBytes = ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH);
    private final PacketHeader header = new PacketHeader();
    private final PacketHeaderEncoder encoder = new PacketHeaderEncoder();
    private final long traceBeginTicks;
    private boolean begun;
    private long discarded;
    private long sequence;
    private long written;

    CtfStreamFile(final Path file, final long traceBeginTicks) {
        this.traceBeginTicks = traceBeginTicks;
        header.at(BufferUtil.address(headerBytes));
        try {
            channel = ExportFiles.create(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Appends a packet.
     *
     * @param stored         the packet as it is in the trace; only the part of its header that this version knows is
     *                       used
     * @param threadName     the name of the packet's owner, made by {@link #name}
     * @param missing        number of events since the packet before that are not stored
     * @param missingBatches number of batches that are missing before this one
     */
    void packet(final PacketView stored, final ByteBuffer threadName, final long missing, final long missingBatches) {
        begin(stored.address(), stored.ticksBegin(), missing, missingBatches);
        final int length = stored.lengthBytes() - stored.headerLength();
        writeHeader(threadName, stored.eventCount(), stored.contentBits() / Byte.SIZE - stored.headerLength(), length);
        write(ByteBuffer.wrap(Memory.getBytes(stored.address() + stored.headerLength(), length)));
    }

    /**
     * Appends a packet of selected events.
     *
     * @param stored      address of the header of the packet that the first event comes from
     * @param ticksBegin  ticks of the first event
     * @param ticksEnd    ticks of the last event
     * @param exactLength up to the last event's last byte
     * @param content     the events, padded
     */
    void packet(final long stored, final long ticksBegin, final long ticksEnd, final ByteBuffer threadName,
        final long missing, final int events, final int exactLength, final ByteBuffer content) {
        begin(stored, ticksBegin, missing, 0);
        encoder.wrap(header.address()).ticks(ticksBegin, ticksEnd);
        writeHeader(threadName, events, exactLength, content.remaining());
        write(content);
    }

    private void begin(final long stored, final long ticksBegin, final long missing, final long missingBatches) {
        if (!begun) {
            begun = true;
            takeHeader(stored);
            writeEmpty(Math.min(ticksBegin, traceBeginTicks));
        }
        takeHeader(stored);
        discarded += missing;
        sequence += 1 + missingBatches;
    }

    private void takeHeader(final long stored) {
        Memory.copy(stored, header.address(), PacketHeaderDescriptor.LENGTH);
    }

    /** Begins a file that will have no events. */
    void beginWithoutPackets(final TargetId target, final StreamClass streamClass, final int number) {
        encoder.begin(header.address()).target(target).streamClass(streamClass).ring(number).tid(0).javaThreadId(0)
            .generation(0).epoch(0).place(0, 0).overwritten(0);
        writeEmpty(traceBeginTicks);
    }

    /** Appends an empty packet if more events are missing after the last packet. */
    void end(final long missing) {
        if (missing > 0) {
            discarded += missing;
            sequence++;
            writeEmpty(header.ticksEnd());
        }
    }

    /** Writes a packet with this header and without events. */
    private void writeEmpty(final long ticks) {
        encoder.wrap(header.address()).ticks(ticks, ticks);
        writeHeader(NO_NAME, 0, 0, 0);
    }

    /**
     * A thread's name as the end of a packet's header: the bytes up to the name's first zero, then zeros up to a
     * multiple of 8 bytes.
     */
    static ByteBuffer name(final String name) {
        final byte[] utf8 = name.replace('\0', ' ').getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.wrap(Arrays.copyOf(utf8, utf8.length + Long.BYTES & -Long.BYTES)).asReadOnlyBuffer();
    }

    private static int endOf(final ByteBuffer name) {
        int end = 1;
        while (name.get(end - 1) != 0) {
            end++;
        }
        return end;
    }

    private void writeHeader(final ByteBuffer threadName, final int events, final long exactLength,
        final long paddedLength) {
        final int name = threadName.limit();
        // Readers take any content after the name, even padding, as another event.
        encoder.wrap(header.address()).headerLength(PacketHeaderDescriptor.LENGTH + name)
            .content(events, (events > 0 ? name : endOf(threadName)) + exactLength, name + paddedLength)
            .sequence(sequence).eventsDiscarded(discarded);
        write(headerBytes.clear());
        write(threadName.duplicate());
    }

    private void write(final ByteBuffer buffer) {
        try {
            while (buffer.hasRemaining()) {
                written += channel.write(buffer);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Number of bytes written. */
    long written() {
        return written;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
