// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.receive.FakeOwner;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The first look at a ring, in states that it can be found in: what comes behind it is new, and nothing before it. */
class RingGaugeTest {
    private static final String NAME = "orders:placed";
    private static final int ALIGNED_LENGTH = EventDescriptor.align(FakeOwner.EVENT_LENGTH);
    private static final int EVENTS_OF_A_CHUNK = FakeTarget.CHUNK_LENGTH / ALIGNED_LENGTH;
    private static final int MORE = 10;

    private FakeTarget fake;
    private Target target;
    private LookBuffer scratch;
    private EventCounts counts;
    private RingGauge gauge;
    private long fired;

    @BeforeEach
    void open() throws IOException {
        fake = new FakeTarget();
        target = fake.open();
        scratch = new LookBuffer(FakeTarget.CHUNK_LENGTH);
        counts = new EventCounts(target.region());
        gauge = new RingGauge(target.region(), 0, false);
    }

    @AfterEach
    void close() {
        target.close();
        fake.close();
    }

    private RingReading look() {
        scratch.refill();
        gauge.look(0, scratch, counts);
        return gauge.take();
    }

    private void fire(final RingProducer owner, final int times) {
        for (int i = 0; i < times; i++) {
            FakeOwner.fire(owner, fired);
            fired++;
        }
    }

    private void requireSeen(final long events) {
        assertThat(counts.byName()).containsEntry(NAME, events);
    }

    @Test
    void shouldSeeEveryEventWhenTheRingHadAnOwnerAndNoEventAtTheFirstLook() {
        final RingProducer owner = new FakeOwner(FullPolicy.DISCARD).begin(fake);
        assertThat(look().written()).isZero();
        fire(owner, MORE);
        assertThat(look().written()).isEqualTo(MORE);
        requireSeen(MORE);
        fire(owner, EVENTS_OF_A_CHUNK);
        assertThat(look().written()).isEqualTo(fired);
        requireSeen(fired);
    }

    @Test
    void shouldSeeEveryEventWhenTheSlotHadNoOwnerYetAtTheFirstLook() {
        fake.slotLimit(1);
        assertThat(look()).as("never used").isNull();
        final RingProducer owner = new FakeOwner(FullPolicy.DISCARD).begin(fake);
        fire(owner, MORE);
        assertThat(look().written()).isEqualTo(MORE);
        requireSeen(MORE);
    }

    @Test
    void shouldTakeNothingOfThePastForNewWhenTheRingWasUsedBeforeTheFirstLook() {
        final RingProducer owner = new FakeOwner(FullPolicy.DISCARD).begin(fake);
        fire(owner, EVENTS_OF_A_CHUNK + MORE);
        assertThat(look().written()).isEqualTo(fired);
        requireSeen(0);
        fire(owner, MORE);
        assertThat(look().written()).isEqualTo(fired);
        requireSeen(MORE);
    }

    /** What an owner that goes on all the time, or an event that is not known yet, does to each attempt of a look. */
    @Test
    void shouldTakeNoClosedChunkForNewWhenNoAttemptOfTheFirstLookAddsUp() {
        final RingProducer owner = new FakeOwner(FullPolicy.DISCARD).begin(fake);
        fire(owner, 2 * EVENTS_OF_A_CHUNK + MORE);
        final Slot slot = fake.slot(0);
        final long open = slot.ringAddress() + 3 * FakeTarget.CHUNK_LENGTH;
        final long header = Memory.getLong(open);
        Memory.putLongVolatile(open, -1);
        assertThat(look().written()).isEqualTo(2 * EVENTS_OF_A_CHUNK);
        requireSeen(0);
        Memory.putLongVolatile(open, header);
        assertThat(look().written()).isEqualTo(fired);
        requireSeen(MORE);
        fire(owner, EVENTS_OF_A_CHUNK);
        assertThat(look().written()).isEqualTo(fired);
        requireSeen(MORE + EVENTS_OF_A_CHUNK);
    }

    /** An owner that drains its ring goes back to the first chunk, whose descriptor may be the only one. */
    @Test
    void shouldTakeNothingOfThePastForNewWhenTheOwnerIsEnteringItsOnlyChunkAtTheFirstLook() {
        final RingProducer owner = new FakeOwner(FullPolicy.DISCARD).begin(fake);
        fire(owner, EVENTS_OF_A_CHUNK);
        final Slot slot = fake.slot(0);
        final long begin = FakeTarget.CHUNK_LENGTH + FakeOwner.RING_LENGTH;
        final long chunk = slot.chunkAddress(begin, FakeOwner.RING_LENGTH);
        Memory.putLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET, fired);
        Memory.putLong(chunk + ChunkDescriptor.CONTENT_END_OFFSET, 0);
        Memory.putLongVolatile(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET, begin);
        assertThat(look().written()).isEqualTo(fired);
        requireSeen(0);
        // The contents of before are as good as any.
        Memory.putLongVolatile(slot.address() + SlotDescriptor.TAIL_OFFSET, begin + (long) MORE * ALIGNED_LENGTH);
        assertThat(look().written()).isEqualTo(fired + MORE);
        requireSeen(MORE);
    }
}
