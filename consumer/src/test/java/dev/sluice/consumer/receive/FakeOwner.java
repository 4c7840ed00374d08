// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.ring.RingControl;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** The owner of slot 0 of a made-up target, and its process, of which nobody but the consumer drains. */
public class FakeOwner implements RingControl {
    public static final long RING_LENGTH = 4L * FakeTarget.CHUNK_LENGTH;
    public static final int EVENT_LENGTH = EventDescriptor.HEADER_LENGTH + Long.BYTES + Short.BYTES;
    private static final int[] FORGED = {SlotDescriptor.TAIL_OFFSET, SlotDescriptor.HEAD_OFFSET,
        SlotDescriptor.RING_LENGTH_OFFSET, SlotDescriptor.STREAM_CLASS_OFFSET, SlotDescriptor.OVERWRITTEN_OFFSET,
        SlotDescriptor.STATE_OFFSET};

    private final FullPolicy policy;

    public FakeOwner(final FullPolicy policy) {
        this.policy = policy;
    }

    static EventWalker newWalker() {
        return new EventWalker(List.of(FakeTarget.SCHEMA));
    }

    /** Takes slot 0. */
    public RingProducer begin(final FakeTarget fake) {
        final Slot slot = fake.slot(0);
        slot.identity(1, StreamClass.PLATFORM, 1, 1, "owner", RING_LENGTH, FakeTarget.CHUNK_LENGTH);
        slot.compareAndSetHeadWord(slot.headWordVolatile(), Slot.headWord(0, FakeTarget.CHUNK_LENGTH));
        slot.compareAndSetState(0, SlotDescriptor.stateWord(1, SlotDescriptor.STATE_ACTIVE));
        fake.slotLimit(1);
        return new RingProducer(slot, this, FakeTarget.CHUNK_LENGTH, 0);
    }

    /** Fires an event of {@link FakeTarget#SCHEMA} that has its number for its time, too. */
    public static void fire(final RingProducer owner, final long number) {
        final long address = owner.claim(number, FakeTarget.SCHEMA.id(), EventDescriptor.align(EVENT_LENGTH));
        if (address != RingProducer.REFUSED) {
            Memory.putLong(address + EventDescriptor.HEADER_LENGTH, number);
            Memory.putShort(address + EventDescriptor.HEADER_LENGTH + Long.BYTES, (short) 0);
            owner.commit(EVENT_LENGTH);
        }
    }

    /**
     * Puts a random value into a word of the slot, of its chunks or of its ring.
     *
     * @param more words of the slot beside those that every consumer reads
     */
    static void forge(final FakeTarget fake, final int epoch, final Random random, final int... more) {
        final long slot = fake.slot(0).address();
        final int[] offsets = IntStream.concat(IntStream.of(FORGED), IntStream.of(more)).toArray();
        final long[] values = {0, 1, -1, RING_LENGTH, RING_LENGTH * 2, FakeTarget.RING_STRIDE, Long.MIN_VALUE,
            random.nextLong(), random.nextInt(100_000) & -8L, TaggedWord.of(epoch, random.nextInt(20_000))};
        final long at = switch (random.nextInt(3)) {
            case 0 -> slot + offsets[random.nextInt(offsets.length)];
            case 1 -> slot + SlotDescriptor.CHUNKS_OFFSET + random.nextInt(32) * (long) Long.BYTES;
            default -> fake.slot(0).ringAddress() + random.nextInt((int) RING_LENGTH / Long.BYTES) * (long) Long.BYTES;
        };
        Memory.putLongVolatile(at, values[random.nextInt(values.length)]);
    }

    @Override
    public void drainFull(final RingProducer ring) {
        // Nobody here drains.
    }

    @Override
    public final FullPolicy fullPolicy() {
        return policy;
    }

    @Override
    public final long ringLength(final long ringLength) {
        return ringLength;
    }

    @Override
    public final long blockTimeoutNs() {
        return 0;
    }

    @Override
    public final EventWalker walker() {
        return newWalker();
    }

    @Override
    public final boolean isLive() {
        return true;
    }

    @Override
    public final boolean isStalled() {
        return false;
    }

    @Override
    public final long refusalTicks() {
        return 0;
    }
}
