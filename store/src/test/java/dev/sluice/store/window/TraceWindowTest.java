// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.write.SegmentRotation;
import dev.sluice.store.write.TraceLimits;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Windows of a random trace, compared with what its reader has between the same times. */
@OneJdk
class TraceWindowTest {
    private static final EventSchema TEXT = new EventSchema(2, "bench", "text",
        List.of(new FieldSchema("number", FieldType.INT64), new FieldSchema("text", FieldType.STRING)));
    private static final int RINGS = 4;
    private static final int PACKETS = 400;
    private static final int WINDOWS = 30;

    @TempDir
    private Path temp;
    private final long seed = Seed.draw("TraceWindowTest");
    private final Random random = new Random(seed);
    private long ticks = 1_000;
    /** Overwritten events that the last header of a ring counts, and that would lie behind its last packet. */
    private long behind;

    private Path write(final SegmentRotation rotation) {
        final Path trace = temp.resolve("trace");
        final List<TargetInfo> targets = List.of(TestTraces.target(), TestTraces.target(2_000_000_000L));
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO, TraceLimits.NONE, rotation)) {
            final List<List<PacketBuilder>> rings = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                rings.add(new ArrayList<>());
                writer.addTarget(targets.get(t));
                writer.schema(t, TestTraces.log(TestTraces.PAIR, TEXT));
                writer.clock(t, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
                for (int ring = 0; ring < RINGS; ring++) {
                    rings.get(t).add(new PacketBuilder(targets.get(t).id(), ring,
                        ring == 3 ? StreamClass.CARRIER : StreamClass.PLATFORM));
                    if (ring != 2) {
                        writer.thread(t, new ThreadInfo(ring, ring == 3 ? StreamClass.CARRIER : StreamClass.PLATFORM, 1,
                            1000 + ring, 20L + ring, "worker-" + ring, 0, 0, 0, 0));
                    }
                }
            }
            final long[][] overwritten = new long[2][RINGS];
            final long[][] ahead = new long[2][RINGS];
            final long[][] discarded = new long[2][RINGS];
            for (int i = 0; i < PACKETS; i++) {
                final int t = random.nextInt(2);
                final int ring = random.nextInt(RINGS);
                final PacketBuilder packets = rings.get(t).get(ring);
                if (packets.sequence() > 0 && random.nextInt(8) == 0) {
                    packets.skip(1, 20, 160);
                    writer.loss(t, new LossInfo(ring, LossCause.BUFFER_FULL, 20, 1));
                }
                // What is overwritten behind a batch is in its header already.
                if (ahead[t][ring] > 0) {
                    packets.skip(0, (int) ahead[t][ring], 8 * (int) ahead[t][ring]);
                    ahead[t][ring] = 0;
                } else if (packets.sequence() > 0 && random.nextInt(8) == 0) {
                    ahead[t][ring] = 1 + random.nextInt(30);
                    overwritten[t][ring] += ahead[t][ring];
                }
                discarded[t][ring] += random.nextInt(10) == 0 ? 7 : 0;
                packets.counts(discarded[t][ring], overwritten[t][ring]);
                for (int j = 1 + random.nextInt(500); j > 0; j--) {
                    ticks += 1 + random.nextInt(20);
                    final long at = ticks * (t + 1);
                    if (random.nextInt(4) == 0) {
                        packets.event(TEXT, at, 77, ticks, "t".repeat(random.nextInt(9)));
                    } else {
                        packets.event(TestTraces.PAIR, at, 77, ticks, (long) ring);
                    }
                }
                packets.append(writer, t);
                if (random.nextInt(20) == 0) {
                    writer.clock(0, new ClockTriple(ticks, ticks, TestTraces.BEGIN_NS + ticks));
                    writer.clock(1, new ClockTriple(2 * ticks, ticks, TestTraces.BEGIN_NS + ticks));
                }
            }
            behind = Arrays.stream(ahead).flatMapToLong(Arrays::stream).sum();
        }
        return trace;
    }

    private static List<String> events(final TraceReader reader, final long fromNs, final long toNs) {
        final List<String> events = new ArrayList<>();
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            final long ns = cursor.event().monotonicNs();
            if (ns >= fromNs && ns <= toNs) {
                events.add(ns + " " + cursor.event().wallTimeNs() + " " + cursor.event().target().index() + " "
                    + cursor.event().ring() + " " + cursor.event().schema().name() + " "
                    + cursor.event().getLong(0) + " " + cursor.event().threadName());
            }
        }
        return events;
    }

    private void check(final TraceReader reader, final long fromNs, final long toNs, final Path output) {
        final TraceWindow.Taken taken = TraceWindow.write(reader, fromNs, toNs, output, "test");
        final TraceReader window = TraceReader.open(output);
        assertThat(window.damage()).isEmpty();
        assertThat(events(window, Long.MIN_VALUE, Long.MAX_VALUE)).isEqualTo(events(reader, taken.fromNs(), toNs));
        final TraceReport report = TraceReport.of(window);
        final TraceAccount account = report.account();
        assertThat(account.isConsistent()).as(report.toText()).isTrue();
        assertThat(account.isEndKnown()).isTrue();
        assertThat(account.stored()).isEqualTo(taken.events());
        assertThat(account.lostTotal()).isEqualTo(taken.lost());
        final TraceAccount whole = TraceReport.of(reader).account();
        assertThat(account.lostTotal()).isBetween(0L, whole.lostTotal());
        assertThat(account.overwritten()).isBetween(0L, whole.overwritten());
        assertThat(account.discarded()).isBetween(0L, whole.discarded());
        // What is missing in the window is in holes of its own, but behind the last packet of each ring.
        assertThat(window.gaps().stream().mapToLong(gap -> gap.events()).sum()).isBetween(
            Math.max(0, taken.lost() - 40L * 2 * RINGS), taken.lost());
    }

    @Test
    void shouldHaveTheEventsBetweenTwoTimesAndTheirAccount() {
        final TraceReader reader = TraceReader.open(write(SegmentRotation.NONE));
        for (int i = 0; i < WINDOWS; i++) {
            final long from = random.nextInt((int) ticks);
            check(reader, from, from + random.nextInt((int) ticks / 3), temp.resolve("window" + i));
        }
        check(reader, Long.MIN_VALUE, Long.MAX_VALUE, temp.resolve("all"));
        final TraceAccount all = TraceReport.of(TraceReader.open(temp.resolve("all"))).account();
        final TraceAccount whole = TraceReport.of(reader).account();
        assertThat(all.stored()).isEqualTo(whole.stored());
        assertThat(all.lost()).isEqualTo(whole.lost());
        // A window ends with its last packet. A trace that was cut off counts what its last headers say, where that
        // cannot be told from events that were lost.
        assertThat(all.overwritten()).isBetween(whole.overwritten() - behind, whole.overwritten());
    }

    @Test
    void shouldSayWhereItBeginsWhenOlderSegmentsAreGone() {
        final TraceReader reader = TraceReader.open(write(new SegmentRotation(1 << 20, Long.MAX_VALUE, 2)));
        assertThat(reader.removedEvents()).isPositive();
        final long coveredNs = reader.targets().get(0).coveredFromNs();
        final TraceWindow.Taken taken =
            TraceWindow.write(reader, 5, Long.MAX_VALUE, temp.resolve("window"), "test");
        assertThat(taken.isWhole()).isFalse();
        assertThat(taken.fromNs()).isEqualTo(coveredNs);
        assertThat(TraceWindow.write(reader, Long.MIN_VALUE, Long.MAX_VALUE, temp.resolve("rest"), "test").isWhole())
            .isTrue();
    }

    @Test
    void shouldLeaveNothingBehindWhenItCannotBeWritten() throws Exception {
        final TraceReader reader = TraceReader.open(write(SegmentRotation.NONE));
        final Path taken = Files.createDirectory(temp.resolve("taken"));
        Files.createFile(taken.resolve("mine"));
        assertThatThrownBy(() -> TraceWindow.write(reader, 0, ticks, taken, "test"))
            .isInstanceOf(TraceStoreException.class).hasMessageContaining("not empty");
        assertThat(taken.resolve("mine")).exists();
    }

    /** What a recording has already, it may remove while the window is written, and its space does not come back. */
    @Test
    void shouldLeaveTheRecordingWhatItHasOpenButNotWhenThatHasEnded() throws Exception {
        final Path trace = write(SegmentRotation.NONE);
        final TraceReader reader = TraceReader.open(trace);
        final Path window = temp.resolve("window");
        TestTraces.enlarge(trace);
        assertThat(reader.heldBytes()).isGreaterThan(Files.getFileStore(trace).getUsableSpace());
        assertThatThrownBy(() -> TraceWindow.writeBeside(reader, 0, ticks, window, "test", 1))
            .isInstanceOf(TraceStoreException.class)
            .hasMessageContaining("of which the recording that goes on there may need");
        assertThat(window).doesNotExist();
        assertThat(reader.heldBytes()).as("closed").isZero();
        assertThat(TraceWindow.writeBeside(TraceReader.open(trace), 0, ticks, window, "test", 0).events())
            .isPositive();
    }
}
