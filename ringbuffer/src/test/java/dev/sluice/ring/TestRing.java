// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.BatchSink;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.memory.Utf8;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.UnsafeApi;

/** A ring, a control file and a session in real memory outside the heap, with the consumer's words set by hand. */
final class TestRing implements AutoCloseable {
    static final int CHUNK = 4096;
    static final int RING = 4 * CHUNK;
    static final int EPOCH = 7;
    static final EventSchema WORDS = new EventSchema(1, "test", "words",
        List.of(new FieldSchema("a", FieldType.INT64), new FieldSchema("b", FieldType.INT64)));
    static final EventSchema TEXT = new EventSchema(2, "test", "text",
        List.of(new FieldSchema("s", FieldType.STRING), new FieldSchema("n", FieldType.INT8)));

    final ControlFile control;
    final Slot slot;
    final TargetId targetId = TargetId.random();
    final EventWalker walker = new EventWalker(List.of(WORDS, TEXT));
    final Sink sink = new Sink();
    private final long controlAddress;
    private final long slotAddress;
    private final long ringAddress;

    TestRing() {
        final long controlLength = ControlFileDescriptor.fileLength(1);
        controlAddress = allocate(controlLength);
        slotAddress = allocate(SlotDescriptor.LENGTH);
        ringAddress = allocate(RING);
        control = new ControlFile(controlAddress, 1);
        slot = new Slot(0, slotAddress, ringAddress, RING, CHUNK);
        slot.identity(4711, StreamClass.PLATFORM, 1, 12, "test", RING, CHUNK);
        slot.putHeadWordVolatile(Slot.headWord(0, CHUNK));
        Memory.putLong(slotAddress + SlotDescriptor.STATE_OFFSET,
            SlotDescriptor.stateWord(1, SlotDescriptor.STATE_ACTIVE));
    }

    private static long allocate(final long lengthBytes) {
        final long address = UnsafeApi.allocateMemory(lengthBytes);
        Memory.zero(address, lengthBytes);
        return address;
    }

    /** Puts a session up, as a consumer and the target's control thread do together. */
    void startSession(final int epoch, final long creditCapacity) {
        control.compareAndSetSession(control.sessionVolatile(), TaggedWord.of(epoch, 99));
        control.compareAndSetCreditsConsumed(control.creditsConsumedVolatile(), TaggedWord.of(epoch, 0));
        control.compareAndSetReceived(0, control.receivedVolatile(0), TaggedWord.of(epoch, slot.sequenceAcquire()));
        control.putCreditsClaimedVolatile(TaggedWord.of(epoch, 0));
        control.sessionBuffer(creditCapacity, 0);
        control.putActiveEpochVolatile(epoch);
    }

    RingDrainer drainer(final int tid) {
        return new RingDrainer(control, targetId, sink, () -> walker, tid);
    }

    RingDrainer drainer(final int tid, final RingDrainer.LongJournals longJournals) {
        return new RingDrainer(control, targetId, sink, () -> walker, tid, longJournals);
    }

    RingProducer producer(final RingControl ringControl) {
        return new RingProducer(slot, ringControl, CHUNK, 0);
    }

    static boolean fire(final RingProducer ring, final long ticks, final long a, final long b) {
        if (ring.slot().streamClass() == StreamClass.PLATFORM) {
            final long usual = ring.tryClaim(ticks, WORDS.id(), 24);
            if (usual != RingProducer.REFUSED) {
                Memory.putLong(usual + 8, a);
                Memory.putLong(usual + 16, b);
                ring.commit(usual, 24);
                return true;
            }
        }
        final long address = ring.claim(ticks, WORDS.id(), 24);
        if (address == RingProducer.REFUSED) {
            return false;
        }
        Memory.putLong(address + 8, a);
        Memory.putLong(address + 16, b);
        ring.commit(24);
        return true;
    }

    static boolean fireText(final RingProducer ring, final long ticks, final String text, final int number) {
        final int length = Utf8.encodedLength(text, 1000);
        final long address = ring.claim(ticks, TEXT.id(), EventDescriptor.align(8 + 2 + length + 1));
        if (address == RingProducer.REFUSED) {
            return false;
        }
        Memory.putShort(address + 8, (short) length);
        Utf8.put(text, address + 10, length);
        Memory.putByte(address + 10 + length, (byte) number);
        ring.commit(8 + 2 + length + 1);
        return true;
    }

    @Override
    public void close() {
        UnsafeApi.freeMemory(ringAddress);
        UnsafeApi.freeMemory(slotAddress);
        UnsafeApi.freeMemory(controlAddress);
    }

    /** A packet as the sink got it. */
    record Packet(byte[] header, byte[] content) {
        long word(final int offset) {
            return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
        }

        int count() {
            return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN)
                .getInt(PacketHeaderDescriptor.EVENT_COUNT_OFFSET);
        }

        long sequence() {
            return word(PacketHeaderDescriptor.SEQUENCE_OFFSET);
        }

        long contentWord(final int offset) {
            return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
        }
    }

    /** Copies batches, as BPF does; can be told to fail before or after the copy, or to be absent. */
    static final class Sink implements BatchSink {
        final List<Packet> packets = new ArrayList<>();
        boolean attached = true;
        Error failBefore;
        Error failAfter;
        /** What the owner does while a batch is drained, or null. */
        Runnable duringDrain;

        @Override
        public boolean isAttached() {
            return attached;
        }

        @Override
        public void drain(final long headerAddress, final long contentAddress, final int paddedLength) {
            throwOnce(failBefore);
            packets.add(new Packet(Memory.getBytes(headerAddress, PacketHeaderDescriptor.LENGTH),
                Memory.getBytes(contentAddress, paddedLength)));
            if (duringDrain != null) {
                duringDrain.run();
            }
            throwOnce(failAfter);
        }

        private void throwOnce(final Error error) {
            if (error != null) {
                failBefore = null;
                failAfter = null;
                throw error;
            }
        }
    }

    /** A policy and an owner that drains. */
    static final class Control implements RingControl {
        private final RingDrainer drainer;
        private final FullPolicy policy;
        private final long timeoutNs;

        Control(final RingDrainer drainer, final FullPolicy policy, final long timeoutNs) {
            this.drainer = drainer;
            this.policy = policy;
            this.timeoutNs = timeoutNs;
        }

        @Override
        public void drainFull(final RingProducer ring) {
            if (drainer != null) {
                drainer.drain(ring.slot(), false);
            }
        }

        @Override
        public FullPolicy fullPolicy() {
            return policy;
        }

        @Override
        public long blockTimeoutNs() {
            return timeoutNs;
        }

        @Override
        public long ringLength(final long ringLength) {
            return ringLength;
        }

        @Override
        public EventWalker walker() {
            return new EventWalker(List.of(WORDS, TEXT));
        }

        @Override
        public boolean isLive() {
            return true;
        }

    @Override
    public boolean isStalled() {
        return false;
    }

    @Override
    public long refusalTicks() {
        return 0;
    }
    }
}
