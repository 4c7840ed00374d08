// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.testsupport.Seed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.Test;

/** What the encoder writes is what the descriptor says, what the decoder reads, and what the check takes. */
class PacketHeaderTest {
    private static final int ROUNDS = 1000;

    private final ByteBuffer memory =
        ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final long address = BufferUtil.address(memory);
    private final PacketHeaderEncoder encoder = new PacketHeaderEncoder();
    private final PacketHeader header = new PacketHeader();

    @Test
    void shouldReadWhatWasWrittenWhenAnyValueIsSet() {
        final long seed = Seed.draw("PacketHeaderTest");
        final Random random = new Random(seed);
        header.at(address);
        for (int i = 0; i < ROUNDS; i++) {
            final TargetId target = new TargetId(new UUID(random.nextLong(), random.nextLong()));
            final StreamClass streamClass = StreamClass.values()[random.nextInt(StreamClass.values().length)];
            final int[] ints = random.ints(5).toArray();
            final long[] longs = random.longs(8).toArray();
            final int length = random.nextInt(1 << 16);
            encoder.begin(address).target(target).streamClass(streamClass).ring(ints[0]).tid(ints[1])
                .javaThreadId(longs[0]).generation(ints[2]).epoch(ints[3] & 0xFFFF).sequence(longs[1])
                .ticks(longs[2], longs[3]).content(ints[4], length, EventDescriptor.align(length))
                .place(longs[4], longs[5]).eventsDiscarded(longs[6]).overwritten(longs[7]);
            assertThat(new Object[] {header.targetId(), header.streamClass(), header.ring(), header.tid(),
                header.javaThreadId(), header.generation(), header.epoch(), header.sequence(), header.ticksBegin(),
                header.ticksEnd(), header.eventCount(), header.contentBits(), header.packetBits(),
                header.beginPosition(), header.eventsBefore(), header.eventsDiscarded(), header.overwritten(),
                header.headerLength()}).as("seed %d round %d", seed, i).containsExactly(target, streamClass, ints[0],
                ints[1], longs[0], ints[2], ints[3] & 0xFFFF, longs[1], longs[2], longs[3], ints[4],
                (128L + length) * 8, (128L + EventDescriptor.align(length)) * 8, longs[4], longs[5], longs[6],
                longs[7], 128);
        }
    }

    /** A drainer writes over the header of the batch before. */
    @Test
    void shouldLeaveNothingOfWhatWasThereWhenEveryFieldIsSet() {
        for (int i = 0; i < PacketHeaderDescriptor.LENGTH; i++) {
            memory.put(i, (byte) 0x5A);
        }
        encoder.begin(address).target(new TargetId(new UUID(0, 0))).streamClass(StreamClass.PLATFORM).ring(0).tid(0)
            .javaThreadId(0).generation(0).epoch(0).sequence(0).ticks(0, 0).content(0, 0, 0).place(0, 0)
            .eventsDiscarded(0).overwritten(0);
        final ByteBuffer expected =
            ByteBuffer.allocate(PacketHeaderDescriptor.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        expected.putInt(PacketHeaderDescriptor.MAGIC_OFFSET, 0xC1FC1FC1);
        expected.putShort(PacketHeaderDescriptor.HEADER_LENGTH_OFFSET, (short) 128);
        expected.putLong(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET, 1024);
        expected.putLong(PacketHeaderDescriptor.PACKET_SIZE_OFFSET, 1024);
        final byte[] written = new byte[PacketHeaderDescriptor.LENGTH];
        memory.get(0, written);
        assertThat(written).as(Arrays.toString(written)).isEqualTo(expected.array());
    }

    @Test
    void shouldTakeAHeaderForADrainsWhenItIsAsDrainersWriteIt() {
        final TargetId target = TargetId.random();
        header.at(address);
        begin(target);
        assertThat(header.problem(PacketHeaderDescriptor.LENGTH + 24, target)).isNull();
        assertThat(header.isOfDrain()).isTrue();
        encoder.streamClass(StreamClass.TRAP);
        assertThat(header.problem(PacketHeaderDescriptor.LENGTH + 24, target)).isNull();
        assertThat(header.isOfDrain()).as("of a trap stream").isFalse();
        begin(target).content(0, 0, 0);
        assertThat(header.problem(PacketHeaderDescriptor.LENGTH, target)).isNull();
        assertThat(header.isOfDrain()).as("empty").isFalse();
        begin(target).headerLength(PacketHeaderDescriptor.LENGTH + 8);
        assertThat(header.problem(PacketHeaderDescriptor.LENGTH + 24, target)).isNull();
        assertThat(header.isOfDrain()).as("of a later version").isFalse();
    }

    private PacketHeaderEncoder begin(final TargetId target) {
        return encoder.begin(address).target(target).streamClass(StreamClass.CARRIER).ring(3).tid(1).javaThreadId(1)
            .generation(1).epoch(1).sequence(1).ticks(10, 20).content(1, 24, 24).place(4096, 0).eventsDiscarded(0)
            .overwritten(0);
    }
}
