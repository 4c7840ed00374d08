// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.segment.SegmentFile;
import dev.sluice.store.segment.SegmentIndex;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OneJdk
class SegmentIndexTest {
    private static final int RINGS = 5;
    private static final int PACKETS = 1_500;
    private static final int CRC_OFFSET = 12;
    private static final int COVERED_OFFSET = 16;
    private static final int ENTRIES_OFFSET = 40;

    @TempDir
    Path temp;

    private final long seed = Seed.draw("SegmentIndexTest");
    private final Random random = new Random(seed);
    private final TargetInfo target = TestTraces.target();
    private Path directory;
    private Path file;
    private Path index;

    @BeforeEach
    void write() throws IOException {
        make("t", true);
    }

    private void make(final String name, final boolean hasEnd) throws IOException {
        directory = temp.resolve(name);
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final PacketBuilder[] packets = new PacketBuilder[RINGS];
            final List<RingAccount> accounts = new ArrayList<>();
            for (int ring = 0; ring < RINGS; ring++) {
                packets[ring] = new PacketBuilder(target.id(), ring);
                writer.thread(0,
                    new ThreadInfo(ring, StreamClass.PLATFORM, 1, 1_000 + ring, 20 + ring, "w" + ring, 0, 0, 0, 0));
            }
            for (int i = 0; i < PACKETS; i++) {
                final PacketBuilder packet = packets[i % RINGS];
                for (int j = random.nextInt(4); j >= 0; j--) {
                    packet.event(TestTraces.PAIR, i * 10L + 4 - j, 0, (long) i, (long) j);
                }
                if (i == PACKETS / 2) {
                    packet.skip(1, 3, 72);
                }
                packet.append(writer, 0);
            }
            for (int ring = 0; ring < RINGS; ring++) {
                accounts.add(new RingAccount(StreamKey.ofRing(ring), packets[ring].written(), 0, 0,
                    ring == PACKETS / 2 % RINGS ? 3 : 0, packets[ring].sequence(), packets[ring].sequence(), 0));
            }
            if (hasEnd) {
                writer.end(0, new EndInfo(EndKind.DETACHED, true, 99, accounts, Map.of()));
            }
        }
        try (Stream<Path> files = Files.list(directory.resolve(SegmentFile.FIRST_FOLDER))) {
            file = files.filter(path -> path.toString().endsWith(".cq4")).findAny().orElseThrow();
        }
        index = file.resolveSibling(file.getFileName() + ".index");
    }

    private SegmentIndex usable() {
        return SegmentIndex.of(new SegmentFile(file));
    }

    /** All that a reader says of a trace, but for the events. */
    private static List<Object> facts(final TraceReader reader) {
        final List<Object> facts = new ArrayList<>(List.of(reader.documentCount(), reader.storedBytes(),
            reader.gaps(), reader.isComplete(), reader.isEndKnown(), reader.info(), reader.damage()));
        reader.targets().forEach(one -> {
            facts.add(one.info());
            facts.add(List.copyOf(one.threads()));
            one.streams().forEach(stream -> facts.add(List.of(stream.key(), stream.packetCount(), stream.bytes(),
                stream.events(), stream.beginTicks(), stream.endTicks(), stream.written())));
        });
        return facts;
    }

    private static List<String> events(final TraceEvents events) {
        final List<String> all = new ArrayList<>();
        events.forEach(event -> all.add(event.ring() + " " + event.ticks() + " " + event.getLong(0) + " "
            + event.getLong(1) + " " + event.threadName() + " " + event.missingBefore()));
        return all;
    }

    @Test
    void shouldReadTheSameWhenAnIndexWasKept() throws IOException {
        assertThat(index).doesNotExist();
        final TraceReader walked = TraceReader.open(directory);
        assertThat(index).isRegularFile();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(index))).isEqualTo("rw-------");
        assertThat(usable()).isNotNull();
        final byte[] kept = Files.readAllBytes(index);
        final TraceReader indexed = TraceReader.open(directory);
        assertThat(Files.readAllBytes(index)).isEqualTo(kept);
        assertThat(facts(indexed)).hasSize(7 + 2 + RINGS).hasToString(facts(walked).toString());
        assertThat(events(indexed.events())).hasSizeGreaterThan(PACKETS)
            .hasSameSizeAs(events(TraceReader.openVerified(directory).events()))
            .map(Object::toString).map(SegmentIndexTest::withoutIdentity)
            .isEqualTo(events(walked.events()).stream().map(SegmentIndexTest::withoutIdentity).toList());
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertThat(files.map(path -> path.getFileName().toString()).filter(name -> name.contains(".index")))
                .as("nothing temporary is left").containsExactly(index.getFileName().toString());
        }
    }

    /** A target prints as its object. */
    private static String withoutIdentity(final String text) {
        return text.replaceAll("@[0-9a-f]+", "");
    }

    @Test
    void shouldMakeTheIndexAnewWhenTheFileHasChanged() throws IOException {
        TraceReader.open(directory);
        final byte[] first = Files.readAllBytes(index);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        assertThat(usable()).as("made for another time of change").isNull();
        TraceReader.open(directory);
        assertThat(usable()).isNotNull();
        assertThat(Files.readAllBytes(index)).isNotEqualTo(first);
    }

    @Test
    void shouldKeepNoIndexWhenTheTraceMayGrowIsDamagedOrIsOthersToWrite() throws IOException {
        make("open", false);
        assertThat(events(TraceReader.open(directory).events())).hasSizeGreaterThan(PACKETS);
        assertThat(index).doesNotExist();
        make("damaged", true);
        final byte[] bytes = Files.readAllBytes(file);
        // A packet's length, somewhere in the middle.
        final int at = find(bytes, new byte[] {(byte) 0xC1, 0x1F, (byte) 0xFC, (byte) 0xC1}, bytes.length / 4);
        bytes[at - 16] ^= 1;
        Files.write(file, bytes);
        assertThat(TraceReader.open(directory).damageCount()).isPositive();
        assertThat(index).doesNotExist();
        make("shared", true);
        Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(TraceReader.open(directory).damageCount()).isZero();
        assertThat(index).doesNotExist();
        Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("r-x------"));
        assertThat(TraceReader.open(directory).damageCount()).isZero();
        Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwx------"));
    }

    private static int find(final byte[] bytes, final byte[] wanted, final int from) {
        for (int i = from; i < bytes.length - wanted.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        throw new AssertionError("not found from " + from);
    }

    @Test
    void shouldIgnoreTheIndexWhenItIsDamagedCutOffOrALink() throws IOException {
        TraceReader.open(directory);
        final byte[] whole = Files.readAllBytes(index);
        for (int i = 0; i < 200; i++) {
            final byte[] flipped = whole.clone();
            flipped[random.nextInt(i < 50 ? ENTRIES_OFFSET : whole.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(index, flipped);
            assertThat(usable()).as("flip %d", i).isNull();
        }
        for (final int length : new int[] {0, 7, ENTRIES_OFFSET, ENTRIES_OFFSET + 1, whole.length - 1}) {
            Files.write(index, Arrays.copyOf(whole, length));
            assertThat(usable()).as("length %d", length).isNull();
        }
        Files.write(index, Arrays.copyOf(whole, whole.length + 8));
        assertThat(usable()).isNull();
        Files.delete(index);
        Files.createSymbolicLink(index, Files.write(temp.resolve("elsewhere"), whole));
        assertThat(usable()).as("a link").isNull();
        assertThat(TraceReader.open(directory).damageCount()).isZero();
        assertThat(Files.isSymbolicLink(index)).as("replaced, and what it led to is as it was").isFalse();
        assertThat(Files.readAllBytes(temp.resolve("elsewhere"))).isEqualTo(whole);
        Files.delete(index);
        Files.createDirectory(index);
        assertThat(TraceReader.open(directory).damageCount()).as("a directory in its place").isZero();
    }

    /** Whoever can write the index can write the trace too; what is read must be in the trace all the same. */
    @Test
    void shouldReadNothingThatIsNotInTheTraceWhenTheIndexIsForged() throws IOException {
        final Set<String> known = new HashSet<>();
        events(TraceReader.open(directory).events()).forEach(event -> known.add(event.split(" w")[0]));
        final byte[] whole = Files.readAllBytes(index);
        int used = 0;
        for (int i = 0; i < 60; i++) {
            final byte[] forged = whole.clone();
            for (int j = random.nextInt(3); j >= 0; j--) {
                final int at = ENTRIES_OFFSET + random.nextInt(whole.length - ENTRIES_OFFSET);
                forged[at] = (byte) (random.nextBoolean() ? random.nextInt() : forged[at] + 1);
            }
            final CRC32C crc = new CRC32C();
            crc.update(forged, COVERED_OFFSET, forged.length - COVERED_OFFSET);
            ByteBuffer.wrap(forged).order(ByteOrder.LITTLE_ENDIAN).putInt(CRC_OFFSET, (int) crc.getValue());
            Files.write(index, forged);
            used += usable() == null ? 0 : 1;
            try {
                // One by one would be a search through all of them for each.
                assertThat(events(TraceReader.open(directory).events()).stream().map(event -> event.split(" w")[0])
                    .filter(event -> !known.contains(event))).as("forged index %d", i).isEmpty();
            } catch (final TraceStoreException e) {
                assertThat(e.getMessage()).as("forged index %d", i).isNotBlank();
            }
        }
        assertThat(used).as("most forgeries get past the first look").isGreaterThan(20);
    }
}
