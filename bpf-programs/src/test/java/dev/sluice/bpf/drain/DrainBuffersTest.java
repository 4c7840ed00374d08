// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.libbpf.BpfRingBuffer;
import dev.sluice.os.Mappings;
import dev.sluice.os.NativeCalls;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OneJdk
@Timeout(400)
class DrainBuffersTest {
    static final int RINGS = 3;
    private static final int HEADER_LENGTH = 128;

    static int ring(final long address) {
        return UnsafeApi.getInt(null, address + 104);
    }

    static long sequence(final long address) {
        return UnsafeApi.getLong(null, address + 56);
    }

    /** What was handed out, which must be in order in each ring. */
    static final class Received {
        final List<List<Long>> sequences = new ArrayList<>();

        Received() {
            for (int i = 0; i < RINGS; i++) {
                sequences.add(new ArrayList<>());
            }
        }

        void add(final long address) {
            final List<Long> ofRing = sequences.get(ring(address));
            if (!ofRing.isEmpty()) {
                assertThat(sequence(address)).as("ring %d", ring(address)).isGreaterThan(ofRing.get(ofRing.size() - 1));
            }
            ofRing.add(sequence(address));
        }
    }

    /**
     * The programs' side of the two buffers, in memory laid out as the kernel does: what it takes a page that comes
     * late, or a processor that is slow, to see there.
     */
    private static final class Programs implements AutoCloseable {
        private static final int BUSY = 1 << 31;
        private static final int DISCARD = 1 << 30;
        private static final int RECORD = HEADER_LENGTH + BpfRingBuffer.RECORD_HEADER_LENGTH;

        final DrainBuffers buffers;
        final List<List<Long>> submitted = new Received().sequences;
        private final long[] pages = new long[4];
        private final int[] sizes = {4096, 8192};
        private final BpfRingBuffer[] both = new BpfRingBuffer[2];
        private final long[] sequences = new long[RINGS];
        /** Buffer and position of the record that a ring's drainer is writing, or null. */
        private final long[][] busy = new long[RINGS][];
        private final Random random;

        Programs(final Random random) {
            this.random = random;
            for (int i = 0; i < 2; i++) {
                pages[2 * i] = map(UnsafeApi.pageSize());
                pages[2 * i + 1] = map(BpfRingBuffer.producerLength(sizes[i]));
                both[i] = new BpfRingBuffer(-1, sizes[i], pages[2 * i], pages[2 * i + 1]);
            }
            buffers = new DrainBuffers(both[0], both[1], RINGS);
        }

        private static long map(final long length) {
            final NativeCalls calls = NativeCalls.get();
            final int fd = calls.memfdCreate("sluice-test", NativeCalls.MFD_CLOEXEC);
            calls.ftruncate(fd, length);
            final long address = Mappings.shared(fd, 0, length, true);
            calls.close(fd);
            return address;
        }

        void step() {
            final int ring = random.nextInt(RINGS);
            if (busy[ring] != null) {
                submit(ring, random.nextInt(20) == 0);
            } else if (random.nextInt(20) == 0) {
                // Lost before it had a record.
                sequences[ring]++;
            } else {
                reserve(ring);
            }
        }

        private void reserve(final int ring) {
            sequences[ring]++;
            for (int i = 0; i < 2 && busy[ring] == null; i++) {
                final long position = both[i].producerPosition();
                if (add(i, ring, sequences[ring], BUSY)) {
                    busy[ring] = new long[] {i, position};
                }
            }
        }

        /** Returns whether there was room for it. */
        boolean add(final int buffer, final int ring, final long sequence, final int bits) {
            final long position = both[buffer].producerPosition();
            if (position + RECORD - both[buffer].consumerPosition() >= sizes[buffer]) {
                return false;
            }
            put(buffer, position + BpfRingBuffer.RECORD_HEADER_LENGTH + 56, sequence);
            put(buffer, position + BpfRingBuffer.RECORD_HEADER_LENGTH + 104, ring);
            put(buffer, position, HEADER_LENGTH | bits);
            UnsafeApi.putLongRelease(null, pages[2 * buffer + 1], position + RECORD);
            return true;
        }

        /** Ring and sequence of what is handed out. */
        List<String> poll(final int limit) {
            final List<String> all = new ArrayList<>();
            buffers.poll((address, length) -> all.add(ring(address) + "/" + sequence(address)), limit);
            return all;
        }

        private void submit(final int ring, final boolean isDiscarded) {
            put((int) busy[ring][0], busy[ring][1], HEADER_LENGTH | (isDiscarded ? DISCARD : 0));
            busy[ring] = null;
            if (!isDiscarded) {
                submitted.get(ring).add(sequences[ring]);
            }
        }

        void submitAll() {
            for (int ring = 0; ring < RINGS; ring++) {
                if (busy[ring] != null) {
                    submit(ring, false);
                }
            }
        }

        boolean isAnyBusy() {
            return busy[0] != null || busy[1] != null || busy[2] != null;
        }

        private void put(final int buffer, final long position, final long value) {
            final long at = pages[2 * buffer + 1] + UnsafeApi.pageSize() + (position & sizes[buffer] - 1);
            UnsafeApi.putLong(at, value & 0xFFFF_FFFFL);
            UnsafeApi.putLong(at + sizes[buffer], value & 0xFFFF_FFFFL);
        }

        @Override
        public void close() {
            both[0].close();
            both[1].close();
        }
    }

    @Test
    void shouldHandOutWhatIsCompleteWhenAnotherRingsBatchIsNot() {
        try (Programs programs = new Programs(new Random(1))) {
            programs.add(0, 0, 1, 0);
            programs.add(0, 2, 1, 0);
            programs.add(1, 1, 1, Programs.BUSY);
            assertThat(programs.poll(100)).containsExactly("0/1", "2/1");
            programs.add(0, 2, 2, Programs.BUSY);
            programs.add(0, 0, 2, 0);
            assertThat(programs.poll(100)).isEmpty();
        }
    }

    @Test
    void shouldStepOverARecordThatNobodyCompletesWhenToldTo() {
        try (Programs programs = new Programs(new Random(1))) {
            programs.add(0, 0, 1, Programs.BUSY);
            programs.add(0, 0, 2, 0);
            programs.add(1, 0, 3, Programs.BUSY);
            programs.add(1, 1, 1, Programs.DISCARD);
            programs.add(1, 1, 2, 0);
            assertThat(programs.buffers.busyNs()).as("nobody has looked").isZero();
            assertThat(programs.poll(100)).isEmpty();
            final long busyNs = programs.buffers.busyNs();
            assertThat(busyNs).isPositive();
            assertThat(programs.poll(100)).isEmpty();
            assertThat(programs.buffers.busyNs()).as("the same record").isGreaterThan(busyNs);
            assertThat(programs.buffers.stuckRecords()).isZero();
            assertThat(programs.buffers.skipStuck()).isTrue();
            assertThat(programs.buffers.skipStuck()).isTrue();
            assertThat(programs.buffers.skipStuck()).as("what is complete is not stepped over").isFalse();
            assertThat(programs.buffers.stuckRecords()).isEqualTo(2);
            assertThat(programs.poll(100)).containsExactlyInAnyOrder("0/2", "1/2");
            assertThat(programs.buffers.busyNs()).isZero();
            assertThat(programs.buffers.isEmpty()).isTrue();
            assertThat(programs.buffers.skipStuck()).isFalse();
        }
    }

    @Test
    void shouldCountFromAnewWhenABusyRecordIsCompletedAndTheNextOneIsBusy() {
        try (Programs programs = new Programs(new Random(1))) {
            programs.reserve(0);
            programs.reserve(1);
            assertThat(programs.poll(100)).isEmpty();
            // Whatever wakes this thread.
            final long looked = System.nanoTime();
            while (System.nanoTime() - looked < 2_000_000) {
                LockSupport.parkNanos(2_000_000);
            }
            final long first = programs.buffers.busyNs();
            final long begin = System.nanoTime();
            programs.submit(0, false);
            assertThat(programs.poll(100)).containsExactly("0/1");
            assertThat(programs.buffers.busyNs()).isBetween(1L, System.nanoTime() - begin);
            assertThat(first).isGreaterThanOrEqualTo(2_000_000);
            programs.submit(1, false);
            assertThat(programs.poll(100)).containsExactly("1/1");
            assertThat(programs.buffers.busyNs()).isZero();
        }
    }

    @Test
    void shouldTakeFromTheLargeBufferWhenTheHotOneIsNeverEmpty() {
        try (Programs programs = new Programs(new Random(1))) {
            programs.add(1, 1, 1, 0);
            final List<String> all = new ArrayList<>();
            for (int i = 1; i <= 10; i++) {
                programs.add(0, 0, 2 * i - 1, 0);
                programs.add(0, 0, 2 * i, 0);
                all.addAll(programs.poll(1));
            }
            assertThat(all).contains("1/1");
        }
    }

    @Test
    void shouldHandOutEachRingInOrderWhateverIsLateOrLost() {
        final long first = Seed.draw("DrainBuffersTest");
        for (long seed = first; seed < first + 300; seed++) {
            final Random random = new Random(seed);
            final Received received = new Received();
            final int eagerness = 1 + random.nextInt(100);
            try (Programs programs = new Programs(random)) {
                for (int i = 0; i < 3_000; i++) {
                    programs.step();
                    if (random.nextInt(eagerness) == 0) {
                        final int limit = 1 + random.nextInt(50);
                        final int records =
                            programs.buffers.poll((address, length) -> received.add(address), limit);
                        assertThat(programs.isAnyBusy() || records == limit || programs.buffers.isEmpty())
                            .as("seed %d: all is handed out if nothing is late", seed).isTrue();
                    }
                }
                programs.submitAll();
                assertThat(programs.buffers.poll((address, length) -> received.add(address), Integer.MAX_VALUE))
                    .isNotNegative();
                assertThat(programs.buffers.isEmpty()).isTrue();
                assertThat(received.sequences).as("seed %d", seed).isEqualTo(programs.submitted);
            }
        }
    }
}
