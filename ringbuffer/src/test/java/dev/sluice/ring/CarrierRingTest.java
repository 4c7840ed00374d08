// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.testsupport.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** A ring of stream class 1, whose events carry the id of the thread that fires; here that is any thread. */
class CarrierRingTest {
    private static final int EVENT = 32;
    private static final int EVENTS_PER_CHUNK = TestRing.CHUNK / EVENT;
    private static final long TIMEOUT_NS = 1_000_000;

    private final TestRing ring = new TestRing();
    private final RingDrainer drainer = ring.drainer(4711);
    private final long ownId = Thread.currentThread().getId();

    /** Counts what keeps a virtual thread in its place. */
    private static final class Pinning implements RingControl {
        private final RingControl control;
        private int pins;
        private int depth;
        private boolean hasLeft;

        Pinning(final RingControl control) {
            this.control = control;
        }

        @Override
        public void drainFull(final RingProducer producer) {
            hasLeft |= depth == 0;
            control.drainFull(producer);
        }

        @Override
        public long ringLength(final long ringLength) {
            hasLeft |= depth == 0;
            return control.ringLength(ringLength);
        }

        @Override
        public FullPolicy fullPolicy() {
            hasLeft |= depth == 0;
            return control.fullPolicy();
        }

        @Override
        public long blockTimeoutNs() {
            return control.blockTimeoutNs();
        }

        @Override
        public EventWalker walker() {
            return control.walker();
        }

        @Override
        public boolean isLive() {
            return control.isLive();
        }

    @Override
    public boolean isStalled() {
        return control.isStalled();
    }

    @Override
    public long refusalTicks() {
        return control.refusalTicks();
    }

        @Override
        public void pin() {
            pins++;
            depth++;
        }

        @Override
        public void unpin() {
            depth--;
        }
    }

    private final Pinning draining = new Pinning(new TestRing.Control(drainer, FullPolicy.DISCARD, TIMEOUT_NS));

    private RingProducer producer(final RingControl control) {
        ring.slot.identity(4711, StreamClass.CARRIER, 1, 12, "carrier", TestRing.RING,
            TestRing.CHUNK);
        ring.startSession(TestRing.EPOCH, 1 << 26);
        return ring.producer(control);
    }

    @AfterEach
    void free() {
        ring.close();
    }

    @Test
    void shouldPutThreadIdBehindHeaderWordWhenOwnerIsACarrier() throws InterruptedException {
        final RingProducer producer = producer(draining);
        final List<Long> expected = new ArrayList<>();
        for (int i = 0; i < 3 * EVENTS_PER_CHUNK + 7; i++) {
            final long value = i;
            if (i % 100 == 0) {
                final Thread other = new Thread(() -> TestRing.fire(producer, value, value, -value));
                other.start();
                other.join();
                expected.add(other.getId());
            } else {
                assertThat(TestRing.fire(producer, value, value, -value)).isTrue();
                expected.add(ownId);
            }
        }
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        final List<Long> ids = new ArrayList<>();
        for (final TestRing.Packet packet : ring.sink.packets) {
            assertThat((int) packet.word(PacketHeaderDescriptor.MAGIC_OFFSET)).isEqualTo(PacketHeaderDescriptor.MAGIC);
            assertThat(packet.word(PacketHeaderDescriptor.MAGIC_OFFSET) >>> 32)
                .isEqualTo(StreamClass.CARRIER.code());
            for (int i = 0; i < packet.count(); i++) {
                assertThat(packet.contentWord(i * EVENT + 16)).isEqualTo(ids.size());
                assertThat(packet.contentWord(i * EVENT + 24)).isEqualTo(-ids.size());
                ids.add(packet.contentWord(i * EVENT + 8));
            }
        }
        assertThat(ids).isEqualTo(expected);
    }

    @Test
    void shouldStayOnItsCarrierWhenAChunkIsFull() {
        final RingProducer producer = producer(draining);
        for (int i = 0; i < 3 * EVENTS_PER_CHUNK; i++) {
            TestRing.fire(producer, i, i, i);
            assertThat(draining.depth).isZero();
        }
        assertThat(draining.hasLeft).as("asked anything unpinned").isFalse();
        assertThat(draining.pins).as("once per chunk").isEqualTo(3);
        producer.drainFull();
        assertThat(draining.depth).isZero();
    }

    @Test
    void shouldLetGoWhenADrainFails() {
        final RingProducer producer = producer(draining);
        ring.sink.failBefore = new OutOfMemoryError("seeded");
        int errors = 0;
        for (int i = 0; i < 3 * EVENTS_PER_CHUNK; i++) {
            try {
                TestRing.fire(producer, i, i, i);
            } catch (final OutOfMemoryError e) {
                errors++;
            }
        }
        assertThat(errors).isEqualTo(1);
        assertThat(draining.depth).isZero();
    }

    @Test
    void shouldTakeTextsOfAnyLengthWhenEventsAreFoundByTheSchema() {
        final RingProducer producer = producer(draining);
        for (int i = 0; i < 20; i++) {
            assertThat(TestRing.fireText(producer, i, "x".repeat(i), i)).isTrue();
        }
        assertThat(drainer.drain(ring.slot, true)).isEqualTo(RingDrainer.DRAINED);
        assertThat(ring.sink.packets).hasSize(1);
        assertThat(ring.sink.packets.get(0).count()).isEqualTo(20);
    }

    @Test
    void shouldDiscardWhenAnEventAndItsThreadIdAreLargerThanAChunk() {
        final RingProducer producer = producer(draining);
        assertThat(producer.maxEventLength()).isEqualTo(TestRing.CHUNK - 8);
        assertThat(producer.claim(1, 1, TestRing.CHUNK)).isEqualTo(RingProducer.REFUSED);
        assertThat(ring.slot.discardedAcquire()).isEqualTo(1);
        assertThat(producer.claim(1, 1, TestRing.CHUNK - 8)).isNotEqualTo(RingProducer.REFUSED);
    }

    @Test
    void shouldSayThatItIsNearlyFullWhenLittleIsLeftAndTheNextChunkIsNotDrained() {
        final int room = 10 * EVENT;
        final RingProducer producer = producer(new TestRing.Control(null, FullPolicy.DISCARD, TIMEOUT_NS));
        for (int i = 0; i < 4 * EVENTS_PER_CHUNK; i++) {
            assertThat(producer.isNearlyFull(room)).isEqualTo(i > 4 * EVENTS_PER_CHUNK - 10);
            assertThat(TestRing.fire(producer, i, i, i)).isTrue();
        }
        assertThat(producer.isNearlyFull(room)).isTrue();
        assertThat(TestRing.fire(producer, 0, 0, 0)).isFalse();
        assertThat(producer.isNearlyFull(room)).isTrue();
        drainer.drain(ring.slot, false);
        assertThat(producer.isNearlyFull(room)).isFalse();
        assertThat(TestRing.fire(producer, 0, 0, 0)).isTrue();
    }

    @RepeatedTest(20)
    void shouldSayWhetherAnEventOfAnyLengthFindsRoom() {
        final long seed = Seed.draw("CarrierRingTest");
        final Random random = new Random(seed);
        final RingProducer producer = producer(new TestRing.Control(null, FullPolicy.DISCARD, TIMEOUT_NS));
        // Short ones often miss the end by the thread's id alone.
        final int most = random.nextBoolean() ? 3 : TestRing.CHUNK / 8 - 3;
        boolean hasRoom = true;
        for (int ticks = 1; hasRoom; ticks++) {
            final int length = 8 * (2 + random.nextInt(most));
            hasRoom = producer.hasRoomFor(ticks, length);
            assertThat(producer.claim(ticks, 1, length) != RingProducer.REFUSED).as("seed=%d", seed).isEqualTo(hasRoom);
            if (hasRoom) {
                producer.commit(length);
            }
        }
    }

    @Test
    void shouldCountWhatWasNotDeliveredWhenAChunkIsOverwritten() {
        final RingProducer producer = producer(new TestRing.Control(null, FullPolicy.OVERWRITE, TIMEOUT_NS));
        for (int i = 0; i < EVENTS_PER_CHUNK / 2; i++) {
            TestRing.fire(producer, i, i, i);
        }
        drainer.drain(ring.slot, true);
        for (int i = 0; i < 4 * EVENTS_PER_CHUNK; i++) {
            TestRing.fire(producer, i, i, i);
        }
        assertThat(Memory.getLong(ring.slot.address() + SlotDescriptor.OVERWRITTEN_OFFSET))
            .isEqualTo(EVENTS_PER_CHUNK / 2);
    }
}
