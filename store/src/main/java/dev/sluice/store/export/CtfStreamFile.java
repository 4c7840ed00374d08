// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.ring.TargetId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.agrona.BufferUtil;

/** One file of a CTF trace: the packets of one ring and stream class. For one thread. */
final class CtfStreamFile implements AutoCloseable {
    private static final ByteBuffer NO_NAME = name("");

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
     * @param threadName     what {@link #name} has made of its owner's name
     * @param content        its content with padding
     * @param contentBits    bits of the content without padding
     * @param missing        events stored nowhere since the packet before
     * @param missingBatches batches that are missing before this one
     */
    void packet(final ByteBuffer storedHeader, final ByteBuffer threadName, final ByteBuffer content,
        final long contentBits, final long missing, final long missingBatches) {
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
        writeHeader(threadName, contentBits, content.remaining());
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
        header.putInt(PacketHeaderDescriptor.EVENT_COUNT_OFFSET, 0);
        writeHeader(NO_NAME, 0, 0);
    }

    /** A thread's name as the end of a packet's header: up to its first zero, then zeros up to 8 bytes. */
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

    private void writeHeader(final ByteBuffer threadName, final long contentBits, final int contentLength) {
        final int length = PacketHeaderDescriptor.LENGTH + threadName.limit();
        // Readers take whatever content there is behind the name, be it padding, for one more event.
        final int contentBegin = contentLength > 0 ? length : PacketHeaderDescriptor.LENGTH + endOf(threadName);
        header.putLong(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET, contentBegin * (long) Byte.SIZE + contentBits);
        header.putLong(PacketHeaderDescriptor.PACKET_SIZE_OFFSET, (length + (long) contentLength) * Byte.SIZE);
        header.putShort(PacketHeaderDescriptor.HEADER_LENGTH_OFFSET, (short) length);
        header.putLong(PacketHeaderDescriptor.SEQUENCE_OFFSET, sequence);
        header.putLong(PacketHeaderDescriptor.EVENTS_DISCARDED_OFFSET, discarded);
        header.rewind();
        write(header);
        write(threadName.duplicate());
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
