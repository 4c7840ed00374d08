// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.trap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.testsupport.Seed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Records of any number of threads: bounded memory, and each thread's events in one row of packets. */
class TrapStreamsTest {
    private static final EventSchema NUMBER =
        new EventSchema(1, "p", "number", List.of(new FieldSchema("n", FieldType.INT64)));
    private static final int RECORD_LENGTH = TrapRecord.ARGUMENTS_OFFSET + Long.BYTES;
    private static final int EVENT_LENGTH = EventDescriptor.HEADER_LENGTH + Long.BYTES;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(RECORD_LENGTH);
    private final long address = NativeCalls.get().addressOf(memory);
    private final TrapRecord record = new TrapRecord();
    private final List<ThreadInfo> threads = new ArrayList<>();
    /** Next number of each thread, by number of its stream. */
    private final Map<Integer, Long> read = new HashMap<>();
    private final Map<Integer, Long> sequences = new HashMap<>();
    private final TrapStreams streams = new TrapStreams(TargetId.random(), new TrapStreams.Sink() {
        @Override
        public void thread(final ThreadInfo info) {
            threads.add(info);
        }

        @Override
        public void packet(final long packet, final int lengthBytes) {
            check(packet, lengthBytes);
        }
    }, tid -> "t" + tid);
    private long ticks;

    /** The events of a packet go on where the last of the same thread has ended. */
    private void check(final long packet, final int lengthBytes) {
        final int stream = Memory.getInt(packet + PacketHeaderDescriptor.RING_OFFSET);
        final int count = Memory.getInt(packet + PacketHeaderDescriptor.EVENT_COUNT_OFFSET);
        assertThat(lengthBytes).isEqualTo(PacketHeaderDescriptor.LENGTH + count * EVENT_LENGTH);
        assertThat(Memory.getLong(packet + PacketHeaderDescriptor.SEQUENCE_OFFSET))
            .isEqualTo(sequences.merge(stream, 1L, Long::sum));
        final long before = read.getOrDefault(stream, 0L);
        assertThat(Memory.getLong(packet + PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET)).isEqualTo(before);
        for (int i = 0; i < count; i++) {
            assertThat(Memory.getLong(packet + PacketHeaderDescriptor.LENGTH + (long) i * EVENT_LENGTH
                + EventDescriptor.HEADER_LENGTH)).isEqualTo(before + i);
        }
        read.put(stream, before + count);
    }

    private boolean fire(final int tid, final long number) {
        Memory.putLong(address + TrapRecord.KTIME_OFFSET, ++ticks);
        Memory.putInt(address + TrapRecord.TID_OFFSET, tid);
        Memory.putInt(address + TrapRecord.PROBE_ID_OFFSET, NUMBER.id());
        Memory.putLong(address + TrapRecord.ARGUMENTS_OFFSET, number);
        return streams.add(record.wrap(address, RECORD_LENGTH), NUMBER);
    }

    private long accounted() {
        return streams.accounts().stream().mapToLong(RingAccount::written).sum();
    }

    /** Each of 20,000 threads once held 64 KiB until the end: 1.3 GB. */
    @Test
    void shouldHoldABoundedNumberOfBuffersWhenThreadsAreMany() {
        final int many = 20_000;
        for (int round = 0; round < 3; round++) {
            for (int tid = 1; tid <= many; tid++) {
                assertThat(fire(tid, round)).isTrue();
            }
        }
        streams.finishAll();
        assertThat(streams.buffers()).isEqualTo(TrapStreams.MAX_OPEN);
        assertThat(threads).hasSize(many);
        assertThat(read.values()).hasSize(many).containsOnly(3L);
        assertThat(accounted()).isEqualTo(3L * many);
    }

    @Test
    void shouldKeepEachThreadsOrderWhenThreadsTakeTurnsAtRandom() {
        final long seed = Seed.draw("TrapStreamsTest");
        final Random random = new Random(seed);
        final long[] next = new long[3 * TrapStreams.MAX_OPEN];
        final int events = 300_000;
        for (int i = 0; i < events; i++) {
            // A few of them fill their packets.
            final int tid = random.nextInt(1 + random.nextInt(next.length));
            assertThat(fire(tid, next[tid]++)).isTrue();
            if (random.nextInt(10_000) == 0) {
                streams.finishOpenedBefore(System.nanoTime());
            }
        }
        streams.finishAll();
        assertThat(accounted()).isEqualTo(events);
        for (final ThreadInfo thread : threads) {
            assertThat(read.get(thread.ring())).as("seed " + seed).isEqualTo(next[thread.tid()]);
        }
    }

    @Test
    void shouldFinishOldPacketsAndReuseTheirBufferWhenOneThreadFollowsAnother() {
        for (int tid = 1; tid <= 1000; tid++) {
            fire(tid, 0);
            streams.finishOpenedBefore(System.nanoTime() + 1);
        }
        assertThat(read).hasSize(1000);
        assertThat(streams.buffers()).isOne();
    }

    /** One thread too many once cost the events of all. */
    @Test
    void shouldRefuseNewThreadsOnlyWhenThereAreTooMany() {
        for (int tid = 0; tid < TrapStreams.MAX_STREAMS; tid++) {
            assertThat(fire(tid, 0)).isTrue();
        }
        assertThat(fire(TrapStreams.MAX_STREAMS, 0)).isFalse();
        assertThat(fire(7, 1)).isTrue();
        streams.finishAll();
        assertThat(accounted()).isEqualTo(TrapStreams.MAX_STREAMS + 1L);
    }
}
