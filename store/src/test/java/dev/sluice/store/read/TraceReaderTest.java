// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.RandomEvents;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OneJdk
class TraceReaderTest {
    private static final ClockTriple FIRST = new ClockTriple(1_000, 1_000, TestTraces.BEGIN_NS);

    @TempDir
    Path temp;

    private final TargetInfo target = TestTraces.target();

    private TraceReader trace(final Consumer<TraceWriter> body) {
        try (TraceWriter writer = TraceWriter.create(temp.resolve("t"), TestTraces.INFO)) {
            assertThat(writer.addTarget(target)).isZero();
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, FIRST);
            body.accept(writer);
        }
        return TraceReader.open(temp.resolve("t"));
    }

    private PacketBuilder ring(final int ring) {
        return new PacketBuilder(target.id(), ring);
    }

    private static PacketBuilder pair(final PacketBuilder packet, final long ticks) {
        return packet.event(TestTraces.PAIR, ticks, 0, ticks, -ticks);
    }

    @Test
    void shouldGiveBackEveryControlDocumentWhenRead() {
        final ThreadInfo known = new ThreadInfo(7, StreamClass.PLATFORM, 2, 4712, 33, "wörker", 5, 100, 3, 4);
        final ThreadInfo unknown = new ThreadInfo(8, StreamClass.CARRIER, 1, 4713, 34, "carrier");
        final LossInfo loss = new LossInfo(7, LossCause.CONSUMER_GONE, 12, 2, 6, 7);
        final EndInfo end = new EndInfo(EndKind.TARGET_EXITED, true, 99,
            List.of(new RingAccount(StreamKey.ofRing(7), 1, 2, 3, 4, 5, 6, 7),
                new RingAccount(StreamKey.ofTraps(9), 8, 0, 0, 0, 8, 8, 0)),
            Map.of(RefusalCause.NO_SLOT, 11L, RefusalCause.WRONG_ARGUMENTS, 12L, RefusalCause.INTERNAL, 13L));
        final EventSchema later = new EventSchema(9, "p", "later", List.of());
        final TraceReader reader = trace(writer -> {
            writer.thread(0, known);
            writer.thread(0, unknown);
            writer.schema(0, TestTraces.log(TestTraces.PAIR, later));
            writer.loss(0, loss);
            writer.clock(0, new ClockTriple(2_000, 2_000, TestTraces.BEGIN_NS + 1_000));
            writer.end(0, end);
        });
        final TargetTrace read = reader.targets().get(0);
        assertThat(reader.info()).isEqualTo(TestTraces.INFO);
        assertThat(read.info()).isEqualTo(target);
        assertThat(read.threads()).containsExactly(known, unknown);
        assertThat(read.thread(StreamKey.ofRing(7), 2)).isEqualTo(known);
        assertThat(read.thread(StreamKey.ofRing(7), 3)).isNull();
        assertThat(read.schemas()).containsExactly(TestTraces.PAIR, later);
        assertThat(read.losses()).containsExactly(loss);
        assertThat(read.end()).contains(end);
        assertThat(read.triples()).hasSize(2);
        assertThat(reader.isEndKnown()).isTrue();
        assertThat(reader.isComplete()).isTrue();
        assertThat(reader.documentCount()).isEqualTo(10);
        final List<DocumentKind> kinds = new ArrayList<>();
        reader.documents(document -> kinds.add(document.kind()));
        assertThat(kinds).startsWith(DocumentKind.TRACE, DocumentKind.TARGET).endsWith(DocumentKind.END).hasSize(10);
    }

    @Test
    void shouldReportUnknownEndWhenThereIsNoEndDocument() {
        final TraceReader reader = trace(writer -> pair(ring(0), 5_000).append(writer, 0));
        assertThat(reader.isEndKnown()).isFalse();
        assertThat(reader.targets().get(0).end()).isEmpty();
        assertThat(reader.events().cursor().next()).isTrue();
    }

    @Test
    void shouldGiveAllFieldsBackWhenSchemasAreRandom() {
        final RandomEvents random = new RandomEvents(Seed.draw("TraceReaderTest"));
        final List<EventSchema> schemas = random.schemas(20);
        final List<Object[]> written = new ArrayList<>();
        final List<EventSchema> order = new ArrayList<>();
        final TraceReader reader = trace(writer -> {
            writer.schema(0, TestTraces.log(schemas.stream().map(schema -> new EventSchema(schema.id() + 1,
                schema.provider(), schema.tracepoint(), schema.fields())).toArray(EventSchema[]::new)));
            final PacketBuilder packets = new PacketBuilder(target.id(), 1, StreamClass.CARRIER);
            for (int i = 0; i < 3000; i++) {
                final EventSchema pick = schemas.get(random.random().nextInt(schemas.size()));
                final EventSchema schema = new EventSchema(pick.id() + 1, pick.provider(), pick.tracepoint(),
                    pick.fields());
                final Object[] values = random.values(schema);
                order.add(schema);
                written.add(values);
                packets.event(schema, 1_000 + i, i % 2 == 0 ? 0 : 77 + i, values);
                if (random.random().nextInt(30) == 0) {
                    packets.append(writer, 0);
                }
            }
            packets.append(writer, 0);
        });
        final EventCursor cursor = reader.events().cursor();
        for (int i = 0; i < written.size(); i++) {
            assertThat(cursor.next()).isTrue();
            final EventView event = cursor.event();
            assertThat(event.schema()).isEqualTo(order.get(i));
            assertThat(event.ticks()).isEqualTo(1_000 + i);
            assertThat(event.virtualThreadId()).isEqualTo(i % 2 == 0 ? 0 : 77 + i);
            assertThat(event.fieldCount()).isEqualTo(written.get(i).length);
            for (int j = 0; j < event.fieldCount(); j++) {
                assertThat(RandomEvents.read(event, j)).isEqualTo(written.get(i)[j]);
            }
        }
        assertThat(cursor.next()).isFalse();
        assertThat(cursor.next()).isFalse();
    }

    @Test
    void shouldKeepTimeOrderWhenMillionEventsOfManyRingsAreMerged() {
        final long seed = Seed.draw("TraceReaderTest");
        final Random random = new Random(seed);
        final int rings = 100;
        final int events = 1_000_000;
        /* Each event as ticks, ring and its number in the ring. */
        final List<long[]> expected = new ArrayList<>(events);
        final TraceReader reader = trace(writer -> {
            final PacketBuilder[] packets = new PacketBuilder[rings];
            final long[] ticks = new long[rings];
            final long[] numbers = new long[rings];
            for (int i = 0; i < rings; i++) {
                packets[i] = ring(i);
                ticks[i] = 1_000 + random.nextInt(1000);
            }
            for (int i = 0; i < events; i++) {
                final int ring = random.nextInt(rings);
                ticks[ring] += random.nextInt(4) == 0 ? 0 : random.nextInt(300);
                packets[ring].event(TestTraces.PAIR, ticks[ring], 0, numbers[ring], ticks[ring]);
                expected.add(new long[] {ticks[ring], ring, numbers[ring]++});
                if (random.nextInt(200) == 0) {
                    packets[ring].append(writer, 0);
                }
            }
            for (final PacketBuilder packet : packets) {
                packet.append(writer, 0);
            }
        });
        // Which of two rings comes first at equal ticks follows from their first packets' order in the trace.
        final List<Integer> order =
            reader.targets().get(0).streams().stream().map(stream -> stream.key().number()).toList();
        final int[] rank = new int[rings];
        for (int i = 0; i < rings; i++) {
            rank[order.get(i)] = i;
        }
        expected.sort(Comparator.<long[]>comparingLong(event -> event[0])
            .thenComparingInt(event -> rank[(int) event[1]])
            .thenComparingLong(event -> event[2]));
        final EventCursor cursor = reader.events().cursor();
        for (final long[] event : expected) {
            assertThat(cursor.next()).isTrue();
            if (cursor.event().ticks() != event[0] || cursor.event().ring() != event[1]
                || cursor.event().getLong(0) != event[2] || cursor.event().getLong(1) != event[0]) {
                assertThat(new long[] {cursor.event().ticks(), cursor.event().ring(), cursor.event().getLong(0)})
                    .as("event %d", cursor.count()).isEqualTo(event);
            }
        }
        assertThat(cursor.next()).isFalse();
    }

    @Test
    void shouldMergeByMonotonicTimeWhenTargetsHaveDifferentClocks() {
        final TargetInfo other = TestTraces.target(3_000_000_000L);
        final TraceReader reader = trace(writer -> {
            assertThat(writer.addTarget(other)).isEqualTo(1);
            writer.schema(1, TestTraces.log(TestTraces.PAIR));
            // Ticks three times as fast as the clock, from another zero.
            writer.clock(1, new ClockTriple(900_000, 1_000, TestTraces.BEGIN_NS));
            writer.clock(1, new ClockTriple(3_900_000, 1_001_000, TestTraces.BEGIN_NS + 1_000_000));
            final PacketBuilder slow = ring(0);
            final PacketBuilder fast = new PacketBuilder(other.id(), 0);
            for (int i = 1; i <= 1000; i++) {
                pair(slow, 1_000 + i * 20L);
                pair(fast, 900_000 + (i * 20L + 10) * 3);
            }
            fast.append(writer, 1);
            slow.append(writer, 0);
        });
        final EventCursor cursor = reader.events().cursor();
        for (int i = 0; i < 2000; i++) {
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.event().target().index()).isEqualTo(i % 2);
            assertThat(cursor.event().monotonicNs()).isEqualTo(1_020 + i * 10L);
            assertThat(cursor.event().wallTimeNs()).isEqualTo(TestTraces.BEGIN_NS + 20 + i * 10L);
        }
        assertThat(cursor.next()).isFalse();
    }

    @Test
    void shouldUnwrapTicksWhenTheyPassTheirFortyEightBits() {
        final long wrap = 5L << 48;
        final TraceReader reader = trace(writer -> {
            final PacketBuilder packets = ring(0);
            pair(pair(pair(packets, wrap - 5), wrap - 1), wrap + 3).append(writer, 0);
            pair(pair(packets, wrap + 3), wrap + (1L << 46)).append(writer, 0);
            pair(packets, wrap + (3L << 48)).append(writer, 0);
        });
        final EventCursor cursor = reader.events().cursor();
        for (final long ticks : new long[] {
            wrap - 5, wrap - 1, wrap + 3, wrap + 3, wrap + (1L << 46), wrap + (3L << 48)}) {
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.event().ticks()).isEqualTo(ticks);
            assertThat(cursor.event().getLong(0)).isEqualTo(ticks);
        }
    }

    @Test
    void shouldCountLostEventsExactlyWhenSequencesHaveGaps() {
        final TraceReader reader = trace(writer -> {
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 1, 1000, 20, "w", 0, 0, 0, 0));
            final PacketBuilder packets = ring(0);
            pair(packets.skip(1, 10, 240), 2_000).append(writer, 0);
            pair(packets, 3_000).append(writer, 0);
            pair(packets.skip(3, 7, 168), 4_000).append(writer, 0);
            pair(packets.skip(0, 5, 120).counts(0, 5), 5_000).append(writer, 0);
            pair(packets.skip(1, 9, 216).counts(2, 12), 6_000).append(writer, 0);
        });
        assertThat(reader.gaps()).containsExactly(new SequenceGap(0, StreamKey.ofRing(0), 1, 1, 10, 0),
            new SequenceGap(0, StreamKey.ofRing(0), 4, 6, 7, 0), new SequenceGap(0, StreamKey.ofRing(0), 9, 9, 2, 7));
        final PacketStream stream = reader.targets().get(0).streams().get(0);
        assertThat(stream.lostInGaps()).isEqualTo(19);
        assertThat(stream.written()).isEqualTo(5 + 10 + 7 + 5 + 9);
        assertThat(stream.overwritten()).isEqualTo(12);
        assertThat(stream.discarded()).isEqualTo(2);
    }

    @Test
    void shouldTakeFirstPacketForTheBeginWhenNothingSaysWhatWasBefore() {
        final TraceReader reader = trace(writer ->
            pair(ring(0).skip(40, 1000, 24_000).counts(8, 0), 2_000).append(writer, 0));
        assertThat(reader.gaps()).isEmpty();
        assertThat(reader.targets().get(0).streams().get(0).written()).isOne();
        assertThat(reader.targets().get(0).streams().get(0).eventsDiscardedBefore()).isEqualTo(8);
    }

    @Test
    void shouldStepOverPacketWhenItIsRepeatedOrOverlaps() {
        final PacketBuilder packets = ring(3);
        refused("t1", "packet sequence 1 of ring 3: is stored twice", writer -> {
            pair(packets, 2_000).finish();
            writer.packet(0, packets.address(), packets.length());
            writer.packet(0, packets.address(), packets.length());
        });
        refused("t2", "comes after sequence 4", writer -> {
            pair(ring(3).skip(3, 0, 0), 2_000).append(writer, 0);
            pair(ring(3).skip(1, 9, 900), 2_000).append(writer, 0);
        });
        refused("t3", "overlaps the packet before: begin=0 end before=24", writer -> {
            pair(ring(3), 2_000).append(writer, 0);
            pair(ring(3).skip(1, 9, 0), 2_000).append(writer, 0);
        });
        refused("t4", "counts overlap", writer -> {
            pair(ring(3), 2_000).append(writer, 0);
            pair(ring(3).skip(1, 0, 240), 2_000).append(writer, 0);
        });
        refused("t5", "ticks go back", writer -> {
            final PacketBuilder back = ring(3);
            pair(back, 2_000).append(writer, 0);
            pair(back, 1_999).append(writer, 0);
        });
        refused("t6", "target id is not", writer ->
            pair(new PacketBuilder(TestTraces.target().id(), 0), 2_000).append(writer, 0));
    }

    private void refused(final String name, final String message, final Consumer<TraceWriter> body) {
        final Path directory = temp.resolve(name);
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            body.accept(writer);
        }
        final TraceReader reader = TraceReader.open(directory);
        assertThat(reader.damageCount()).isEqualTo(1);
        assertThat(reader.damage().get(0).describe()).matches("document \\d \\(packet\\), sequence .*")
            .contains(message);
        // Everything else is read.
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            assertThat(cursor.event().ticks()).isEqualTo(2_000);
        }
        assertThat(cursor.count()).isEqualTo(reader.documentCount() - 4);
    }

    @Test
    void shouldStepOverPacketAndCountItsEventsWhenTheyAreMalformed() {
        final Map<String, Consumer<PacketBuilder>> faults = Map.of(
            "event id 999 is unknown", packet -> Memory.putShort(packet.address() + 128, (short) 999),
            "first event is not at the packet's begin", packet -> Memory.putLong(packet.address() + 128, 7L << 16 | 1),
            "ticks go back after 2000", packet -> Memory.putLong(packet.address() + 152, 1_999L << 16 | 1),
            "event id 1 is unknown or longer", packet -> putLong(packet, 40, Memory.getLong(packet.address() + 40) - 8),
            "content ends too early", packet -> Memory.putInt(packet.address() + 96, 3),
            "ends 24 bytes before the content", packet -> Memory.putInt(packet.address() + 96, 1));
        int number = 0;
        for (final Map.Entry<String, Consumer<PacketBuilder>> fault : faults.entrySet()) {
            final Path directory = temp.resolve("m" + number++);
            try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
                writer.addTarget(target);
                writer.schema(0, TestTraces.log(TestTraces.PAIR));
                final PacketBuilder packets = ring(5);
                pair(packets, 1_000).append(writer, 0);
                pair(pair(packets, 2_000), 3_000).finish();
                fault.getValue().accept(packets);
                writer.packet(0, packets.address(), packets.length());
                pair(packets.begin(), 4_000).append(writer, 0);
                writer.end(0, new EndInfo(EndKind.DETACHED, true, 1,
                    List.of(new RingAccount(StreamKey.ofRing(5), 4, 0, 0, 0, 3, 3, 0)), Map.of()));
            }
            final TraceReader reader = TraceReader.open(directory);
            final TraceReport report = TraceReport.of(reader);
            assertThat(report.account().stored()).as(fault.getKey()).isLessThanOrEqualTo(2).isPositive();
            assertThat(report.account().lost()).as(fault.getKey()).isEqualTo(lost(report));
            assertThat(report.account().isConsistent()).as(fault.getKey()).isTrue();
            assertThat(report.account().isWhole()).isFalse();
            assertThat(reader.damage()).anySatisfy(place -> assertThat(place.describe()).contains(fault.getKey())
                .startsWith("document 4 (packet), sequence 2 of ring 5, at byte "));
            assertThat(report.toText()).contains("damaged: document 4 (packet), sequence 2 of ring 5");
        }
    }

    /** Of a count that was too great the next packet does not fit any more, and is missing too. */
    private static Map<String, Long> lost(final TraceReport report) {
        final long malformed = report.reader().targets().get(0).streams().get(0).events() - report.account().stored();
        final long rest = report.account().fired() - report.account().stored() - malformed;
        return rest == 0 ? Map.of("malformed", malformed) : Map.of("malformed", malformed, "damaged", rest);
    }

    private static void putLong(final PacketBuilder packet, final int offset, final long value) {
        Memory.putLong(packet.address() + offset, value);
    }

    @Test
    void shouldRefuseGettersWhenTypesDoNotFit() {
        final TraceReader reader = trace(writer -> pair(ring(0), 5_000).append(writer, 0));
        final EventCursor cursor = reader.events().cursor();
        assertThat(cursor.next()).isTrue();
        assertThatThrownBy(() -> cursor.event().getString(0)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("event=bench:pair field=a type=INT64");
        assertThatThrownBy(() -> cursor.event().getDouble(1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cursor.event().getBytes(1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cursor.event().getLong(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    /** Prints speed; asserts the count only. */
    @Test
    void shouldReadEveryEventWhenTraceIsLarge() {
        final int rings = 4;
        final int packets = 400;
        final TraceReader reader = trace(writer -> {
            final PacketBuilder[] builders = new PacketBuilder[rings];
            for (int i = 0; i < rings; i++) {
                builders[i] = ring(i);
            }
            long ticks = 1_000;
            for (int i = 0; i < packets; i++) {
                for (int j = 0; j < 2_700; j++) {
                    for (final PacketBuilder builder : builders) {
                        pair(builder, ticks += 10);
                    }
                }
                for (final PacketBuilder builder : builders) {
                    builder.append(writer, 0);
                }
            }
        });
        for (int round = 0; round < 4; round++) {
            final EventCursor cursor = reader.events().cursor();
            final long begin = System.nanoTime();
            long sum = 0;
            while (cursor.next()) {
                sum += cursor.event().getLong(0);
            }
            final double ns = System.nanoTime() - begin;
            System.out.printf("merged reading of %d rings: %.1f M events/s (sum %d)%n", rings,
                cursor.count() * 1e3 / ns, sum);
            assertThat(cursor.count()).isEqualTo((long) rings * packets * 2_700);
        }
    }
}
