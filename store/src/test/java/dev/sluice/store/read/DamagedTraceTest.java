// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.export.ctf.CtfExporter;
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
import dev.sluice.store.report.TraceDamageText;
import dev.sluice.store.report.TracePrinter;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A trace with one bit flipped, or cut off, at any place: what the damage has not hit is read by every reader, the
 * account stays consistent, and what is missing is named.
 */
@OneJdk
@Timeout(600)
class DamagedTraceTest {
    private static final int RINGS = 3;
    private static final int PACKETS = 4;
    private static final int EVENTS = 10;
    private static final boolean IS_LONG = Boolean.getBoolean("sluice.long");
    private static final int ROUNDS = IS_LONG ? 10_000 : 400;
    private static final int EXPORT_EVERY = IS_LONG ? 1 : 10;

    @TempDir
    Path temp;

    private final TargetInfo target = TestTraces.target();
    private final long seed = Seed.draw("DamagedTraceTest");
    private final Random random = new Random(seed);
    /** Offset of each document's queue word. */
    private final List<Integer> words = new ArrayList<>();
    private final Set<String> all = new TreeSet<>();
    private int end;
    private int exports;
    private Path file;
    private byte[] good;

    @BeforeEach
    void makeTrace() throws IOException {
        final List<RingAccount> accounts = new ArrayList<>();
        try (TraceWriter writer = TraceWriter.create(temp.resolve("t"), TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(1, 1, TestTraces.BEGIN_NS));
            final PacketBuilder[] rings = new PacketBuilder[RINGS];
            for (int ring = 0; ring < RINGS; ring++) {
                final StreamClass streamClass = StreamClass.ofCode(ring);
                rings[ring] = new PacketBuilder(target.id(), ring, streamClass);
                writer.thread(0, new ThreadInfo(ring, streamClass, 1, 1000 + ring, 20, "thread-" + ring, 0, 0, 0, 0));
                accounts.add(new RingAccount(StreamKey.of(streamClass, ring), PACKETS * EVENTS, 0, 0, 0, PACKETS,
                    PACKETS, 0));
            }
            for (int i = 0; i < PACKETS * EVENTS; i++) {
                for (int ring = 0; ring < RINGS; ring++) {
                    rings[ring].event(TestTraces.PAIR, 10 + i, i, (long) ring, (long) i);
                    if (i % EVENTS == EVENTS - 1) {
                        rings[ring].append(writer, 0);
                        all.add(ring + "/" + rings[ring].sequence());
                    }
                }
                if (i % EVENTS == 5) {
                    writer.clock(0, new ClockTriple(10 + i, 10 + i, TestTraces.BEGIN_NS + 10 + i));
                }
            }
            writer.loss(0, new LossInfo(LossInfo.NO_RING, LossCause.BUFFER_FULL, 3, 1));
            writer.end(0, new EndInfo(EndKind.DETACHED, true, 1, accounts, Map.of()));
        }
        try (Stream<Path> files = Files.list(temp.resolve("t/0000"))) {
            file = files.filter(path -> path.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
        good = Files.readAllBytes(file);
        final ByteBuffer buffer = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.getInt(end) != 0) {
            final int word = buffer.getInt(end);
            if ((word & 0x4000_0000) == 0) {
                words.add(end);
            }
            end += 4 + (word & 0x3FFF_FFFF) + 3 & -4;
        }
    }

    /** What the readers made of a file; null if it was refused as a whole. */
    private TraceReport readAll(final byte[] content, final String where, final Set<String> found) throws IOException {
        Files.delete(file);
        Files.write(file, content);
        final TraceReader reader;
        try {
            reader = TraceReader.open(temp.resolve("t"));
        } catch (final TraceStoreException e) {
            assertThat(e.getMessage()).as(where).isNotBlank();
            return null;
        }
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            final EventView event = cursor.event();
            assertThat(event.getLong(0)).as(where).isEqualTo(event.ring());
            found.add(event.ring() + "/" + event.packetSequence());
        }
        final TraceReport report = TraceReport.of(reader);
        assertThat(report.toText()).as(where).isNotBlank();
        assertThat(report.toJson().get("stored").asLong()).as(where).isEqualTo(cursor.count())
            .isEqualTo(found.size() * (long) EVENTS);
        assertThat(new TracePrinter(OutputStream.nullOutputStream(), true).print(reader)).isEqualTo(cursor.count());
        if (exports++ % EXPORT_EVERY == 0) {
            final Path export = temp.resolve("export" + exports);
            new CtfExporter(reader).export(export);
            deleteTree(export);
        }
        return report;
    }

    private static void deleteTree(final Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private int documentAt(final int offset) {
        int document = -1;
        while (document + 1 < words.size() && words.get(document + 1) <= offset) {
            document++;
        }
        return document;
    }

    @Test
    void shouldReadWhatIsWholeAndNameTheRestWhenOneBitIsFlipped() throws IOException {
        assertThat(readAll(good, "good", new TreeSet<>()).account().lost()).isEqualTo(Map.of("buffer_full", 3L));
        int silent = 0;
        for (int i = 0; i < ROUNDS; i++) {
            // Two thirds among the documents, where there is something to lose.
            final int at = random.nextInt(3) > 0 ? words.get(0) + random.nextInt(end - words.get(0))
                : random.nextInt(end);
            final int bit = random.nextInt(8);
            final byte[] content = good.clone();
            content[at] ^= (byte) (1 << bit);
            final String where = "round " + i + ": byte " + at + " bit " + bit + " of document "
                + documentAt(at) + " seed " + seed;
            final Set<String> found = new TreeSet<>();
            final TraceReport report = readAll(content, where, found);
            assertThat(report).as(where).isNotNull();
            final Set<String> missing = new TreeSet<>(all);
            missing.removeAll(found);
            // Without its schema no event can be read; any other document costs itself, and that is one packet at most.
            final boolean isSchema = documentAt(at) == 2;
            assertThat(missing.size()).as(where + report.toText())
                .isLessThanOrEqualTo(isSchema ? all.size() : 1);
            if (!missing.isEmpty()) {
                assertThat(report.account().isWhole()).as(where).isFalse();
                assertThat(TraceDamageText.lines(report.reader())).as(where).isNotEmpty();
                assertThat(report.account().isConsistent()).as(where + report.toText()).isTrue();
                if (report.account().isEndKnown()) {
                    assertThat(report.account().lostTotal()).as(where + report.toText())
                        .isEqualTo(3 + missing.size() * (long) EVENTS);
                }
            }
            silent += report.reader().damageCount() == 0 ? 1 : 0;
        }
        System.out.println(silent + " of " + ROUNDS + " flipped bits are in bytes that mean nothing, or in heads");
    }

    /** The checksum fits with either of the two lengths then: only one of them leads to the next document. */
    @Test
    void shouldReadEveryDocumentWhenOneOfItsLengthsIsOffByLessThanItsPadding() throws IOException {
        for (final int word : words) {
            for (final int at : new int[] {word, word + 4 + DocumentDescriptor.LENGTH_OFFSET}) {
                for (int bit = 0; bit < 3; bit++) {
                    final byte[] content = good.clone();
                    content[at] ^= (byte) (1 << bit);
                    final String where = "byte " + at + " bit " + bit + " of document " + documentAt(at);
                    final Set<String> found = new TreeSet<>();
                    final TraceReport report = readAll(content, where, found);
                    assertThat(report).as(where).isNotNull();
                    assertThat(found).as(where + report.toText()).isEqualTo(all);
                    assertThat(report.reader().damageCount()).as(where).isPositive();
                }
            }
        }
    }

    @Test
    void shouldReadUpToTheEndWhenTheFileIsCutOff() throws IOException {
        for (int i = 0; i < ROUNDS / 4; i++) {
            final int length = random.nextInt(end + 8);
            final String where = "length " + length + " seed " + seed;
            final Set<String> found = new TreeSet<>();
            final TraceReport report = readAll(Arrays.copyOf(good, length), where, found);
            final int document = documentAt(length);
            assertThat(report != null).as(where).isEqualTo(document > 0);
            if (report != null && document < words.size() - 1) {
                assertThat(report.account().isEndKnown()).as(where).isFalse();
                assertThat(report.reader().documentCount()).as(where).isBetween((long) document, document + 1L);
                assertThat(report.account().isConsistent()).as(where).isTrue();
            }
        }
    }

    /** A sector that was never written, or another file's: the next whole document is found again. */
    @Test
    void shouldFindTheNextDocumentWhenAStretchIsOverwritten() throws IOException {
        for (int i = 0; i < ROUNDS / 4; i++) {
            final byte[] content = good.clone();
            final int at = words.get(3) + random.nextInt(end - words.get(3));
            final int length = Math.min(1 + random.nextInt(700), end - at);
            final boolean isZero = random.nextBoolean();
            for (int j = at; j < at + length; j++) {
                content[j] = isZero ? 0 : (byte) random.nextInt();
            }
            final String where = "bytes " + at + " to " + (at + length) + " seed " + seed;
            final Set<String> found = new TreeSet<>();
            final TraceReport report = readAll(content, where, found);
            final int hit = documentAt(at + length - 1) - documentAt(at) + 1;
            assertThat(report).as(where).isNotNull();
            assertThat(all.size() - found.size()).as(where + report.toText()).isLessThanOrEqualTo(hit);
            assertThat(report.account().isConsistent()).as(where + report.toText()).isTrue();
        }
    }
}
