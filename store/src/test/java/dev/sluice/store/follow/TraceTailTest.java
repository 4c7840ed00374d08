// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
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
import dev.sluice.store.query.Selection;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TracePrinter;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trace that is written and followed in turn, with a clock of the test's own. */
@OneJdk
class TraceTailTest {
    private static final EventSchema PLACED = new EventSchema(1, "shop", "placed",
        List.of(new FieldSchema("price", FieldType.INT64), new FieldSchema("symbol", FieldType.STRING)));
    private static final EventSchema FILLED =
        new EventSchema(2, "shop", "filled", List.of(new FieldSchema("price", FieldType.INT64)));
    private static final int RINGS = 4;
    private static final long ROUND_NS = 100_000_000;
    private static final int DAMAGED = Boolean.getBoolean("sluice.long") ? 3_000 : 50;

    @TempDir
    private Path directory;

    private final long seed = Seed.draw("TraceTailTest");
    private final Random random = new Random(seed);
    private final TargetInfo target = TestTraces.target();
    private final Map<Integer, PacketBuilder> rings = new HashMap<>();
    private final Map<Integer, Long> counts = new HashMap<>();
    private TraceWriter writer;
    private Path trace;
    private final Map<Integer, Integer> refused = new HashMap<>();

    @BeforeEach
    void begin() {
        trace = directory.resolve("trace");
        writer = TraceWriter.create(trace, TestTraces.INFO);
        writer.addTarget(target);
        writer.schema(0, TestTraces.log(PLACED));
        clock(0);
    }

    @AfterEach
    void end() {
        writer.close();
    }

    private void clock(final long ns) {
        writer.clock(0, new ClockTriple(ns, ns, TestTraces.BEGIN_NS + ns));
    }

    /** A batch of a ring, with events at random times of a round. */
    private void fill(final int ring, final int round) {
        if (!rings.containsKey(ring)) {
            writer.thread(0, new ThreadInfo(ring, StreamClass.PLATFORM, 1, 1000 + ring, 20L + ring, "worker-" + ring,
                0, 0, 0, 0));
            rings.put(ring, new PacketBuilder(target.id(), ring));
        }
        final long[] times = random.longs(1 + random.nextInt(20), 1 + round * ROUND_NS, (round + 1) * ROUND_NS)
            .sorted().toArray();
        for (final long ns : times) {
            final long price = random.nextInt(1_000);
            if (round > 5 && random.nextBoolean()) {
                rings.get(ring).event(FILLED, ns, 0, price);
            } else {
                rings.get(ring).event(PLACED, ns, 0, price, "s" + price % 7);
            }
        }
        counts.merge(ring, (long) times.length, Long::sum);
    }

    private void append(final int ring) {
        if (rings.get(ring).count() > 0) {
            refused.merge(ring, random.nextInt(50) == 0 ? 3 : 0, Integer::sum);
            rings.get(ring).counts(refused.get(ring), 0).append(writer, 0);
        }
    }

    private void finish() {
        final List<RingAccount> accounts = new ArrayList<>();
        counts.forEach((ring, count) -> accounts.add(new RingAccount(StreamKey.ofRing(ring), count,
            refused.get(ring), 0, 0, 1, 1, 0)));
        writer.end(0, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS, accounts, Map.of()));
        writer.close();
    }

    private static String printed(final Path trace, final Selection selection) throws IOException {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        new TracePrinter(out, false).print(TraceReader.open(trace).events().select(selection));
        return out.toString(StandardCharsets.UTF_8);
    }

    /** One reader that follows, and what it has printed. */
    private final class Follower {
        private final Selection selection;
        private final TraceTail tail;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final TracePrinter printer = new TracePrinter(out, false);

        Follower(final Selection selection, final long holdNs) {
            this.selection = selection;
            tail = TraceTail.open(trace, selection, holdNs, 0);
        }

        void poll(final long nowNs) throws IOException {
            tail.poll(nowNs, printer::printNext);
            printer.flush();
        }

        String whole() throws IOException {
            tail.finish(printer::printNext);
            printer.printEnd(tail.reader(), tail.missingAtEnd(), selection.isPartial(), tail.lastWallNs());
            printer.flush();
            return out.toString(StandardCharsets.UTF_8);
        }
    }

    /** Batches of up to two rounds ago, in any order, and rings and events that are new. */
    private void write(final int rounds, final List<Follower> followers) throws IOException {
        for (int round = 0; round < rounds; round++) {
            if (round == 5) {
                writer.schema(0, TestTraces.log(FILLED));
            }
            for (int ring = 0; ring < Math.min(RINGS, 1 + round); ring++) {
                fill(ring, round);
                if (round % 2 == 1 || random.nextBoolean()) {
                    append(ring);
                }
            }
            clock((round + 1) * ROUND_NS);
            for (final Follower follower : followers) {
                follower.poll(round * ROUND_NS);
            }
        }
        rings.keySet().forEach(this::append);
    }

    @Test
    void shouldPrintWhatPrintPrintsWhenTheTraceGrows() throws Exception {
        final List<Follower> followers = new ArrayList<>();
        for (final Selection selection : List.of(Selection.ALL, Selection.ALL.events("shop:filled"),
            Selection.ALL.where("price > 500").threads("worker-1", "1002"), Selection.ALL.from("+1s").to("+3s"),
            Selection.ALL.first(100))) {
            followers.add(new Follower(selection, 3 * ROUND_NS));
        }
        write(150, followers);
        final int before = followers.get(0).out.size();
        finish();
        for (final Follower follower : followers) {
            assertThat(follower.whole()).as("seed " + seed).isEqualTo(printed(trace, follower.selection));
            assertThat(follower.tail.late()).isZero();
        }
        // Most of it came while the trace grew.
        assertThat(before).isGreaterThan(followers.get(0).out.size() * 9 / 10);
        assertThat(followers.get(3).tail.isPast()).isTrue();
        assertThat(followers.get(4).tail.isPast()).isTrue();
    }

    @Test
    void shouldLeaveNothingOutWhenBatchesComeLate() throws Exception {
        final Follower follower = new Follower(Selection.ALL, 0);
        write(40, List.of(follower));
        follower.poll(40 * ROUND_NS);
        // A batch of the begin, from a ring that had none.
        fill(9, 0);
        append(9);
        finish();
        final String whole = follower.whole();
        assertThat(follower.tail.late()).isPositive();
        assertThat(whole.lines().sorted().toList()).isEqualTo(printed(trace, Selection.ALL).lines().sorted().toList());
    }

    @Test
    void shouldWaitForAClockReadingButNotForEver() throws Exception {
        final Follower follower = new Follower(Selection.ALL, ROUND_NS);
        fill(0, 0);
        append(0);
        follower.poll(0);
        follower.poll(2 * ROUND_NS);
        assertThat(follower.tail.count()).isZero();
        follower.poll(5_000_000_000L + ROUND_NS);
        assertThat(follower.tail.count()).isEqualTo(counts.get(0));
        fill(0, 1);
        append(0);
        clock(2 * ROUND_NS);
        follower.poll(6_000_000_000L);
        follower.poll(6_000_000_000L + ROUND_NS);
        assertThat(follower.tail.count()).isEqualTo(counts.get(0));
        assertThat(follower.tail.silenceNs(6_000_000_000L + ROUND_NS)).isEqualTo(ROUND_NS);
        assertThat(follower.tail.isEnded(7_000_000_000L)).isFalse();
        finish();
        follower.poll(8_000_000_000L);
        assertThat(follower.tail.isEnded(8_000_000_000L)).isFalse();
        assertThat(follower.tail.isEnded(9_000_000_000L)).isTrue();
    }

    @Test
    void shouldRefuseWhatCannotBeKnownYet() {
        assertThatThrownBy(() -> TraceTail.open(trace, Selection.ALL.from("-10s"), 0, 0))
            .isInstanceOf(SelectionException.class).hasMessageContaining("no last event to count back from");
        assertThatThrownBy(() -> TraceTail.open(directory.resolve("none"), Selection.ALL, 0, 0))
            .isInstanceOf(TraceStoreException.class).hasMessageContaining("no such directory");
        assertThatThrownBy(() -> TraceTail.open(directory, Selection.ALL, 0, 0))
            .isInstanceOf(TraceStoreException.class).hasMessageContaining("no trace");
    }

    /**
     * A file whose bytes are changed, and which comes in pieces that end anywhere: what is whole is passed on, or an
     * error says what is wrong.
     */
    @Test
    void shouldStepOverDamageWhenItIsFollowed() throws Exception {
        write(20, List.of());
        finish();
        final Path file;
        try (Stream<Path> files = Files.list(trace.resolve("0000"))) {
            file = files.filter(path -> path.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
        final byte[] bytes = Files.readAllBytes(file);
        long passedOn = 0;
        for (int round = 0; round < DAMAGED; round++) {
            final byte[] damaged = bytes.clone();
            for (int i = 0; i < 5; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            Files.delete(file);
            try {
                passedOn += followed(file, damaged);
            } catch (final TraceStoreException e) {
                assertThat(e.getMessage()).as("seed " + seed).isNotBlank();
            }
        }
        assertThat(passedOn).isPositive();
    }

    private long followed(final Path file, final byte[] bytes) throws IOException {
        final int[] ends = random.ints(3, 0, bytes.length).sorted().toArray();
        Follower follower = null;
        for (int i = 0; i <= ends.length; i++) {
            Files.write(file, Arrays.copyOf(bytes, i < ends.length ? ends[i] : bytes.length));
            follower = follower == null ? new Follower(Selection.ALL, 0) : follower;
            follower.poll(i * ROUND_NS);
        }
        return follower.whole().lines().count();
    }
}
