// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.CutFileOpener;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.follow.TraceTail;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.query.Selection;
import dev.sluice.store.report.TracePrinter;
import dev.sluice.store.segment.TraceDamage;
import dev.sluice.store.write.SegmentRotation;
import dev.sluice.store.write.TraceLimits;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that become short while they are read: a reader returns events that were written, in their order, and names
 * what is gone.
 */
@OneJdk
@Timeout(600)
class CutTraceTest {
    private static final int RINGS = 3;
    private static final int TICKS = 10;
    private static final int ROUNDS = 400;
    private static final EventSchema SCHEMA = new EventSchema(1, "bench", "filled", List.of(
        new FieldSchema("number", FieldType.INT64), new FieldSchema("filling", FieldType.BYTES)));

    @TempDir
    Path temp;

    private final Random random = new Random(Seed.draw("CutTraceTest"));
    private final List<Path> files = new ArrayList<>();
    private Path trace;
    private int written;

    /** A way to read everything; it adds the numbers of the events, in their order, and returns the damage. */
    private interface Reading {
        List<TraceDamage> read(Path trace, Numbers numbers) throws IOException;
    }

    /** Takes events, which must be those that were written, in their order. */
    private final class Numbers {
        private long last = -1;
        private long count;

        void take(final EventView event) {
            final long number = event.getLong(0);
            assertThat(number).isBetween(last + 1, written - 1L);
            assertThat(event.ticks()).isEqualTo(ticks(number));
            assertThat(event.ring()).isEqualTo((int) (number % RINGS));
            assertThat(event.getBytes(1)).isEqualTo(filling(number, event.getBytes(1).length));
            last = number;
            count++;
        }
    }

    private static long ticks(final long number) {
        return 1_000 + number * TICKS;
    }

    private static byte[] filling(final long number, final int length) {
        final byte[] filling = new byte[length];
        for (int i = 0; i < length; i++) {
            filling[i] = (byte) (number + i);
        }
        return filling;
    }

    private void write(final int packets, final int length, final SegmentRotation rotation) throws IOException {
        trace = temp.resolve("t");
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO, TraceLimits.NONE, rotation)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(SCHEMA));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final List<PacketBuilder> rings = new ArrayList<>();
            final List<RingAccount> accounts = new ArrayList<>();
            for (int ring = 0; ring < RINGS; ring++) {
                rings.add(new PacketBuilder(target.id(), ring));
                writer.thread(0, new ThreadInfo(ring, StreamClass.PLATFORM, 1, 1_000 + ring, 20 + ring, "w" + ring, 0,
                    0, 0, 0));
            }
            for (int i = 0; i < packets; i++) {
                // The two events of a packet have events of the other rings between them.
                final long first = i / RINGS * 2L * RINGS + i % RINGS;
                rings.get(i % RINGS).event(SCHEMA, ticks(first), 0, first, filling(first, length))
                    .event(SCHEMA, ticks(first + RINGS), 0, first + RINGS, filling(first + RINGS, length))
                    .append(writer, 0);
                written += 2;
                if (i % 7 == 0) {
                    writer.clock(0, new ClockTriple(ticks(first), ticks(first), TestTraces.BEGIN_NS + ticks(first)));
                }
            }
            for (int ring = 0; ring < RINGS; ring++) {
                accounts.add(new RingAccount(StreamKey.ofRing(ring), rings.get(ring).written(), 0, 0, 0,
                    rings.get(ring).sequence(), rings.get(ring).sequence(), 0));
            }
            writer.end(0, new EndInfo(EndKind.DETACHED, true, 99, accounts, Map.of()));
        }
        try (Stream<Path> all = Files.walk(trace)) {
            all.filter(path -> path.toString().endsWith(".cq4")).sorted().forEach(files::add);
        }
    }

    @AfterEach
    void openFilesAsTheyAre() {
        CutFileOpener.cut(null);
    }

    private static List<TraceDamage> readAll(final TraceReader reader, final Numbers numbers) throws IOException {
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            numbers.take(cursor.event());
        }
        cursor.missingAtEnd();
        reader.documents(document -> assertThat(document.payload()).hasSize(document.payloadLength()));
        final List<TraceDamage> found = reader.damage();
        assertThat(new TracePrinter(OutputStream.nullOutputStream(), true).print(reader))
            .isLessThanOrEqualTo(numbers.count);
        return found;
    }

    private static List<TraceDamage> follow(final Path trace, final Numbers numbers) throws IOException {
        final TraceTail tail = TraceTail.open(trace, Selection.ALL, 0, 0);
        tail.poll(0, numbers::take);
        tail.finish(numbers::take);
        return tail.reader().damage();
    }

    private static Reading reading(final Function<Path, TraceReader> open) {
        return (directory, numbers) -> readAll(open.apply(directory), numbers);
    }

    /** Reads with a cut after so many reads. Returns whether the reading went on behind it. */
    private boolean read(final Reading reading, final long reads, final String file, final long left)
        throws IOException {
        final CutFileOpener.Cut cut = new CutFileOpener.Cut(reads, file, left);
        CutFileOpener.cut(cut);
        final String where = "cut after " + reads + " reads: " + left + " bytes are left of " + file;
        final Numbers numbers = new Numbers();
        try {
            final List<TraceDamage> damage = reading.read(trace, numbers);
            assertThat(damage.isEmpty() && numbers.count < written).as(where + ": events lost, and nothing said")
                .isFalse();
            assertThat(numbers.count == written || cut.isReached()).as(where).isTrue();
        } catch (final TraceStoreException e) {
            assertThat(e).as(where).hasMessageContaining("nothing in it is whole");
        } catch (final AssertionError | RuntimeException e) {
            throw new AssertionError(where, e);
        }
        return cut.isReached();
    }

    /** Reads with cuts after every number of reads, or each so many more, until reading needs no more of them. */
    private void readAllCut(final Reading reading, final int step) throws IOException {
        for (final Path file : files) {
            final long length = Files.size(file);
            for (final long left : new long[] {0, length / 2, length / 3 | 1, random.nextLong(length)}) {
                long reads = 0;
                while (read(reading, reads, file.getParent().getFileName() + "/", left)) {
                    reads += 1 + random.nextInt(step);
                }
                assertThat(reads).isGreaterThan(files.size() * 10L);
            }
        }
    }

    @Test
    void shouldReadWhatIsLeftWhenAFileBecomesShortAfterAnyRead() throws IOException {
        write(12, 200, SegmentRotation.NONE);
        assertThat(files).hasSize(1);
        readAllCut(reading(TraceReader::open), 1);
        readAllCut(reading(TraceReader::openVerified), 1);
        readAllCut(CutTraceTest::follow, 1);
    }

    @Test
    void shouldReadTheOtherSegmentsWhenAFileBecomesShortAfterAnyRead() throws IOException {
        write(24, 40_000, new SegmentRotation(1 << 20, Long.MAX_VALUE, Integer.MAX_VALUE));
        assertThat(files).hasSize(2);
        readAllCut(reading(TraceReader::open), 8);
        readAllCut(CutTraceTest::follow, 8);
    }

    @Test
    void shouldReadWhatIsLeftWhenAFileWithAnIndexBecomesShort() throws IOException {
        write(1_101, 20, SegmentRotation.NONE);
        TraceReader.open(trace);
        assertThat(files.get(0).resolveSibling(files.get(0).getFileName() + ".index")).exists();
        readAllCut(reading(TraceReader::open), 100);
    }

    @Test
    void shouldSayThatTheRestIsGoneWhenAFileBecomesEmptyBetweenTwoDocuments() throws IOException {
        write(201, 2_000, SegmentRotation.NONE);
        CutFileOpener.cut(new CutFileOpener.Cut(20, "", 0));
        final TraceReader reader = TraceReader.open(trace);
        assertThat(reader.isComplete()).isFalse();
        assertThat(reader.damage()).isNotEmpty();
        assertThat(reader.damage().get(reader.damage().size() - 1).problem())
            .startsWith("the file was cut while it was read").contains("length=" + Files.size(files.get(0)));
    }

    @Test
    void shouldReadWhatIsLeftWhenAnotherThreadTruncatesTheFile() throws Exception {
        write(42, 500, SegmentRotation.NONE);
        final byte[] whole = Files.readAllBytes(files.get(0));
        int lost = 0;
        for (int i = 0; i < ROUNDS; i++) {
            Files.delete(files.get(0));
            Files.write(files.get(0), whole);
            lost += readWhileTruncated(random.nextInt(4) == 0 ? 0 : random.nextInt(whole.length),
                random.nextInt(3_000_000), i % 2 == 0 ? reading(TraceReader::open) : CutTraceTest::follow) ? 1 : 0;
        }
        System.out.printf("something was lost in %d of %d truncated files%n", lost, ROUNDS);
        assertThat(lost).isPositive();
    }

    /** Reads until a file is truncated. Returns whether the last reading found that something is lost. */
    private boolean readWhileTruncated(final int left, final int delayNs, final Reading reading) throws Exception {
        final AtomicBoolean isBegun = new AtomicBoolean();
        final AtomicBoolean isCut = new AtomicBoolean();
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread cutter = new Thread(() -> {
            try (FileChannel channel = FileChannel.open(files.get(0), StandardOpenOption.WRITE)) {
                final long beginNs = System.nanoTime();
                while (!isBegun.get() || System.nanoTime() - beginNs < delayNs) {
                    Thread.onSpinWait();
                }
                channel.truncate(left);
            } catch (final IOException e) {
                failure.set(e);
            } finally {
                isCut.set(true);
            }
        });
        cutter.start();
        boolean isLost = false;
        try {
            boolean isLast = false;
            while (!isLast && !isLost) {
                isLast = isCut.get();
                isBegun.set(true);
                isLost = isLost(reading);
            }
        } finally {
            isBegun.set(true);
            cutter.join(60_000);
        }
        assertThat(cutter.isAlive()).isFalse();
        assertThat(failure.get()).isNull();
        return isLost;
    }

    private boolean isLost(final Reading reading) throws IOException {
        final Numbers numbers = new Numbers();
        try {
            final boolean isDamaged = !reading.read(trace, numbers).isEmpty();
            return isDamaged || numbers.count < written;
        } catch (final TraceStoreException e) {
            // A file that was empty when it was opened.
            assertThat(e.getMessage()).containsAnyOf("nothing in it is whole", "the trace is empty");
            return true;
        }
    }
}
