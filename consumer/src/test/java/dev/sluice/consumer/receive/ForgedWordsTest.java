// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.account.JournalSum;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.salvage.Salvager;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.JournalDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every word of a ring at its extremes: sessions, accounts and salvage end soon, and their traces are readable. */
@OneJdk
class ForgedWordsTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int RANDOM_ROUNDS = 60;
    private static final long[] EXTREMES = {Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MAX_VALUE & -4096L, Long.MIN_VALUE,
        -1, -8, 0, 1, 8, 4096, 8192, 1L << 31, 1L << 47, (1L << 48) - 1, 1L << 48, 1L << 62, (1L << 62) + 8};
    private static final int[] WORDS = {SlotDescriptor.TAIL_OFFSET, SlotDescriptor.HEAD_OFFSET,
        SlotDescriptor.SEQUENCE_OFFSET, SlotDescriptor.DRAINED_EVENTS_OFFSET, SlotDescriptor.DISCARDED_OFFSET,
        SlotDescriptor.OVERWRITTEN_OFFSET, SlotDescriptor.OVERWRITING_OFFSET, SlotDescriptor.BLOCKED_NS_OFFSET,
        SlotDescriptor.TRAPS_OFFSET, SlotDescriptor.RING_LENGTH_OFFSET, SlotDescriptor.STATE_OFFSET,
        SlotDescriptor.STREAM_CLASS_OFFSET};

    @TempDir
    private Path directory;
    private int traces;

    private static void ring(final FakeTarget fake, final int slot) {
        fake.slot(slot).identity(1, StreamClass.PLATFORM, 1, 1, "owner", 4L * FakeTarget.CHUNK_LENGTH,
            FakeTarget.CHUNK_LENGTH);
        fake.slot(slot).compareAndSetState(0, SlotDescriptor.stateWord(1, SlotDescriptor.STATE_ACTIVE));
    }

    /** Records the target as it is, and salvages it as if it had died: all that reads its words. */
    private void record(final FakeTarget fake) {
        final Path trace = directory.resolve("t" + traces++);
        try (Target target = fake.open();
             Session session = Session.take(target, TimeUnit.SECONDS.toNanos(1));
             TraceWriter writer = TraceWriter.create(trace, TraceInfo.now("", ""))) {
            final TargetTraceWriter part = new TargetTraceWriter(writer, target, false);
            final PacketReceiver receiver = new PacketReceiver(session, part);
            receiver.confirmGaps();
            receiver.begun();
            receiver.reconcile(receiver.drainedSequences());
            new SharedDrainer(session, part, receiver).drain(true);
            new Salvager(session.target().region(), session.epoch(), receiver,
                        new EventWalker(List.of(FakeTarget.SCHEMA))).salvage();
            final List<RingAccount> accounts = receiver.accounts(RingLedger.Reach.FLUSHED);
            receiver.isBalanced(accounts);
            part.end(new EndInfo(EndKind.DETACHED, false, 1, accounts, Map.of()));
        }
        final TraceReader reader = TraceReader.open(trace);
        assertThat(reader.targets().get(0).end()).isPresent();
        assertThat(TraceReport.of(reader).toJson()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 1, 1L << 48, Long.MIN_VALUE, -1})
    void shouldEndWhenTheSequenceIsForgedWhileItIsRecorded(final long sequence) throws IOException {
        try (FakeTarget fake = new FakeTarget()) {
            ring(fake, 0);
            fake.slotLimit(1);
            assertTimeoutPreemptively(LIMIT, () -> {
                final Path trace = directory.resolve("t");
                try (Target target = fake.open();
                     Session session = Session.take(target, TimeUnit.SECONDS.toNanos(1));
                     TraceWriter writer = TraceWriter.create(trace, TraceInfo.now("", ""))) {
                    final PacketReceiver receiver =
                        new PacketReceiver(session, new TargetTraceWriter(writer, target, false));
                    receiver.begun();
                    Memory.putLongVolatile(fake.slot(0).address() + SlotDescriptor.SEQUENCE_OFFSET, sequence);
                    receiver.reconcile(receiver.drainedSequences());
                    // One that could be a sequence, and that no drainer can have come to, is said.
                    Memory.putLongVolatile(fake.slot(0).address() + SlotDescriptor.SEQUENCE_OFFSET, 1L << 40);
                    receiver.reconcile(receiver.drainedSequences());
                    assertThat(receiver.contradiction()).contains("ring 0").contains("batch " + (1L << 40));
                    new Salvager(session.target().region(), session.epoch(), receiver,
                        new EventWalker(List.of(FakeTarget.SCHEMA))).salvage();
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 1, 1L << 62, Long.MIN_VALUE})
    void shouldSumTheLastEntriesOnlyWhenSequencesAreExtreme(final long last) throws IOException {
        try (FakeTarget fake = new FakeTarget()) {
            final Slot slot = fake.slot(0);
            final JournalSum sum = assertTimeoutPreemptively(LIMIT, () -> JournalSum.of(slot, 1, last));
            assertThat(sum.batches()).isLessThanOrEqualTo(SlotDescriptor.LONG_JOURNAL_ENTRIES);
            Memory.putLong(slot.journalAddress(last) + JournalDescriptor.SEQUENCE_OFFSET, last);
            Memory.putInt(slot.journalAddress(last) + JournalDescriptor.EVENT_COUNT_OFFSET, 7);
            assertThat(JournalSum.of(slot, last, last).events()).isEqualTo(7);
        }
    }

    @Test
    void shouldEndAndBeReadableWhenAnyWordIsExtreme() throws IOException {
        try (FakeTarget fake = new FakeTarget()) {
            for (int i = 0; i < FakeTarget.SLOTS; i++) {
                ring(fake, i);
            }
            fake.slotLimit(FakeTarget.SLOTS);
            int slot = 0;
            for (final int word : WORDS) {
                for (int i = 0; i < EXTREMES.length; i++) {
                    final long address = fake.slot(slot).address() + word;
                    Memory.putLongVolatile(address, EXTREMES[i]);
                    slot = (slot + 1) % FakeTarget.SLOTS;
                    if (slot == 0 || i == EXTREMES.length - 1) {
                        assertTimeoutPreemptively(LIMIT, () -> record(fake), "word at " + word);
                    }
                }
            }
        }
    }

    @Test
    void shouldEndAndBeReadableWhenManyWordsAreForged() throws IOException {
        final long seed = Seed.draw("ForgedWordsTest");
        final Random random = new Random(seed);
        final int rounds = Boolean.getBoolean("sluice.long") ? RANDOM_ROUNDS * 50 : RANDOM_ROUNDS;
        for (int round = 0; round < rounds; round++) {
            try (FakeTarget fake = new FakeTarget()) {
                for (int i = 0; i < FakeTarget.SLOTS; i++) {
                    ring(fake, i);
                    forge(fake.slot(i), random);
                }
                fake.slotLimit(FakeTarget.SLOTS);
                fake.words().compareAndSetReceived(0, 0, TaggedWord.of(0, value(random)));
                assertTimeoutPreemptively(LIMIT, () -> record(fake), "round " + round + " seed " + seed);
            }
        }
    }

    private static long value(final Random random) {
        return random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(3) == 0 ? random.nextInt(20_000) & -8L
            : EXTREMES[random.nextInt(EXTREMES.length)];
    }

    private static void forge(final Slot slot, final Random random) {
        for (int i = random.nextInt(6); i >= 0; i--) {
            final long at = switch (random.nextInt(4)) {
                case 0 -> slot.address() + SlotDescriptor.chunkOffset(random.nextInt(4))
                    + random.nextInt(ChunkDescriptor.LENGTH / Long.BYTES) * (long) Long.BYTES;
                case 1 -> slot.journalAddress(random.nextInt(3))
                    + random.nextInt(JournalDescriptor.LENGTH / Long.BYTES) * (long) Long.BYTES;
                default -> slot.address() + WORDS[random.nextInt(WORDS.length)];
            };
            Memory.putLongVolatile(at, value(random));
        }
    }
}
