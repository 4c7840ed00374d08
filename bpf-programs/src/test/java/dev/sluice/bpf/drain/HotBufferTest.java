// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.NativeTarget;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@link DrainBuffers} over the kernel's own, filled by a process that drains. */
@OneJdk
@KernelTest
@Timeout(400)
class HotBufferTest {
    private static final int HOT_BYTES = 128 << 10;
    private static final int LARGE_BYTES = 256 << 10;

    @TempDir
    private Path directory;

    private DrainProgram load(final NativeTarget target) throws IOException {
        return DrainProgram.load(new DrainConfig(
            target.pid(), NativeTarget.Header.EPOCH, DrainBuffersTest.RINGS, LARGE_BYTES).withHotBuffer(HOT_BYTES));
    }

    private static void drain(final NativeTarget target, final int ring, final long sequence, final int length)
        throws IOException {
        target.header(length).putInt(104, ring).putLong(56, sequence);
        target.drain(NativeTarget.Header.OFFSET, NativeTarget.Header.CONTENT, length);
    }

    @Test
    void shouldLoseNothingWhileRecordsFitTheCapacity() throws IOException {
        final long seed = Seed.draw("HotBufferTest");
        final Random random = new Random(seed);
        final int[] lengths = {24, 4096, 40_000, 65_536};
        final long[] sequences = new long[DrainBuffersTest.RINGS];
        final DrainBuffersTest.Received received = new DrainBuffersTest.Received();
        try (NativeTarget target = new NativeTarget(directory); DrainProgram program = load(target)) {
            target.attach(program);
            final DrainBuffers buffers = program.buffers();
            long produced = 0;
            for (int i = 0; i < 3_000; i++) {
                final int length = lengths[random.nextInt(lengths.length)];
                while (produced + program.recordLength(length) - buffers.consumedBytes() > buffers.capacity()) {
                    buffers.poll((address, bytes) -> received.add(address), 1 + random.nextInt(4));
                }
                final int ring = random.nextInt(DrainBuffersTest.RINGS);
                drain(target, ring, ++sequences[ring], length);
                produced += program.recordLength(length);
            }
            buffers.poll((address, bytes) -> received.add(address), Integer.MAX_VALUE);
            assertThat(program.failures(DrainFailure.BUFFER_FULL).batches()).isZero();
            assertThat(buffers.isEmpty()).isTrue();
            assertThat(buffers.consumedBytes()).isEqualTo(produced).isEqualTo(program.recordBytes());
            assertThat(program.ringBuffer().consumerPosition()).as("taken when the hot one is full").isPositive()
                .isLessThan(produced);
            for (int ring = 0; ring < DrainBuffersTest.RINGS; ring++) {
                assertThat(received.sequences.get(ring))
                    .isEqualTo(LongStream.rangeClosed(1, sequences[ring]).boxed().toList());
            }
        }
    }

    @Test
    void shouldCountTheBatchWhenBothAreFull() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); DrainProgram program = load(target)) {
            target.attach(program);
            for (int i = 1; i <= 8; i++) {
                drain(target, 0, i, 65_536);
            }
            assertThat(program.traps()).isEqualTo(4);
            assertThat(program.failures(DrainFailure.BUFFER_FULL).batches()).isEqualTo(4);
            final DrainBuffersTest.Received received = new DrainBuffersTest.Received();
            assertThat(program.buffers().poll((address, bytes) -> received.add(address), 100)).isEqualTo(4);
            assertThat(received.sequences.get(0)).isEqualTo(List.of(1L, 2L, 3L, 4L));
        }
    }

    @Test
    void shouldComeToAnEndWhenATargetDrainsForEverAndBpfIsDetached() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); DrainProgram program = load(target)) {
            target.attach(program);
            target.header(8).putInt(104, 0).putLong(56, 5);
            assertThat(target.send("loop 0 " + NativeTarget.Header.CONTENT + " 8")).isEqualTo("looping");
            final long[] count = new long[1];
            while (count[0] < 10_000) {
                program.buffers().poll((address, bytes) -> count[0]++, 64);
            }
            program.detach();
            while (program.buffers().poll((address, bytes) -> count[0]++, 64) > 0) {
                assertThat(count[0]).isLessThanOrEqualTo(program.traps());
            }
            assertThat(program.buffers().isEmpty()).isTrue();
            assertThat(count[0]).isEqualTo(program.traps());
        }
    }

    @Test
    void shouldHandOutEverythingWhenATargetWritesNumbersThatWaitForEachOther() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); DrainProgram program = load(target)) {
            target.attach(program);
            drain(target, 0, 7, 65_536);
            drain(target, 1, 8, 40_000);
            drain(target, 1, 9, 65_536);
            drain(target, 0, 6, 65_536);
            final List<String> received = new ArrayList<>();
            program.buffers().poll((address, bytes) -> received.add(
                DrainBuffersTest.ring(address) + "/" + DrainBuffersTest.sequence(address)), 100);
            assertThat(received).containsExactlyInAnyOrder("0/7", "1/8", "1/9", "0/6");
        }
    }
}
