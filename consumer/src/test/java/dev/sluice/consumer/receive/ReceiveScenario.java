// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.session.Session;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.write.TraceWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * A packet comes while the trace can take no more. Returns what the target's control file then says was received.
 * Public,
 * so that a class loader of its own can run it with other classes of this package (see {@link ReceiveOrderTest}).
 */
public final class ReceiveScenario implements ToLongFunction<Path> {
    private static final int CONTENT_LENGTH = 24;
    private static final long STALE_NS = TimeUnit.SECONDS.toNanos(1);

    /** For the class loader. */
    public ReceiveScenario() {
    }

    @Override
    public long applyAsLong(final Path directory) {
        try (FakeTarget fake = new FakeTarget()) {
            fake.slotLimit(1);
            try (Target target = fake.open(); Session session = Session.take(target, STALE_NS)) {
                final TraceWriter writer = TraceWriter.create(directory, TraceInfo.now("", ""));
                final PacketReceiver receiver =
                    new PacketReceiver(session, new TargetTraceWriter(writer, target, false));
                writer.close();
                final ByteBuffer memory = ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH + CONTENT_LENGTH + 8);
                final long packet = NativeCalls.get().addressOf(memory) + 7 & -8L;
                write(packet, fake, session.epoch());
                boolean isRefused = false;
                try {
                    receiver.onPacket(packet, PacketHeaderDescriptor.LENGTH + CONTENT_LENGTH);
                } catch (final IllegalStateException e) {
                    isRefused = true;
                }
                if (!isRefused) {
                    throw new AssertionError("a closed trace took the packet: the scenario shows nothing");
                }
                return TaggedWord.value(fake.words().receivedVolatile(0));
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(final long packet, final FakeTarget fake, final int epoch) {
        final long bits = (PacketHeaderDescriptor.LENGTH + CONTENT_LENGTH) * 8L;
        Memory.zero(packet, PacketHeaderDescriptor.LENGTH + CONTENT_LENGTH);
        Memory.putInt(packet + PacketHeaderDescriptor.MAGIC_OFFSET, PacketHeaderDescriptor.MAGIC);
        fake.id.write(packet + PacketHeaderDescriptor.TARGET_ID_OFFSET);
        Memory.putLong(packet + PacketHeaderDescriptor.CONTENT_SIZE_OFFSET, bits);
        Memory.putLong(packet + PacketHeaderDescriptor.PACKET_SIZE_OFFSET, bits);
        Memory.putLong(packet + PacketHeaderDescriptor.SEQUENCE_OFFSET, 1);
        Memory.putInt(packet + PacketHeaderDescriptor.EVENT_COUNT_OFFSET, 1);
        Memory.putShort(packet + PacketHeaderDescriptor.EPOCH_OFFSET, (short) epoch);
        Memory.putShort(packet + PacketHeaderDescriptor.HEADER_LENGTH_OFFSET, (short) PacketHeaderDescriptor.LENGTH);
    }
}
