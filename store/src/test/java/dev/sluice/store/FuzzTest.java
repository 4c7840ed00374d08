// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.format.DocumentCodec;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.segment.SegmentFile;
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
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated inputs for all that decodes a trace: documents, schema logs, packets, and whole files. Each leads to a result
 * or to the error that the decoder promises, soon, and without a look beyond its bytes. Other suites mutate regions
 * (ForgedWordsTest) and indexes (SegmentIndexTest).
 */
@OneJdk
@Timeout(7200)
class FuzzTest {
    private static final boolean IS_LONG = Boolean.getBoolean("sluice.long");
    /** Inputs of each kind. */
    private static final int DECODED = IS_LONG ? 300_000 : 10_000;
    private static final int FILES = IS_LONG ? 100_000 : 1_500;
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final byte CANARY = (byte) 0xA5;
    private static final int CANARIES = 64;
    private static final int LONGEST = 1 << 16;

    @TempDir
    private Path directory;

    private final long seed = Seed.draw("FuzzTest");
    private final TargetId id = new TargetId(new UUID(5, 6));
    private final List<ForgedDocument> sound = new ForgedTrace(id).sound();
    private final ByteBuffer room = BufferUtil.allocateDirectAligned(LONGEST + CANARIES, Long.BYTES);
    private final long address = BufferUtil.address(room);
    private int refused;

    /** Decodes an input. */
    private interface Decoder {
        void decode(byte[] input, Random random) throws IOException;
    }

    @AfterEach
    void printRefused() {
        System.out.println("FuzzTest: refused " + refused);
    }

    /** Each input has a generator of its own, so that it can be repeated alone. */
    private void fuzz(final int inputs, final List<byte[]> corpus, final Decoder decoder) throws IOException {
        for (int i = 0; i < inputs; i++) {
            final Random random = new Random(seed + i);
            final byte[] input = Mutation.of(corpus.get(random.nextInt(corpus.size())), random);
            final long begin = System.nanoTime();
            try {
                decoder.decode(input, random);
            } catch (final IllegalArgumentException | TraceStoreException e) {
                assertThat(e.getMessage()).as("the error says something: input %s of seed %s", i, seed).isNotBlank();
                refused++;
            } catch (final RuntimeException | StackOverflowError | InternalError e) {
                throw new AssertionError("input " + i + " of seed " + seed + ": " + Arrays.toString(input), e);
            }
            assertThat(System.nanoTime() - begin).as("ns of input %s of seed %s", i, seed).isLessThan(LIMIT_NS);
        }
        assertThat(refused).as("inputs that were refused").isPositive().isLessThan(inputs);
    }

    private List<byte[]> payloads(final DocumentKind... kinds) {
        final List<byte[]> payloads = new ArrayList<>();
        for (final ForgedDocument document : sound) {
            if (List.of(kinds).contains(document.kind())) {
                payloads.add(document.payload());
            }
        }
        return payloads;
    }

    @Test
    void shouldDecodeOrRefuseADocument() throws IOException {
        fuzz(DECODED, payloads(DocumentKind.values()), (payload, random) -> {
            switch (random.nextInt(11)) {
                case 0 -> DocumentCodec.decodeTrace("fuzzed", payload);
                case 1 -> DocumentCodec.decodeTarget(payload);
                case 2 -> DocumentCodec.decodeClock(payload);
                case 3 -> DocumentCodec.decodeTicker(payload);
                case 4 -> DocumentCodec.decodeThread(payload);
                case 5 -> DocumentCodec.decodeLoss(payload);
                case 6 -> DocumentCodec.decodeStall(payload);
                case 7 -> DocumentCodec.decodePace(payload);
                case 8 -> DocumentCodec.decodeEnd(payload);
                case 9 -> DocumentCodec.decodeSelection(payload);
                default -> DocumentCodec.decodeError(payload);
            }
        });
    }

    @Test
    void shouldDecodeOrRefuseASchemaLog() throws IOException {
        fuzz(DECODED, payloads(DocumentKind.SCHEMA), (log, random) -> {
            SchemaCodec.decode(log, problem -> assertThat(problem).isNotBlank());
            SchemaCodec.decodeSites(log);
            SchemaCodec.decode(log);
        });
    }

    /** The walker looks at memory, and not at an array: what it says is held against the bytes that it was given. */
    @Test
    void shouldWalkOverEventsOrRefuseThem() throws IOException {
        final EventWalker walker = new EventWalker(SchemaCodec.decode(joined(payloads(DocumentKind.SCHEMA))));
        final List<byte[]> contents = payloads(DocumentKind.PACKET).stream().map(packet ->
            Arrays.copyOfRange(packet, PacketHeaderDescriptor.LENGTH, packet.length)).toList();
        fuzz(DECODED, contents, (content, random) -> {
            Memory.putBytes(address, content, 0, content.length);
            for (int i = 0; i < CANARIES; i++) {
                // A length that is taken from behind the content is as long as it can be.
                Memory.putByte(address + content.length + i, CANARY);
            }
            final StreamClass streamClass = StreamClass.values()[random.nextInt(StreamClass.values().length)];
            long at = 0;
            while (at < content.length) {
                final int length = walker.lengthOf(address + at, content.length - at, streamClass);
                if (length == EventWalker.MALFORMED) {
                    throw new IllegalArgumentException("malformed");
                }
                assertThat((long) length).isBetween((long) Long.BYTES, content.length - at);
                at += length + Long.BYTES - 1 & -Long.BYTES;
            }
        });
    }

    private static byte[] joined(final List<byte[]> parts) {
        final ByteBuffer all = ByteBuffer.allocate(parts.stream().mapToInt(part -> part.length).sum());
        parts.forEach(all::put);
        return all.array();
    }

    @Test
    void shouldReadOrRefuseAFile() throws IOException {
        final byte[] whole = ForgedTrace.file(ForgedTrace.queueHead(directory.resolve("empty")), sound);
        final Path trace = directory.resolve("t");
        final Path file = Files.createDirectories(trace.resolve(SegmentFile.FIRST_FOLDER)).resolve("fuzzed.cq4");
        fuzz(FILES, List.of(whole), (content, random) -> {
            if (random.nextBoolean()) {
                repairChecksums(content);
            }
            Files.deleteIfExists(file);
            Files.write(file, content);
            final TraceReader reader = TraceReader.open(trace);
            reader.events().forEach(FuzzTest::readFields);
            assertThat(TraceReport.of(reader).toJson()).isNotNull();
        });
    }

    /** So that more than the checksum has to find what is wrong. */
    private static void repairChecksums(final byte[] content) {
        final ByteBuffer file = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (at + Integer.BYTES + DocumentDescriptor.PAYLOAD_OFFSET <= content.length) {
            final int word = file.getInt(at);
            final int length = word & 0x3FFF_FFFF;
            final int begin = at + Integer.BYTES;
            final int payload = file.getInt(begin + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET);
            if (word == 0 || length > content.length - begin) {
                return;
            }
            if (word > 0 && word == length && payload >= 0
                && payload <= length - DocumentDescriptor.PAYLOAD_OFFSET) {
                final CRC32C crc = new CRC32C();
                crc.update(content, begin + DocumentDescriptor.PAYLOAD_OFFSET, payload);
                file.putInt(begin + DocumentDescriptor.CRC_OFFSET, (int) crc.getValue());
            }
            at = begin + length + Integer.BYTES - 1 & -Integer.BYTES;
        }
    }

    private static void readFields(final EventView event) {
        for (int i = 0; i < event.fieldCount(); i++) {
            final boolean isNull = event.isNull(i);
            switch (event.type(i)) {
                case STRING -> assertThat(event.getString(i) == null && !isNull).isFalse();
                case BYTES -> event.getBytes(i);
                case FLOAT32, FLOAT64 -> event.getDouble(i);
                case BOOL -> event.getBoolean(i);
                default -> event.getLong(i);
            }
        }
        assertThat(event.threadName()).isNotNull();
        event.wallTimeNs();
    }
}
