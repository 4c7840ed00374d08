// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.RandomEvents;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.segment.TraceDamage;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a trace's file holds: events come out and damage is named, or a TraceStoreException, nothing else. */
@OneJdk
class HostileTraceTest {
    private static final int ROUNDS = 2000;

    @TempDir
    Path temp;

    private final TargetInfo target = TestTraces.target();
    private final RandomEvents random = new RandomEvents(Seed.draw("HostileTraceTest"));
    /** Offset of each document's head. */
    private final List<Integer> documents = new ArrayList<>();
    private Path file;
    private byte[] good;

    @BeforeEach
    void makeTrace() throws IOException {
        final List<EventSchema> schemas = random.schemas(8);
        try (TraceWriter writer = TraceWriter.create(temp.resolve("t"), TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(schemas.toArray(EventSchema[]::new)));
            writer.clock(0, new ClockTriple(1, 1, 1));
            writer.clock(0, new ClockTriple(1_000, 1_000, 1_000));
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 1, 1000, 20, "main", 0, 0, 0, 0));
            for (int ring = 0; ring < 3; ring++) {
                final PacketBuilder packets = new PacketBuilder(target.id(), ring, StreamClass.ofCode(ring));
                for (int i = 0; i < 60; i++) {
                    final EventSchema schema = schemas.get(random.random().nextInt(schemas.size()));
                    packets.event(schema, 10 + i, i, random.values(schema));
                    if (i % 20 == 19) {
                        packets.append(writer, 0);
                    }
                }
            }
            writer.loss(0, new LossInfo(LossInfo.NO_RING, LossCause.BUFFER_FULL, 3, 1));
            writer.end(0, new EndInfo(EndKind.DETACHED, true, 1, List.of(
                new RingAccount(StreamKey.ofRing(0), 60, 0, 0, 0, 3, 3, 0)), Map.of(RefusalCause.NO_SLOT, 1L)));
        }
        try (Stream<Path> files = Files.list(temp.resolve("t/0000"))) {
            file = files.filter(path -> path.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
        good = Files.readAllBytes(file);
        findDocuments();
    }

    private void findDocuments() {
        final ByteBuffer buffer = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN);
        int offset = 0;
        while (buffer.getInt(offset) != 0) {
            final int word = buffer.getInt(offset);
            if ((word & 0x4000_0000) == 0) {
                documents.add(offset + 4);
            }
            offset += 4 + (word & 0x3FFF_FFFF) + 3 & -4;
        }
        assertThat(documents).hasSize(17);
    }

    /** Reads everything; false if that ended in a TraceStoreException. */
    private boolean readAll(final byte[] content) throws IOException {
        // Another file each time: an older one may still be mapped.
        Files.delete(file);
        Files.write(file, content);
        try {
            final TraceReader reader = TraceReader.open(temp.resolve("t"));
            final EventCursor cursor = reader.events().cursor();
            while (cursor.next()) {
                final EventView event = cursor.event();
                for (int i = 0; i < event.fieldCount(); i++) {
                    assertThat(RandomEvents.read(event, i)).isNotNull();
                }
            }
            reader.documents(document -> { });
            return reader.damageCount() == 0 && reader.isComplete();
        } catch (final TraceStoreException e) {
            assertThat(e.getMessage()).isNotBlank();
            return false;
        }
    }

    @Test
    void shouldReadOrRefuseWhenAnyBytesAreChanged() throws IOException {
        assertThat(readAll(good)).isTrue();
        final int end = documents.get(documents.size() - 1) + 100;
        int refused = 0;
        for (int i = 0; i < ROUNDS; i++) {
            final byte[] content = good.clone();
            for (int j = random.random().nextInt(3); j >= 0; j--) {
                content[random.random().nextInt(end)] = (byte) random.random().nextInt();
            }
            refused += readAll(content) ? 0 : 1;
        }
        System.out.printf("%d of %d changed files refused%n", refused, ROUNDS);
        assertThat(refused).isPositive();
    }

    /** The checksum is made to fit again, so that the decoders behind it are reached. */
    @Test
    void shouldReadOrRefuseWhenPayloadsAreForged() throws IOException {
        final Random values = random.random();
        int refused = 0;
        for (int i = 0; i < ROUNDS; i++) {
            final byte[] content = good.clone();
            final ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
            final int head = documents.get(values.nextInt(documents.size()));
            final int length = buffer.getInt(head + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET);
            final int at = head + DocumentDescriptor.PAYLOAD_OFFSET + values.nextInt(Math.min(length, 260));
            final long[] interesting = {0, -1, 1, 0x7FFF_FFFFL, 0x8000_0000L, Long.MIN_VALUE, values.nextLong()};
            final long value = interesting[values.nextInt(interesting.length)];
            for (int j = 0; j < 1 << values.nextInt(4) && at + j < head + 16 + length; j++) {
                content[at + j] = (byte) (value >>> j * 8);
            }
            final CRC32C crc = new CRC32C();
            crc.update(content, head + DocumentDescriptor.PAYLOAD_OFFSET, length);
            buffer.putInt(head + DocumentDescriptor.CRC_OFFSET, (int) crc.getValue());
            refused += readAll(content) ? 0 : 1;
        }
        System.out.printf("%d of %d forged files refused%n", refused, ROUNDS);
        assertThat(refused).isPositive();
    }

    @Test
    void shouldReadOrRefuseWhenFileIsCutOff() throws IOException {
        final int end = documents.get(documents.size() - 1) + 300;
        for (int length = 0; length < end; length += 1 + random.random().nextInt(400)) {
            readAll(Arrays.copyOf(good, length));
        }
        assertThat(readAll(Arrays.copyOf(good, documents.get(8) + 30))).isFalse();
        final TraceReader reader = TraceReader.open(temp.resolve("t"));
        assertThat(reader.documentCount()).isEqualTo(8);
        assertThat(reader.isComplete()).isFalse();
        assertThat(reader.damage()).singleElement().extracting(TraceDamage::problem).asString().contains("cut off");
    }

    @Test
    void shouldStopBeforeTheLastDocumentWhenItIsIncomplete() throws IOException {
        final byte[] content = good.clone();
        content[documents.get(16) - 1] |= (byte) 0x80;
        assertThat(readAll(content)).isFalse();
        final TraceReader reader = TraceReader.open(temp.resolve("t"));
        assertThat(reader.documentCount()).isEqualTo(16);
        assertThat(reader.damageCount()).isZero();
        assertThat(reader.isComplete()).isFalse();
        assertThat(reader.isEndKnown()).isFalse();
    }

    @Test
    void shouldNameTheDocumentWhenItsChecksumDiffers() throws IOException {
        final byte[] content = good.clone();
        content[documents.get(2) + DocumentDescriptor.PAYLOAD_OFFSET + 9] ^= 1;
        readAll(content);
        final TraceReader reader = TraceReader.open(temp.resolve("t"));
        assertThat(reader.damage().get(0).describe()).startsWith("document 2 (schema), at byte ")
            .contains("checksum differs");
        assertThat(reader.damageCount()).isEqualTo(1);
    }

    @Test
    void shouldSayWhatIsMissingWhenDirectoryIsNoTrace() throws IOException {
        final Path empty = Files.createDirectory(temp.resolve("empty"));
        assertThatThrownBy(() -> TraceReader.open(empty)).isInstanceOf(TraceStoreException.class)
            .hasMessageContaining("no trace: directory=" + empty);
        assertThatThrownBy(() -> TraceReader.open(temp.resolve("none"))).isInstanceOf(TraceStoreException.class)
            .hasMessageContaining("no such directory");
    }

    @Test
    void shouldSayWhichSideIsOlderWhenFormatVersionDiffers() throws IOException {
        final byte[] content = good.clone();
        final ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        final int head = documents.get(0);
        buffer.putInt(head + DocumentDescriptor.PAYLOAD_OFFSET, 99);
        final CRC32C crc = new CRC32C();
        crc.update(content, head + 16, buffer.getInt(head + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET));
        buffer.putInt(head + DocumentDescriptor.CRC_OFFSET, (int) crc.getValue());
        assertThat(readAll(content)).isFalse();
        assertThatThrownBy(() -> TraceReader.open(temp.resolve("t")))
            .hasMessageContaining("trace format version 99, this program reads 1: the program is older");
    }
}
