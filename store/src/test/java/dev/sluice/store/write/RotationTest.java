// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.follow.TraceTail;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TracePrinter;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A trace that is cut into segments, of which the oldest ones are removed: random packets of several rings of two
 * targets, with losses, and refused and overwritten events between them.
 */
@OneJdk
class RotationTest {
    private static final int RINGS = 3;
    private static final SegmentRotation SMALL = new SegmentRotation(1 << 20, Long.MAX_VALUE, Integer.MAX_VALUE);

    @TempDir
    private Path temp;

    private final long seed = Seed.draw("RotationTest");
    private final Random random = new Random(seed);
    private final List<TargetInfo> targets = List.of(TestTraces.target(), TestTraces.target());
    private final List<List<PacketBuilder>> rings = List.of(new ArrayList<>(), new ArrayList<>());
    /** Of each ring of each target: events stored, lost, discarded, overwritten. */
    private final long[][][] counts = new long[2][RINGS][4];
    private long ticks = 1_000;

    private TraceWriter begin(final Path trace, final SegmentRotation rotation) {
        final TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO, TraceLimits.NONE, rotation);
        for (int t = 0; t < targets.size(); t++) {
            writer.addTarget(targets.get(t));
            writer.schema(t, TestTraces.log(TestTraces.PAIR));
            writer.clock(t, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            for (int ring = 0; ring < RINGS; ring++) {
                // Every other ring was used before, and one has no note of where it stood.
                final PacketBuilder packets = new PacketBuilder(targets.get(t).id(), ring);
                if (ring == 1) {
                    packets.skip(7, 1_000, 8_000).counts(5, 6);
                }
                rings.get(t).add(packets);
                if (ring < 2) {
                    writer.thread(t, new ThreadInfo(ring, StreamClass.PLATFORM, 1, 1000 + ring, 20L + ring,
                        "worker-" + ring, ring * 7, ring * 1_000, ring * 5, ring * 6));
                }
            }
        }
        return writer;
    }

    /** Appends a packet of a random ring, and tells of what is missing before it. */
    private void append(final TraceWriter writer) {
        final int t = random.nextInt(2);
        final int ring = random.nextInt(RINGS);
        final PacketBuilder packets = rings.get(t).get(ring);
        final long[] count = counts[t][ring];
        if (count[0] > 0 && random.nextInt(20) == 0) {
            final int lost = 1 + random.nextInt(50);
            packets.skip(1, lost, 8 * lost);
            writer.loss(t, new LossInfo(ring, LossCause.BUFFER_FULL, lost, 1));
            count[1] += lost;
        }
        if (count[0] > 0 && random.nextInt(20) == 0) {
            final int overwritten = 1 + random.nextInt(50);
            packets.skip(0, overwritten, 8 * overwritten);
            count[3] += overwritten;
        }
        count[2] += random.nextInt(10) == 0 ? 3 : 0;
        packets.counts((ring == 1 ? 5 : 0) + count[2], (ring == 1 ? 6 : 0) + count[3]);
        final int events = 1 + random.nextInt(1_000);
        for (int i = 0; i < events; i++) {
            packets.event(TestTraces.PAIR, ticks += 1 + random.nextInt(50), 0, count[0]++, (long) ring);
        }
        packets.append(writer, t);
        if (random.nextInt(10) == 0) {
            writer.clock(t, new ClockTriple(ticks, ticks, TestTraces.BEGIN_NS + ticks));
        }
    }

    private void end(final TraceWriter writer, final int target) {
        final List<RingAccount> accounts = new ArrayList<>();
        for (int ring = 0; ring < RINGS; ring++) {
            final long[] count = counts[target][ring];
            accounts.add(new RingAccount(StreamKey.ofRing(ring), count[0] + count[1] + count[3], count[2], count[3],
                count[1], 1, 1, 0));
        }
        writer.end(target, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS, accounts, Map.of()));
    }

    private long sum(final int kind) {
        long sum = 0;
        for (final long[][] target : counts) {
            for (final long[] ring : target) {
                sum += ring[kind];
            }
        }
        return sum;
    }

    /** Reads all events; each ring's numbers must follow one another. Returns the first one and the end of each. */
    private static Map<String, long[]> ranges(final TraceReader reader) {
        final Map<String, long[]> ranges = new TreeMap<>();
        final EventCursor cursor = reader.events().cursor();
        long last = Long.MIN_VALUE;
        while (cursor.next()) {
            final long number = cursor.event().getLong(0);
            final String ring = cursor.event().target().index() + "." + cursor.event().ring();
            final long[] range = ranges.computeIfAbsent(ring, key -> new long[] {number, number});
            assertThat(number).as(ring).isEqualTo(range[1]++);
            assertThat(cursor.event().monotonicNs()).isGreaterThanOrEqualTo(last);
            last = cursor.event().monotonicNs();
        }
        return ranges;
    }

    private static List<Path> folders(final Path trace) throws IOException {
        try (Stream<Path> entries = Files.list(trace)) {
            return entries.sorted().toList();
        }
    }

    private static TraceAccount account(final Path trace) {
        final TraceReader reader = TraceReader.open(trace);
        assertThat(reader.damage()).isEmpty();
        final TraceReport report = TraceReport.of(reader);
        assertThat(report.account().isConsistent()).as("%s: %s", trace, report.toText()).isTrue();
        reader.targets().forEach(target -> assertThat(report.account(target).isConsistent()).isTrue());
        return report.account();
    }

    @Test
    void shouldHaveEachPacketInOneSegmentThatStandsAloneWhenNothingIsRemoved() throws IOException {
        final Path trace = temp.resolve("trace");
        try (TraceWriter writer = begin(trace, SMALL)) {
            while (writer.segments() < 6) {
                append(writer);
            }
            end(writer, 0);
            end(writer, 1);
            assertThat(writer.removedEvents()).isZero();
        }
        final TraceAccount whole = account(trace);
        assertThat(whole.stored()).isEqualTo(sum(0));
        assertThat(whole.removed()).isZero();
        assertThat(whole.lostTotal()).isEqualTo(sum(1));
        assertThat(whole.discarded()).isEqualTo(sum(2));
        assertThat(whole.overwritten()).isEqualTo(sum(3));
        assertThat(whole.isEndKnown()).isTrue();
        final Map<String, long[]> all = ranges(TraceReader.open(trace));
        assertThat(all).hasSize(2 * RINGS);
        final Map<String, Long> next = new TreeMap<>();
        long stored = 0;
        for (final Path folder : folders(trace)) {
            final Path alone = Files.createDirectories(temp.resolve("alone").resolve(folder.getFileName()));
            final Path copy = Files.createDirectory(alone.resolve(folder.getFileName()));
            try (Stream<Path> files = Files.list(folder)) {
                for (final Path file : files.toList()) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
            final TraceAccount account = account(alone);
            // What the segments before have is not lost, and what this one has continues it.
            assertThat(account.removed()).isEqualTo(stored);
            stored += account.stored();
            final TraceReader reader = TraceReader.open(alone);
            ranges(reader).forEach((ring, range) -> {
                assertThat(range[0]).as(ring).isEqualTo(next.getOrDefault(ring, 0L));
                next.put(ring, range[1]);
            });
            assertThat(reader.targets()).hasSize(2);
            assertThat(reader.targets().get(0).schemas()).isNotEmpty();
            assertThat(reader.targets().get(0).triples()).isNotEmpty();
            assertThat(reader.targets().get(0).threads()).isNotEmpty();
            assertThat(reader.targets().get(0).isAtSegmentEnd())
                .isEqualTo(!folder.getFileName().toString().equals("0005"));
        }
        assertThat(stored).isEqualTo(sum(0));
        all.forEach((ring, range) -> assertThat(next.get(ring)).isEqualTo(range[1]));
    }

    @Test
    void shouldTellWhatWasRemovedFromWhatWasLostWhenOldSegmentsGo() throws IOException {
        final Path trace = temp.resolve("trace");
        try (TraceWriter writer = begin(trace, new SegmentRotation(1 << 20, Long.MAX_VALUE, 3))) {
            while (writer.segments() < 4) {
                append(writer);
            }
            // Its part ends here, and its packets are all removed at last.
            end(writer, 1);
            final long[][] ended = counts[1];
            while (writer.segments() < 12) {
                final long before = ended[0][0] + ended[1][0] + ended[2][0];
                appendOf(writer, 0);
                assertThat(ended[0][0] + ended[1][0] + ended[2][0]).isEqualTo(before);
            }
            end(writer, 0);
            assertThat(writer.removedEvents()).isPositive();
        }
        assertThat(folders(trace)).extracting(folder -> folder.getFileName().toString())
            .containsExactly("0009", "0010", "0011");
        final TraceAccount account = account(trace);
        assertThat(account.stored() + account.removed()).isEqualTo(sum(0));
        assertThat(account.lostTotal()).isEqualTo(sum(1));
        assertThat(account.lost()).containsOnlyKeys("buffer_full");
        assertThat(account.discarded()).isEqualTo(sum(2));
        assertThat(account.overwritten()).isEqualTo(sum(3));
        assertThat(account.isEndKnown()).isTrue();
        final String printed = printed(trace);
        assertThat(printed).contains(" events not here: stored, and removed by rotation");
        assertThat(missing(printed)).isEqualTo(account.fired() - account.stored() - account.removed());
        assertThat(TraceReport.of(TraceReader.open(trace)).toText()).contains("removed")
            .contains("stored + removed + discarded + overwritten + lost = fired: yes");
    }

    private void appendOf(final TraceWriter writer, final int target) {
        final PacketBuilder packets = rings.get(target).get(0);
        for (int i = 0; i < 1_000; i++) {
            packets.event(TestTraces.PAIR, ++ticks, 0, counts[target][0][0]++, 0L);
        }
        packets.append(writer, target);
    }

    private static String printed(final Path trace) throws IOException {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        new TracePrinter(out, true).print(TraceReader.open(trace));
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        new TracePrinter(text, false).print(TraceReader.open(trace));
        return out.toString(StandardCharsets.UTF_8) + text.toString(StandardCharsets.UTF_8);
    }

    private static long missing(final String printed) {
        return printed.lines().filter(line -> line.contains("\"missing\":"))
            .mapToLong(line -> Long.parseLong(line.replaceAll(".*\"missing\":(\\d+).*", "$1"))).sum();
    }

    @Test
    void shouldTakeNoMoreThanItMayWhenATraceOfALimitedSizeRotates() throws IOException {
        final Path trace = temp.resolve("trace");
        final long limit = 8L << 20;
        boolean isStored = true;
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO, new TraceLimits(limit, 0), SMALL)) {
            writer.addTarget(targets.get(0));
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            final PacketBuilder packets = new PacketBuilder(targets.get(0).id(), 0);
            for (long i = 1; isStored; i++) {
                for (int j = 0; j < 1_000; j++) {
                    packets.event(TestTraces.PAIR, i, 0, counts[0][0][0]++, 0L);
                }
                isStored = packets.tryAppend(writer, 0);
                counts[0][0][0] -= isStored ? 0 : 1_000;
            }
            assertThat(writer.full()).isEqualTo(TraceFull.SIZE);
            assertThat(writer.segments()).isGreaterThan(2);
            writer.loss(0, new LossInfo(0, LossCause.TRACE_FULL, 1_000, 1));
            counts[0][0][1] = 1_000;
            end(writer, 0);
        }
        long size = 0;
        try (Stream<Path> files = Files.walk(trace)) {
            for (final Path file : files.filter(Files::isRegularFile).toList()) {
                size += Files.size(file);
            }
        }
        assertThat(size).isBetween(limit / 2, limit);
        assertThat(account(trace).stored()).isEqualTo(sum(0));
    }

    @Test
    void shouldReadOnWhenSegmentsVanishUnderAReader() throws IOException {
        final Path trace = temp.resolve("trace");
        try (TraceWriter writer = begin(trace, new SegmentRotation(1 << 20, Long.MAX_VALUE, 2))) {
            append(writer);
            final TraceTail tail = TraceTail.open(trace, Selection.ALL, 0, 0);
            final long[] seen = new long[1];
            long nowNs = 0;
            while (writer.segments() < 20) {
                for (int i = 0; i < 5; i++) {
                    append(writer);
                }
                writer.removeOld();
                nowNs += 10_000_000_000L;
                tail.poll(nowNs, event -> seen[0]++);
                // What the writer has removed is not held by who follows, but for what it reads now.
                assertThat(removedAndOpen(trace)).isLessThanOrEqualTo(2);
            }
            final TraceReader before = TraceReader.open(trace);
            final long there = TraceReport.of(before).account().stored();
            final int last = writer.segments() + 4;
            while (writer.segments() < last) {
                append(writer);
            }
            writer.removeOld();
            // All that it had opened is gone by name.
            assertThat(TraceReport.of(before).account().stored()).isEqualTo(there);
            tail.poll(nowNs + 10_000_000_000L, event -> seen[0]++);
            assertThat(tail.reader().removedEvents()).as("removed before they could be read").isPositive();
            end(writer, 0);
            end(writer, 1);
            tail.finish(event -> seen[0]++);
            assertThat(seen[0] + tail.reader().removedEvents()).isEqualTo(sum(0));
            assertThat(tail.reader().damage()).isEmpty();
        }
    }

    /** Files were cut before they were removed where a disk had little room, and copies that are links were empty. */
    @Test
    @Tag("kernel")
    void shouldLeaveReadersAndLinksWhatTheyHaveWhenItIsRemovedOnASmallDisk() throws Exception {
        final Path mount = Files.createDirectory(temp.resolve("small"));
        Assumptions.assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", mount.toString()),
            "mounting a tmpfs is refused: needs root");
        final Path trace = mount.resolve("trace");
        // With an eighth of the disk left, the trace is full.
        final long leftBytes = Files.getFileStore(mount).getUsableSpace() / 8 + (4 << 20);
        TraceReader holding = null;
        try (TraceWriter writer = begin(trace, new SegmentRotation(1 << 20, Long.MAX_VALUE, 8))) {
            appendUntil(writer, 10);
            holding = TraceReader.open(trace);
            assertThat(holding.heldBytes()).isGreaterThan(7 << 20);
            final Path linked;
            try (Stream<Path> files = Files.list(folders(trace).get(0))) {
                linked = files.filter(file -> file.toString().endsWith(".cq4")).findAny().orElseThrow();
            }
            final byte[] content = Files.readAllBytes(linked);
            final Path link = Files.createLink(mount.resolve("link"), linked);
            final long heldBytes = holding.heldBytes();
            final long freeBytes = Files.getFileStore(mount).getUsableSpace();
            Files.write(mount.resolve("others"), new byte[Math.toIntExact(freeBytes - leftBytes)]);
            appendUntil(writer, 11);
            assertThat(linked).doesNotExist();
            assertThat(Arrays.equals(Files.readAllBytes(link), content)).as("the link's content is whole").isTrue();
            assertThat(holding.heldBytes()).as("what was removed is not the recording's")
                .isLessThan(heldBytes - (1 << 19));
            final long[] documents = new long[1];
            holding.lastDocuments(document -> documents[0]++);
            assertThat(documents[0]).isEqualTo(holding.documentCount());
            assertThat(holding.damageCount()).isZero();
            assertThat(removedAndOpen(trace)).isZero();
            end(writer, 0);
            end(writer, 1);
        } finally {
            if (holding != null) {
                holding.release();
            }
            assertThat(run("umount", "-l", mount.toString())).isTrue();
        }
    }

    private void appendUntil(final TraceWriter writer, final int segments) {
        while (writer.segments() < segments) {
            append(writer);
            writer.removeOld();
            assertThat(writer.full()).as("segment %d", writer.segments()).isNull();
        }
    }

    /** What was stored in the first moment was taken for what would go on for the whole period. */
    @Test
    void shouldNeedNoMoreThanEightTimesWhatThereIsWhenThePeriodHasJustBegun() {
        final int keep = 9;
        try (TraceWriter writer = begin(temp.resolve("trace"),
            new SegmentRotation(Long.MAX_VALUE, TimeUnit.HOURS.toNanos(1), keep))) {
            final long before = writer.freeNeeded();
            while (writer.bytesWritten() < 240_000) {
                append(writer);
            }
            assertThat(writer.freeNeeded() - before).isBetween(0L, (keep + 1L) * 8 * writer.bytesWritten());
        }
    }

    @Test
    @Timeout(400)
    void shouldNeedLessFreeWhenALargeSegmentIsGone() {
        try (TraceWriter writer = begin(temp.resolve("trace"),
            new SegmentRotation(Long.MAX_VALUE, SegmentRotation.LEAST_NS, 3))) {
            while (writer.bytesWritten() < 8 << 20) {
                append(writer);
            }
            nextSegment(writer);
            nextSegment(writer);
            final long needed = writer.freeNeeded();
            nextSegment(writer);
            nextSegment(writer);
            assertThat(writer.freeNeeded()).isLessThan(needed - (1 << 20));
        }
    }

    /** Begins a segment of one packet. */
    private void nextSegment(final TraceWriter writer) {
        for (final int segments = writer.segments(); writer.segments() == segments; writer.rotateIfDue()) {
            LockSupport.parkNanos(SegmentRotation.LEAST_NS / 10);
        }
        append(writer);
    }

    private static boolean run(final String... command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        return process.waitFor(180, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @Test
    @Timeout(400)
    void shouldKeepMemoryAndDescriptorsFlatWhenItRotatesHundredsOfTimes() throws IOException {
        final Path trace = temp.resolve("trace");
        try (TraceWriter writer = begin(trace, new SegmentRotation(1 << 20, Long.MAX_VALUE, 2))) {
            long[] before = null;
            while (writer.segments() < 400) {
                appendOf(writer, 0);
                appendOf(writer, 1);
                writer.removeOld();
                if (writer.segments() == 100 && before == null) {
                    before = footprint();
                }
            }
            final long[] after = footprint();
            assertThat(after[0]).as("descriptors").isLessThanOrEqualTo(before[0] + 2);
            assertThat(after[1]).as("mappings").isLessThanOrEqualTo(before[1] + 20);
            assertThat(after[2]).as("heap").isLessThan(before[2] + (4L << 20));
            assertThat(folders(trace)).hasSize(2);
            end(writer, 0);
            end(writer, 1);
        }
        assertThat(account(trace).removed()).isPositive();
    }

    private static long removedAndOpen(final Path trace) throws IOException {
        long open = 0;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (final Path descriptor : descriptors.toList()) {
                try {
                    final String target = Files.readSymbolicLink(descriptor).toString();
                    open += target.startsWith(trace.toString()) && target.endsWith(" (deleted)") ? 1 : 0;
                } catch (final NoSuchFileException e) {
                    // It was the descriptor of the list itself, or a file that was closed meanwhile.
                    continue;
                }
            }
        }
        return open;
    }

    private static long[] footprint() throws IOException {
        System.gc();
        final Runtime runtime = Runtime.getRuntime();
        final long heap = runtime.totalMemory() - runtime.freeMemory();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"));
             Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return new long[] {descriptors.count(), maps.count(), heap};
        }
    }
}
