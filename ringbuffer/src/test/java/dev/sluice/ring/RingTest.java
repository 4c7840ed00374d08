// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.BatchSelector;
import dev.sluice.ring.drain.ChunkReading;
import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.JournalDescriptor;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.testsupport.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RingTest {
    private static final long PLENTY = 1 << 20;
    private static final int EVENTS_PER_CHUNK = TestRing.CHUNK / 24;
    private static final long TIMEOUT_NS = 50_000_000;

    private final TestRing ring = new TestRing();
    private final RingDrainer drainer = ring.drainer(4711);

    @AfterEach
    void free() {
        ring.close();
    }

    private RingProducer producer(final FullPolicy policy) {
        return ring.producer(new TestRing.Control(drainer, policy, TIMEOUT_NS));
    }

    private RingProducer undrained(final FullPolicy policy) {
        return ring.producer(new TestRing.Control(null, policy, TIMEOUT_NS));
    }

    private List<Long> drainedValues() {
        final List<Long> values = new ArrayList<>();
        for (final TestRing.Packet packet : ring.sink.packets) {
            for (int i = 0; i < packet.count(); i++) {
                values.add(packet.contentWord(i * 24 + 8));
            }
        }
        return values;
    }

    @Test
    void shouldDrainEveryEventInOrderWhenOwnerDrainsFullChunks() {
        ring.startSession(TestRing.EPOCH, PLENTY * 100);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        final List<Long> expected = new ArrayList<>();
        for (long i = 0; i < 2000; i++) {
            assertThat(TestRing.fire(producer, 1000 + i, i, -i)).isTrue();
            expected.add(i);
            publishReceived();
        }
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        assertThat(drainedValues()).isEqualTo(expected);
        assertThat(ring.slot.discardedAcquire()).isZero();
        assertThat(ring.slot.headVolatile(ring.slot.tailAcquire())).isEqualTo(ring.slot.tailAcquire());
    }

    private void publishReceived() {
        final long word = ring.control.receivedVolatile(0);
        ring.control.compareAndSetReceived(0, word, TaggedWord.of(TestRing.EPOCH, ring.slot.sequenceAcquire()));
    }

    @Test
    void shouldWriteHeadersThatAccountForEveryEventWhenChunksAreDrained() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        for (long i = 0; i < EVENTS_PER_CHUNK * 2 + 5; i++) {
            TestRing.fire(producer, 1000 + i, i, i);
        }
        drainer.drain(ring.slot, true);
        long sequence = 0;
        long events = 0;
        long ticks = 1000;
        for (final TestRing.Packet packet : ring.sink.packets) {
            assertThat(packet.sequence()).isEqualTo(++sequence);
            assertThat(packet.word(PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET)).isEqualTo(events);
            assertThat(packet.word(PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET)).isEqualTo(ticks);
            assertThat(packet.word(PacketHeaderDescriptor.TIMESTAMP_END_OFFSET)).isEqualTo(ticks + packet.count() - 1);
            assertThat(packet.word(PacketHeaderDescriptor.PACKET_SIZE_OFFSET))
                .isEqualTo((128L + packet.content().length) * 8);
            events += packet.count();
            ticks += packet.count();
        }
        assertThat(events).isEqualTo(EVENTS_PER_CHUNK * 2 + 5);
    }

    @Test
    void shouldDiscardAndCountWhenRingIsFull() {
        final RingProducer producer = undrained(FullPolicy.DISCARD);
        int stored = 0;
        while (TestRing.fire(producer, stored, stored, 0)) {
            stored++;
        }
        assertThat(stored).isEqualTo(EVENTS_PER_CHUNK * 4);
        assertThat(TestRing.fire(producer, 1, 1, 1)).isFalse();
        assertThat(ring.slot.discardedAcquire()).isEqualTo(2);
        ring.startSession(TestRing.EPOCH, PLENTY);
        drainer.drain(ring.slot, true);
        assertThat(drainedValues()).hasSize(stored);
        assertThat(TestRing.fire(producer, 2, 2, 2)).isTrue();
    }

    @Test
    void shouldRecycleTheOldestChunkAndCountItWhenPolicyIsOverwrite() {
        final RingProducer producer = undrained(FullPolicy.OVERWRITE);
        final int events = EVENTS_PER_CHUNK * 9 + 7;
        for (int i = 0; i < events; i++) {
            assertThat(TestRing.fire(producer, i, i, 0)).isTrue();
        }
        assertThat(ring.slot.overwrittenAcquire()).isEqualTo(EVENTS_PER_CHUNK * 6);
        ring.startSession(TestRing.EPOCH, PLENTY);
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        final List<Long> values = drainedValues();
        assertThat(values).hasSize(events - EVENTS_PER_CHUNK * 6);
        assertThat(values.get(0)).isEqualTo(EVENTS_PER_CHUNK * 6L);
        assertThat(values.get(values.size() - 1)).isEqualTo(events - 1L);
        assertThat(ring.sink.packets.get(0).word(PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET))
            .isEqualTo(EVENTS_PER_CHUNK * 6L);
        assertThat(ring.sink.packets.get(0).word(PacketHeaderDescriptor.OVERWRITTEN_OFFSET))
            .isEqualTo(EVENTS_PER_CHUNK * 6L);
    }

    @Test
    void shouldCountOnlyWhatWasNotDrainedWhenAPartlyDrainedChunkIsOverwritten() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = undrained(FullPolicy.OVERWRITE);
        for (int i = 0; i < 10; i++) {
            TestRing.fire(producer, i, i, 0);
        }
        drainer.drain(ring.slot, true);
        assertThat(drainedValues()).hasSize(10);
        final int events = EVENTS_PER_CHUNK * 4 + 1;
        for (int i = 10; i < events; i++) {
            TestRing.fire(producer, i, i, 0);
        }
        assertThat(ring.slot.overwrittenAcquire()).isEqualTo(EVENTS_PER_CHUNK - 10);
        drainer.drain(ring.slot, true);
        assertThat(drainedValues()).hasSize(10 + events - EVENTS_PER_CHUNK);
    }

    @Test
    void shouldStepOverAChunkThatIsBeingReadWhenPolicyIsOverwrite() {
        final RingProducer producer = undrained(FullPolicy.OVERWRITE);
        for (int i = 0; i < EVENTS_PER_CHUNK * 4; i++) {
            TestRing.fire(producer, i, i, 0);
        }
        final BatchSelector reader = new BatchSelector();
        assertThat(reader.select(ring.slot, TestRing.CHUNK, 0, true, ring.walker)).isEqualTo(BatchSelector.BATCH);
        assertThat(ChunkReading.begin(reader, ring.slot, TestRing.EPOCH)).isTrue();
        final long before = Memory.getLong(ring.slot.ringAddress() + TestRing.CHUNK + 8);
        for (int i = 0; i < EVENTS_PER_CHUNK * 6; i++) {
            assertThat(TestRing.fire(producer, 1000 + i, 1000 + i, 0)).isTrue();
        }
        assertThat(Memory.getLong(ring.slot.ringAddress() + TestRing.CHUNK + 8)).isEqualTo(before);
        assertThat(ring.slot.overwrittenAcquire()).isEqualTo(EVENTS_PER_CHUNK * 6);
        assertThat(ChunkReading.end(reader, ring.slot, TestRing.EPOCH, false)).isTrue();
        ring.startSession(TestRing.EPOCH, PLENTY);
        drainer.drain(ring.slot, true);
        assertThat(drainedValues()).hasSize(EVENTS_PER_CHUNK * 4).isSorted();
        assertThat(drainedValues().get(0)).isZero();
    }

    @Test
    void shouldAccountForEveryEventWhenOwnerOverwritesWhileAnotherThreadDrains() throws Exception {
        ring.startSession(TestRing.EPOCH, 1L << 40);
        final RingProducer producer = undrained(FullPolicy.OVERWRITE);
        final AtomicBoolean done = new AtomicBoolean();
        final Thread reader = new Thread(() -> {
            final RingDrainer other = ring.drainer(4712);
            boolean last = false;
            while (!last) {
                final boolean all = done.get();
                // NO_ROOM is not the end: the journal covers 512 batches that are not yet received.
                last = other.drain(ring.slot, true) == RingDrainer.DRAINED && all;
                publishReceived();
            }
        });
        reader.start();
        final int events = 3_000_000;
        int discarded = 0;
        for (int i = 0; i < events; i++) {
            discarded += TestRing.fire(producer, i, i, 0) ? 0 : 1;
        }
        done.set(true);
        reader.join(30_000);
        assertThat(reader.isAlive()).isFalse();
        assertThat(drainedValues()).isSorted().doesNotHaveDuplicates();
        assertThat(ring.slot.discardedAcquire()).isEqualTo(discarded);
        assertThat(drainedValues().size() + ring.slot.overwrittenAcquire() + discarded).isEqualTo(events);
    }

    /** Issue 10, item 17: the region of a process can be written to by others of its user. */
    @Test
    void shouldCallTheBatchMalformedWhenItsRingHasNoLength() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = undrained(FullPolicy.DISCARD);
        assertThat(TestRing.fire(producer, 1, 1, 1)).isTrue();
        ring.drainer(4711).drain(ring.slot, true);
        final long entry = ring.slot.journalAddress(ring.slot.sequenceAcquire());
        final BatchSelector selector = new BatchSelector();
        assertThat(selector.selectAgain(ring.slot, entry, ring.walker)).isEqualTo(BatchSelector.BATCH);
        for (final long length : new long[] {0, -1, 1, TestRing.CHUNK, Long.MIN_VALUE, TestRing.RING + 1}) {
            Memory.putLong(ring.slot.address() + SlotDescriptor.RING_LENGTH_OFFSET, length);
            assertThat(selector.selectAgain(ring.slot, entry, ring.walker)).isEqualTo(BatchSelector.MALFORMED);
            assertThat(selector.select(ring.slot, 0, 0, true, ring.walker)).isEqualTo(BatchSelector.MALFORMED);
        }
        Memory.putLong(ring.slot.address() + SlotDescriptor.RING_LENGTH_OFFSET, TestRing.RING);
        for (final long begin : new long[] {-8, Long.MAX_VALUE, Long.MIN_VALUE, 4, 1L << 40}) {
            Memory.putLong(entry + JournalDescriptor.BEGIN_POSITION_OFFSET, begin);
            assertThat(selector.selectAgain(ring.slot, entry, ring.walker)).isEqualTo(BatchSelector.MALFORMED);
        }
    }

    @Test
    void shouldWaitBoundedAndCountTheWaitWhenPolicyIsBlock() {
        final RingProducer producer = undrained(FullPolicy.BLOCK);
        int stored = 0;
        while (TestRing.fire(producer, stored, stored, 0)) {
            stored++;
        }
        assertThat(stored).isEqualTo(EVENTS_PER_CHUNK * 4);
        assertThat(ring.slot.blockedNsAcquire()).isGreaterThanOrEqualTo(TIMEOUT_NS);
        assertThat(ring.slot.discardedAcquire()).isEqualTo(1);
    }

    @Test
    void shouldDiscardWhenEventIsLargerThanChunk() {
        final RingProducer producer = undrained(FullPolicy.BLOCK);
        assertThat(producer.claim(1, 1, TestRing.CHUNK + 8)).isEqualTo(RingProducer.REFUSED);
        assertThat(ring.slot.discardedAcquire()).isEqualTo(1);
        assertThat(producer.claim(1, 1, TestRing.CHUNK)).isNotEqualTo(RingProducer.REFUSED);
    }

    @Test
    void shouldChangeNothingWhenTheUsualWayIsRefused() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        assertThat(producer.tryClaim(100, 1, 24)).as("no chunk open").isEqualTo(RingProducer.REFUSED);
        TestRing.fire(producer, 100, 1, 1);
        assertThat(producer.tryClaim(99, 1, 24)).as("clock gone back").isEqualTo(RingProducer.REFUSED);
        assertThat(producer.tryClaim(100 + EventDescriptor.MAX_TICKS_SPAN, 1, 24)).as("span of ticks")
            .isEqualTo(RingProducer.REFUSED);
        assertThat(producer.tryClaim(100, 1, TestRing.CHUNK - 16)).as("more than is left")
            .isEqualTo(RingProducer.REFUSED);
        assertThat(producer.tryClaim(100 + EventDescriptor.MAX_TICKS_SPAN - 1, 1, TestRing.CHUNK - 24))
            .as("the last ticks, all the room").isNotEqualTo(RingProducer.REFUSED);
        assertThat(producer.eventCount()).isEqualTo(1);
        assertThat(ring.slot.discardedAcquire()).isZero();
        drainer.drain(ring.slot, true);
        assertThat(ring.sink.packets).hasSize(1);
        assertThat(ring.sink.packets.get(0).content()).hasSize(24);
    }

    @Test
    void shouldDrainWhatWasThereWhenTheOwnerFiresDuringEachDrain() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        TestRing.fire(producer, 100, 1, 1);
        ring.sink.duringDrain = () -> TestRing.fire(producer, 100, 2, 2);
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        assertThat(ring.sink.packets).hasSize(1);
        ring.sink.duringDrain = null;
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        assertThat(ring.sink.packets).hasSize(2);
        assertThat(ring.sink.packets.get(1).content()).hasSize(24);
    }

    @Test
    void shouldClampTicksWhenClockGoesBack() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        TestRing.fire(producer, 100, 1, 1);
        TestRing.fire(producer, 90, 2, 2);
        drainer.drain(ring.slot, true);
        assertThat(EventDescriptor.ticks48(ring.sink.packets.get(0).contentWord(24))).isEqualTo(100);
        assertThat(ring.sink.packets.get(0).word(PacketHeaderDescriptor.TIMESTAMP_END_OFFSET)).isEqualTo(100);
    }

    private static void read(final RingProducer producer, final long word, final long ticks) {
        producer.beginReading(word);
        assertThat(TestRing.fire(producer, ticks, 1, 1)).isTrue();
    }

    @Test
    void shouldCarryAReadingForFewerThanSoManyEventsWhenTheTickerHasNotTicked() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        assertThat(producer.mayCarry(7, 4)).as("nothing was read").isFalse();
        read(producer, 7, 100);
        for (int i = 0; i < 3; i++) {
            assertThat(producer.mayCarry(7, 4)).as("event %d behind", i).isTrue();
            assertThat(producer.mayCarry(8, 4)).as("another word").isFalse();
            assertThat(producer.lastTicks()).isEqualTo(100);
            TestRing.fire(producer, producer.lastTicks(), 2, 2);
        }
        assertThat(producer.mayCarry(7, 4)).as("the fourth reads").isFalse();
        read(producer, 7, 200);
        assertThat(producer.mayCarry(7, 4)).isTrue();
        assertThat(producer.lastTicks()).isEqualTo(200);
    }

    @Test
    void shouldClaimForAnEventThatCarriesOnlyWhenItMayAndThereIsRoom() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        assertThat(producer.tryCarry(7, 4, 1, 24)).as("nothing was read").isEqualTo(RingProducer.REFUSED);
        read(producer, 7, 100);
        for (int i = 0; i < 3; i++) {
            assertThat(producer.tryCarry(8, 4, 1, 24)).as("another word").isEqualTo(RingProducer.REFUSED);
            final long address = producer.tryCarry(7, 4, 1, 24);
            assertThat(address).as("event %d behind", i).isNotEqualTo(RingProducer.REFUSED);
            assertThat(EventDescriptor.ticks48(Memory.getLong(address))).isEqualTo(100);
            producer.commit(address, 24);
        }
        assertThat(producer.tryCarry(7, 4, 1, 24)).as("the fourth reads").isEqualTo(RingProducer.REFUSED);
        int events = 4;
        while (events < EVENTS_PER_CHUNK) {
            read(producer, 7, 200 + events);
            events++;
        }
        assertThat(producer.mayCarry(7, 4)).isTrue();
        assertThat(producer.tryCarry(7, 4, 1, 24)).as("the chunk is full").isEqualTo(RingProducer.REFUSED);
        assertThat(producer.eventCount()).isEqualTo(EVENTS_PER_CHUNK);
    }

    @Test
    void shouldCarryInPartsOnlyWhenItMayAndThereIsRoom() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        assertThat(producer.mayCarry(7, 4, 24)).as("nothing was read").isFalse();
        read(producer, 7, 100);
        for (int i = 0; i < 3; i++) {
            assertThat(producer.mayCarry(8, 4, 24)).as("another word").isFalse();
            assertThat(producer.mayCarry(7, 4, 24)).as("event %d behind", i).isTrue();
            final long address = producer.carry(5);
            assertThat(Memory.getLong(address)).isEqualTo(EventDescriptor.header(100, 5));
            producer.commitCarried(24);
            assertThat(producer.eventCount()).isEqualTo(2 + i);
        }
        assertThat(producer.mayCarry(7, 4, 24)).as("the fourth reads").isFalse();
        for (int events = 4; events < EVENTS_PER_CHUNK; events++) {
            read(producer, 7, 200 + events);
        }
        assertThat(producer.mayCarry(7, 4)).isTrue();
        assertThat(producer.mayCarry(7, 4, 24)).as("the chunk is full").isFalse();
        assertThat(producer.eventCount()).isEqualTo(EVENTS_PER_CHUNK);
    }

    @Test
    void shouldCarryNoReadingWhoseEventWasNotCommitted() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        read(producer, 7, 100);
        producer.beginReading(8);
        assertThat(producer.tryClaim(200, 1, 24)).as("claimed, and then an error").isNotEqualTo(RingProducer.REFUSED);
        assertThat(producer.mayCarry(8, 4)).isFalse();
        read(producer, 8, 300);
        assertThat(producer.mayCarry(8, 4)).isTrue();
    }

    @Test
    void shouldCarryAReadingOverTheEndOfAChunkNoLongerThanElsewhere() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        int carried = 0;
        int most = 0;
        int readings = 0;
        for (int i = 0; i < 2 * EVENTS_PER_CHUNK; i++) {
            if (producer.mayCarry(7, 4)) {
                TestRing.fire(producer, producer.lastTicks(), 2, 2);
                most = Math.max(most, ++carried);
            } else {
                read(producer, 7, 1000 + i);
                carried = 0;
                readings++;
            }
        }
        assertThat(most).isEqualTo(3);
        assertThat(readings).isEqualTo((2 * EVENTS_PER_CHUNK + 3) / 4);
    }

    @Test
    void shouldKeep64BitTicksWhenClockPasses48Bits() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        final long begin = (1L << 48) - 3;
        for (int i = 0; i < 6; i++) {
            TestRing.fire(producer, begin + i, i, i);
        }
        drainer.drain(ring.slot, true);
        final TestRing.Packet packet = ring.sink.packets.get(0);
        assertThat(packet.word(PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET)).isEqualTo(begin);
        assertThat(packet.word(PacketHeaderDescriptor.TIMESTAMP_END_OFFSET)).isEqualTo(begin + 5);
    }

    @Test
    void shouldCloseChunkWhenTicksWouldSpanTooMuch() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        TestRing.fire(producer, 5, 1, 1);
        TestRing.fire(producer, 5 + EventDescriptor.MAX_TICKS_SPAN, 2, 2);
        drainer.drain(ring.slot, true);
        assertThat(ring.sink.packets).hasSize(2);
        assertThat(ring.sink.packets.get(1).word(PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET))
            .isEqualTo(5 + EventDescriptor.MAX_TICKS_SPAN);
    }

    @Test
    void shouldGiveExactContentSizeWhenLastEventIsPadded() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = producer(FullPolicy.DISCARD);
        TestRing.fireText(producer, 5, "abc", 1);
        TestRing.fireText(producer, 6, "häß", 2);
        drainer.drain(ring.slot, true);
        final TestRing.Packet packet = ring.sink.packets.get(0);
        assertThat(packet.count()).isEqualTo(2);
        assertThat(packet.word(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET)).isEqualTo((128 + 16 + 16) * 8);
        assertThat(packet.content()).hasSize(32);
        TestRing.fireText(producer, 7, "a", 3);
        drainer.drain(ring.slot, true);
        assertThat(ring.sink.packets.get(1).word(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET))
            .isEqualTo((128 + 12) * 8);
    }

    @Test
    void shouldLeaveEventsWhenNobodyIsAttachedOrNoSessionLives() {
        final RingProducer producer = undrained(FullPolicy.DISCARD);
        TestRing.fire(producer, 1, 1, 1);
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.NO_SESSION);
        ring.startSession(TestRing.EPOCH, PLENTY);
        ring.sink.attached = false;
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.NO_SESSION);
        ring.sink.attached = true;
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        assertThat(ring.sink.packets).hasSize(1);
    }

    @Test
    void shouldClaimCreditsExactlyAndStopWhenTheyAreUsedUp() {
        final int record = RecordSizing.recordLength(24, false);
        ring.startSession(TestRing.EPOCH, 2L * record);
        final RingProducer producer = undrained(FullPolicy.DISCARD);
        for (int i = 0; i < 2; i++) {
            TestRing.fire(producer, i, i, i);
            assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        }
        TestRing.fire(producer, 3, 3, 3);
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.NO_ROOM);
        assertThat(TaggedWord.value(ring.control.creditsClaimedVolatile()) << 3).isEqualTo(2L * record);
        ring.control.compareAndSetCreditsConsumed(TaggedWord.of(TestRing.EPOCH, 0),
            TaggedWord.of(TestRing.EPOCH, record >>> 3));
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
    }

    @Test
    void shouldGoOnDrainingWhenMoreCreditsCameBackThanWereClaimed() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = undrained(FullPolicy.DISCARD);
        ring.control.compareAndSetCreditsConsumed(TaggedWord.of(TestRing.EPOCH, 0),
            TaggedWord.of(TestRing.EPOCH, 10));
        TestRing.fire(producer, 1, 1, 1);
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        assertThat(ring.sink.packets).hasSize(1);
    }

    @Test
    void shouldStopWhenTheJournalIsFullOfBatchesNotReceived() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = undrained(FullPolicy.DISCARD);
        int drained = 0;
        int outcome = RingDrainer.DRAINED;
        while (outcome == RingDrainer.DRAINED && drained <= SlotDescriptor.JOURNAL_ENTRIES) {
            TestRing.fire(producer, drained, drained, 0);
            outcome = drainer.drain(ring.slot, true);
            drained++;
        }
        assertThat(outcome).isEqualTo(RingDrainer.NO_ROOM);
        assertThat(ring.sink.packets).hasSize(SlotDescriptor.JOURNAL_ENTRIES - 1);
        publishReceived();
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
    }

    @Test
    void shouldRememberEveryBatchNotReceivedWhenItsJournalHasBecomeLong() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = undrained(FullPolicy.DISCARD);
        final int[] allocated = {0};
        final RingDrainer far = ring.drainer(4711, slot -> ++allocated[0] > 0);
        // Some are received, so that the long journal begins somewhere, and its entries come round.
        final int before = 700;
        int fired = 0;
        for (; fired < before; fired++) {
            TestRing.fire(producer, fired, fired, 0);
            assertThat(far.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
            if (fired < 300) {
                publishReceived();
            }
        }
        int outcome = RingDrainer.DRAINED;
        while (outcome == RingDrainer.DRAINED && fired <= 300 + SlotDescriptor.LONG_JOURNAL_ENTRIES) {
            TestRing.fire(producer, fired, fired, 0);
            outcome = far.drain(ring.slot, true);
            fired++;
            final long last = ring.slot.sequenceAcquire();
            final long received = TaggedWord.value(ring.control.receivedVolatile(0));
            for (long sequence = received + 1; sequence <= last; sequence++) {
                assertThat(Memory.getLong(ring.slot.journalAddress(sequence) + JournalDescriptor.SEQUENCE_OFFSET))
                    .isEqualTo(sequence);
            }
        }
        assertThat(outcome).isEqualTo(RingDrainer.NO_ROOM);
        assertThat(ring.slot.sequenceAcquire() - TaggedWord.value(ring.control.receivedVolatile(0)))
            .isEqualTo(SlotDescriptor.LONG_JOURNAL_ENTRIES - 1);
        assertThat(allocated[0]).isOne();
        publishReceived();
        assertThat(far.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
    }

    @Test
    void shouldStopWhenNoPagesAreLeftForALongJournalAndGoOnOnceThereAre() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = undrained(FullPolicy.DISCARD);
        final boolean[] hasPages = {false};
        final RingDrainer far = ring.drainer(4711, slot -> hasPages[0]);
        for (int i = 1; i < SlotDescriptor.JOURNAL_ENTRIES; i++) {
            TestRing.fire(producer, i, i, 0);
            assertThat(far.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        }
        TestRing.fire(producer, 1000, 1, 0);
        assertThat(far.drain(ring.slot, true)).isEqualTo(RingDrainer.NO_ROOM);
        assertThat(ring.slot.longJournalFrom()).isZero();
        hasPages[0] = true;
        assertThat(far.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        assertThat(ring.slot.longJournalFrom()).isEqualTo(SlotDescriptor.JOURNAL_ENTRIES);
    }

    @Test
    void shouldBeBusyWhenAnotherThreadHoldsTheLock() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = undrained(FullPolicy.DISCARD);
        TestRing.fire(producer, 1, 1, 1);
        assertThat(ring.slot.compareAndSetDrainLock(0, 12)).isTrue();
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.BUSY);
        assertThat(ring.sink.packets).isEmpty();
        assertThat(ring.slot.compareAndSetDrainLock(12, 0)).isTrue();
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
    }

    @Test
    void shouldRecoverItsOwnLockWhenAnErrorLeftItBehind() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final RingProducer producer = undrained(FullPolicy.DISCARD);
        TestRing.fire(producer, 1, 1, 1);
        assertThat(ring.slot.compareAndSetDrainLock(0, 4711)).isTrue();
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        assertThat(ring.slot.drainLockVolatile()).isZero();
    }

    @Test
    void shouldRepeatTheSameBatchUnderItsNumberWhenAnErrorInterruptedTheDrain() {
        for (final boolean after : new boolean[] {false, true}) {
            try (TestRing own = new TestRing()) {
                own.startSession(TestRing.EPOCH, PLENTY);
                final RingDrainer ownDrainer = own.drainer(1);
                final RingProducer producer = own.producer(new TestRing.Control(null, FullPolicy.DISCARD, 0));
                TestRing.fire(producer, 1, 10, 1);
                TestRing.fire(producer, 2, 11, 1);
                own.sink.failBefore = after ? null : new StackOverflowError("staged");
                own.sink.failAfter = after ? new StackOverflowError("staged") : null;
                assertThatThrownBy(() -> ownDrainer.drain(own.slot, true)).isInstanceOf(StackOverflowError.class);
                // More events arrive before the drain is tried again: the repeated batch must not grow.
                TestRing.fire(producer, 3, 12, 1);
                assertThat(ownDrainer.drain(own.slot, true)).isEqualTo(RingDrainer.DRAINED);
                final List<TestRing.Packet> packets = own.sink.packets;
                final List<Long> sequences = packets.stream().map(TestRing.Packet::sequence).toList();
                final List<Integer> counts = packets.stream().map(TestRing.Packet::count).toList();
                assertThat(sequences).isEqualTo(after ? List.of(1L, 1L, 2L) : List.of(1L, 2L));
                assertThat(counts).isEqualTo(after ? List.of(2, 2, 1) : List.of(2, 1));
            }
        }
    }

    @Test
    void shouldRefuseRingsThatContradictThemselves() {
        ring.startSession(TestRing.EPOCH, PLENTY);
        final long seed = Seed.draw("RingTest");
        final Random random = new Random(seed);
        final BatchSelector selector = new BatchSelector();
        for (int round = 0; round < 2000; round++) {
            try (TestRing own = new TestRing()) {
                final RingProducer producer = own.producer(new TestRing.Control(null, FullPolicy.DISCARD, 0));
                final int events = random.nextInt(EVENTS_PER_CHUNK * 3);
                for (int i = 0; i < events; i++) {
                    TestRing.fireText(producer, i, "x".repeat(random.nextInt(30)), i);
                }
                for (int i = 0; i < 3; i++) {
                    damage(own, random);
                }
                long head = TestRing.CHUNK;
                int outcome = BatchSelector.HOLE;
                for (int i = 0; i < 20 && outcome != BatchSelector.EMPTY && outcome != BatchSelector.MALFORMED; i++) {
                    outcome = selector.select(own.slot, head, 0, true, own.walker);
                    if (outcome == BatchSelector.BATCH) {
                        assertThat(selector.paddedLength()).as("seed %d", seed).isBetween(1, TestRing.CHUNK);
                        assertThat(selector.begin() & TestRing.CHUNK - 1).as("seed %d", seed)
                            .isLessThanOrEqualTo(TestRing.CHUNK - selector.paddedLength());
                    }
                    head = selector.nextHead();
                }
            }
        }
    }

    private static void damage(final TestRing own, final Random random) {
        switch (random.nextInt(4)) {
            case 0 -> Memory.putLong(own.slot.address() + SlotDescriptor.TAIL_OFFSET, random.nextLong() >>> 40);
            case 1 -> Memory.putLong(own.slot.address() + SlotDescriptor.CHUNKS_OFFSET
                + random.nextInt(4) * ChunkDescriptor.LENGTH + random.nextInt(7) * 8, random.nextLong() >>> 48);
            case 2 -> Memory.putLong(own.slot.ringAddress() + random.nextInt(TestRing.RING / 8) * 8L,
                random.nextLong());
            default -> Memory.putLong(own.slot.address() + SlotDescriptor.RING_LENGTH_OFFSET, random.nextInt(1 << 16));
        }
    }
}
