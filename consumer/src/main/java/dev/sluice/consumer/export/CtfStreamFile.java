// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.export;

import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.ring.TargetId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.BufferUtil;

/** One file of a CTF trace: the packets of one ring and stream class. For one thread. */
final class CtfStreamFile implements AutoCloseable {
    private static final long HEADER_BITS = PacketHeaderDescriptor.LENGTH * (long) Byte.SIZE;

    private final FileChannel channel;
    private final ByteBuffer header =
        ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final long traceBeginTicks;
    private boolean begun;
    private long discarded;
    private long sequence;

    CtfStreamFile(final Path file, final long traceBeginTicks) {
        this.traceBeginTicks = traceBeginTicks;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Appends a packet.
     *
     * @param storedHeader   its header as stored; only the part that this version knows
     * @param content        its content with padding
     * @param contentBits    bits of the content without padding
     * @param missing        events stored nowhere since the packet before
     * @param missingBatches batches that are missing before this one
     */
    void packet(final ByteBuffer storedHeader, final ByteBuffer content, final long contentBits, final long missing,
        final long missingBatches) {
        header.clear();
        header.put(storedHeader);
        if (!begun) {
            begun = true;
            final long first = header.getLong(PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET);
            writeEmpty(Math.min(first, traceBeginTicks));
            header.clear();
            header.put(storedHeader.rewind());
        }
        discarded += missing;
        sequence += 1 + missingBatches;
        header.putLong(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET, HEADER_BITS + contentBits);
        header.putLong(PacketHeaderDescriptor.PACKET_SIZE_OFFSET,
            HEADER_BITS + content.remaining() * (long) Byte.SIZE);
        header.putShort(PacketHeaderDescriptor.HEADER_LENGTH_OFFSET, (short) PacketHeaderDescriptor.LENGTH);
        writeHeader();
        write(content);
    }

    /** Begins a file that will hold no events. */
    void beginWithoutPackets(final TargetId target, final int streamClass, final int ring) {
        header.clear();
        header.putInt(PacketHeaderDescriptor.MAGIC_OFFSET, PacketHeaderDescriptor.MAGIC);
        header.putInt(PacketHeaderDescriptor.STREAM_ID_OFFSET, streamClass);
        target.write(BufferUtil.address(header) + PacketHeaderDescriptor.TARGET_ID_OFFSET);
        header.putInt(PacketHeaderDescriptor.RING_OFFSET, ring);
        writeEmpty(traceBeginTicks);
    }

    /** Appends an empty packet if more is missing after the last packet. */
    void end(final long missing) {
        if (missing > 0) {
            discarded += missing;
            sequence++;
            writeEmpty(header.getLong(PacketHeaderDescriptor.TIMESTAMP_END_OFFSET));
        }
    }

    /** Makes the header that of a packet without events, and writes it. */
    private void writeEmpty(final long ticks) {
        header.putLong(PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET, ticks);
        header.putLong(PacketHeaderDescriptor.TIMESTAMP_END_OFFSET, ticks);
        header.putLong(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET, HEADER_BITS);
        header.putLong(PacketHeaderDescriptor.PACKET_SIZE_OFFSET, HEADER_BITS);
        header.putInt(PacketHeaderDescriptor.EVENT_COUNT_OFFSET, 0);
        header.putShort(PacketHeaderDescriptor.HEADER_LENGTH_OFFSET, (short) PacketHeaderDescriptor.LENGTH);
        writeHeader();
    }

    private void writeHeader() {
        header.putLong(PacketHeaderDescriptor.SEQUENCE_OFFSET, sequence);
        header.putLong(PacketHeaderDescriptor.EVENTS_DISCARDED_OFFSET, discarded);
        header.rewind();
        write(header);
    }

    private void write(final ByteBuffer buffer) {
        try {
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
