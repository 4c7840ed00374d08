// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.TraceStoreException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.posix.PosixAPI;
import net.openhft.posix.internal.noop.NoOpPosixAPI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class TraceWriterTest {
    private static final int PACKET_LENGTH = PacketHeaderDescriptor.LENGTH + (64 << 10);

    @TempDir
    Path temp;

    @Test
    void shouldMakePrivateDirectoriesWhenCreated() throws IOException {
        final Path directory = temp.resolve("a/b/trace");
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            assertThat(writer.directory()).isEqualTo(directory);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory))).isEqualTo("rwx------");
        }
    }

    /** Each page that is first touched in a mapping is a fault, and a full disk is one that ends the process. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void shouldMapNothingOfTheFileWhenItAppends() throws Exception {
        final PacketBuilder packets = new PacketBuilder(TestTraces.target().id(), 0, StreamClass.PLATFORM);
        try (TraceWriter writer = TraceWriter.create(temp, TestTraces.INFO)) {
            final int target = writer.addTarget(TestTraces.target());
            for (int i = 0; i < 100; i++) {
                writer.packet(target, packets.address(), PACKET_LENGTH);
            }
            // Chronicle lets go of what it has made the file with by a thread of its own.
            while (mappings() > 0) {
                Thread.sleep(1);
            }
            writer.packet(target, packets.address(), PACKET_LENGTH);
            assertThat(mappings()).isZero();
        }
    }

    /** Of this trace: what other tests have read is mapped until the collector comes by. */
    private long mappings() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains(temp.toString())).count();
        }
    }

    @Test
    void shouldRefuseDirectoryWhenItIsNotEmpty() throws IOException {
        Files.writeString(temp.resolve("precious"), "data");
        assertThatThrownBy(() -> TraceWriter.create(temp, TestTraces.INFO)).isInstanceOf(TraceStoreException.class)
            .hasMessageContaining("directory is not empty").hasMessageContaining(temp.toString());
        assertThat(temp.resolve("precious")).hasContent("data");
    }

    @Test
    void shouldRefuseFileWhenGivenForDirectory() throws IOException {
        final Path file = Files.writeString(temp.resolve("file"), "data");
        assertThatThrownBy(() -> TraceWriter.create(file, TestTraces.INFO)).isInstanceOf(TraceStoreException.class)
            .hasMessageContaining("not a directory");
    }

    @Test
    void shouldRefuseCallsWhenArgumentsAreWrongOrWriterIsClosed() {
        final TraceWriter writer = TraceWriter.create(temp, TestTraces.INFO);
        assertThatThrownBy(() -> writer.schema(0, new byte[0])).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("target=0");
        final int target = writer.addTarget(TestTraces.target());
        final PacketBuilder packets = new PacketBuilder(TestTraces.target().id(), 0);
        assertThatThrownBy(() -> writer.packet(target, packets.address(), 127))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("length=127");
        assertThatThrownBy(() -> writer.schema(target, new byte[DocumentDescriptor.MAX_PAYLOAD_LENGTH + 1]))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("payload too long");
        writer.close();
        writer.close();
        assertThatThrownBy(() -> writer.schema(target, new byte[0])).isInstanceOf(IllegalStateException.class);
    }

    /** The queue's own reader sees the same documents: the trace is an ordinary Chronicle Queue. */
    @Test
    void shouldBeReadableByChronicleWhenWritten() {
        final TargetInfo info = TestTraces.target();
        final PacketBuilder packets = new PacketBuilder(info.id(), 3);
        final List<Integer> packetLengths = new ArrayList<>();
        final long written;
        try (TraceWriter writer = TraceWriter.create(temp, TestTraces.INFO)) {
            final int target = writer.addTarget(info);
            writer.schema(target, TestTraces.log(TestTraces.PAIR));
            writer.clock(target, new ClockTriple(1, 2, 3));
            for (int i = 0; i < 5000; i++) {
                for (int j = 0; j <= i % 97; j++) {
                    packets.event(TestTraces.PAIR, i, 0, (long) i, (long) j);
                }
                packetLengths.add(packets.length());
                packets.append(writer, target);
            }
            written = writer.bytesWritten();
            assertThat(writer.documents()).isEqualTo(5004);
        }
        long bytes = 0;
        int number = 0;
        try (ChronicleQueue queue = SingleChronicleQueueBuilder.binary(temp.resolve("0000")).readOnly(true).build();
            ExcerptTailer tailer = queue.createTailer()) {
            while (true) {
                try (DocumentContext document = tailer.readingDocument()) {
                    if (!document.isPresent()) {
                        break;
                    }
                    bytes += checkDocument(document.wire().bytes(), number++, packetLengths) + 4;
                }
            }
        }
        assertThat(number).isEqualTo(5004);
        assertThat(bytes).isEqualTo(written);
    }

    private static int checkDocument(final Bytes<?> bytes, final int number, final List<Integer> packetLengths) {
        final long address = bytes.addressForRead(bytes.readPosition());
        final int length = Memory.getInt(address);
        assertThat(bytes.readRemaining()).isEqualTo(length);
        // The first one lies where the queue has put it.
        assertThat(address % 8).as("document %d", number).isEqualTo(number == 0 ? address % 8 : 0);
        final int payloadLength = Memory.getInt(address + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET);
        final byte[] payload = Memory.getBytes(address + DocumentDescriptor.PAYLOAD_OFFSET, payloadLength);
        final CRC32C crc = new CRC32C();
        crc.update(payload);
        assertThat((int) crc.getValue()).isEqualTo(Memory.getInt(address + DocumentDescriptor.CRC_OFFSET));
        final int kind = Memory.getShort(address + DocumentDescriptor.KIND_OFFSET);
        if (number >= 4) {
            assertThat(kind).isEqualTo(DocumentKind.PACKET.code());
            assertThat(payloadLength).isEqualTo(packetLengths.get(number - 4));
        } else {
            final DocumentKind[] kinds = {
                DocumentKind.TRACE, DocumentKind.TARGET, DocumentKind.SCHEMA, DocumentKind.CLOCK};
            assertThat(DocumentKind.ofCode(kind)).isEqualTo(kinds[number]);
        }
        return length;
    }

    @Test
    void shouldAllocateNothingWhenAppendingPackets() {
        final TargetInfo info = TestTraces.target();
        final PacketBuilder packets = fullPacket(info);
        try (TraceWriter writer = TraceWriter.create(temp, TestTraces.INFO)) {
            final int target = writer.addTarget(info);
            for (int i = 0; i < 2000; i++) {
                writer.packet(target, packets.address(), PACKET_LENGTH);
            }
            final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            final int appends = 4000;
            final long before = threads.getCurrentThreadAllocatedBytes();
            final long begin = System.nanoTime();
            for (int i = 0; i < appends; i++) {
                writer.packet(target, packets.address(), PACKET_LENGTH);
            }
            final long ns = System.nanoTime() - begin;
            final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            System.out.printf("append of 64 KiB packets: %.2f GB/s, %.1f us each, %.2f bytes allocated each%n",
                (double) appends * PACKET_LENGTH / ns, ns / 1e3 / appends, (double) allocated / appends);
            // Mapping another 64 MiB block makes a few objects; an append makes none.
            assertThat(allocated / appends).isLessThan(64);
        }
    }

    @Test
    void shouldMakeNoSystemCallsThroughJnrWhenATraceIsMade() {
        TraceWriter.create(temp, TestTraces.INFO).close();
        // Its other way loads a library that it unpacks, and generates code.
        assertThat(PosixAPI.posix()).isInstanceOf(NoOpPosixAPI.class);
    }

    private static PacketBuilder fullPacket(final TargetInfo info) {
        final PacketBuilder packets = new PacketBuilder(info.id(), 0);
        while (packets.length() + 24 <= PACKET_LENGTH) {
            packets.event(TestTraces.PAIR, 1000 + packets.count(), 0, 1L, 2L);
        }
        return packets.finish();
    }

    /** It advised to remove it: /dev/null, and the root of the file system. */
    @Test
    void shouldAdviseToChooseAnotherOneAloneWhenTheDirectoryCannotBeOurs() {
        for (final String path : List.of("/dev/null", "/")) {
            assertThatThrownBy(() -> TraceWriter.create(Path.of(path), TestTraces.INFO))
                .isInstanceOf(TraceStoreException.class).hasMessageStartingWith("cannot record to " + path + ": it is ")
                .hasMessageEndingWith("; a trace needs a directory of its own: choose one that does not exist yet (-o"
                    + " DIR)");
        }
    }
}
