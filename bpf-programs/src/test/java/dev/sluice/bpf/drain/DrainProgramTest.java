// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.NativeTarget;
import dev.sluice.bpf.NativeTarget.Header;
import dev.sluice.bpf.libbpf.BpfLink;
import dev.sluice.bpf.libbpf.BpfRingBuffer;
import dev.sluice.bpf.trap.TrapConfig;
import dev.sluice.bpf.trap.TrapProgram;
import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@OneJdk
@KernelTest
@Timeout(300)
class DrainProgramTest {

    private static final int RING_BUFFER_BYTES = 512 * 1024;
    private static final int RECORD_OVERHEAD = NativeTarget.HEADER_LENGTH + BpfRingBuffer.RECORD_HEADER_LENGTH;

    @TempDir
    private Path directory;
    private NativeTarget target;

    @BeforeEach
    void startTarget() throws IOException {
        target = new NativeTarget(directory);
    }

    @AfterEach
    void stopTarget() throws IOException {
        target.close();
    }

    /** Those that this kernel takes. */
    static Stream<DrainVariant> variants() {
        return Arrays.stream(DrainVariant.values()).filter(KernelTest.Condition.FEATURES::loads);
    }

    static Stream<Arguments> variantsAndLengths() {
        return variants().flatMap(variant -> IntStream.of(0, 8, 24, 248, 256, 264, 1024, 4096, 4104, 40000, 65536)
            .mapToObj(length -> Arguments.of(variant, length)));
    }

    private DrainConfig config() {
        return new DrainConfig(target.pid(), Header.EPOCH, Header.SLOTS, RING_BUFFER_BYTES);
    }

    private static List<byte[]> received(final DrainProgram program) {
        final List<byte[]> records = new ArrayList<>();
        program.ringBuffer().poll((address, length) -> {
            final byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) {
                bytes[i] = UnsafeApi.getByte(null, address + i);
            }
            records.add(bytes);
        }, Integer.MAX_VALUE);
        return records;
    }

    private static long batches(final DrainProgram program, final DrainFailure cause) {
        return program.failures(cause).batches();
    }

    @ParameterizedTest
    @MethodSource("variantsAndLengths")
    void shouldDeliverHeaderAndContentIntactWhenDrained(final DrainVariant variant, final int length)
        throws IOException {
        try (DrainProgram program = DrainProgram.load(config().withVariant(variant))) {
            target.attach(program);
            final byte[] header = target.header(length).bytes();
            final byte[] content = target.content(Header.CONTENT, length, length);
            target.drain(Header.OFFSET, Header.CONTENT, length);

            assertThat(program.ringBuffer().await(0)).isTrue();
            assertThat(program.ringBuffer().producerPosition()).isEqualTo(program.recordLength(length));
            final List<byte[]> records = received(program);
            assertThat(records).hasSize(1);
            assertThat(Arrays.copyOf(records.get(0), header.length)).isEqualTo(header);
            assertThat(Arrays.copyOfRange(records.get(0), header.length, header.length + length)).isEqualTo(content);
            assertThat(program.traps()).isEqualTo(1);
            assertThat(program.events()).isEqualTo(length / 8);
            assertThat(program.recordBytes()).isEqualTo(program.recordLength(length));
            assertThat(program.ringBuffer().consumerPosition()).isEqualTo(program.recordLength(length));
            if (variant.isExact()) {
                assertThat(records.get(0)).hasSize(NativeTarget.HEADER_LENGTH + length);
            }
        }
    }

    @Test
    void shouldPreferTheVariantThatLosesNothingWhenTheKernelHasIt() {
        try (DrainProgram program = DrainProgram.load(config())) {
            assertThat(program.variant()).isEqualTo(variants().findFirst().orElseThrow());
        }
    }

    @Test
    void shouldCountWrongEpochWhenBatchIsOfAnotherSession() throws IOException {
        try (DrainProgram program = DrainProgram.load(config())) {
            target.attach(program);
            target.header(24).putShort(108, Header.EPOCH + 1);
            target.drain(Header.OFFSET, Header.CONTENT, 24);
            assertThat(program.failures(DrainFailure.WRONG_EPOCH))
                .isEqualTo(new DrainFailureCount(1, 3, RECORD_OVERHEAD + 24, 0));
            assertThat(received(program)).isEmpty();
            assertThat(program.traps()).isZero();
        }
    }

    @Test
    void shouldCountBadHeaderWhenAnyFieldDoesNotFit() throws IOException {
        try (DrainProgram program = DrainProgram.load(config())) {
            target.attach(program);
            target.header(24).putInt(0, NativeTarget.MAGIC + 1);
            target.drain(Header.OFFSET, Header.CONTENT, 24);
            assertThat(program.failures(DrainFailure.BAD_HEADER).events()).isZero();
            target.header(24).putShort(110, 120);
            target.drain(Header.OFFSET, Header.CONTENT, 24);
            target.header(24).putInt(104, Header.SLOTS);
            target.drain(Header.OFFSET, Header.CONTENT, 24);
            target.header(24).putInt(96, 4);
            target.drain(Header.OFFSET, Header.CONTENT, 24);
            target.header(24).putLong(40, (NativeTarget.HEADER_LENGTH + 16) * 8);
            target.drain(Header.OFFSET, Header.CONTENT, 24);
            target.header(24).putLong(48, 0);
            target.drain(Header.OFFSET, Header.CONTENT, 24);
            target.header(24);
            for (final long length : new long[] {16, 20, 32, 65544, -8, 1L << 32 | 24}) {
                target.drain(Header.OFFSET, Header.CONTENT, length);
            }
            assertThat(batches(program, DrainFailure.BAD_HEADER)).isEqualTo(12);
            assertThat(received(program)).isEmpty();
            target.drain(Header.OFFSET, Header.CONTENT, 24);
            assertThat(received(program)).hasSize(1);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void shouldCountBufferFullWhenNobodyReads(final DrainVariant variant) throws IOException {
        try (DrainProgram program = DrainProgram.load(config().withVariant(variant))) {
            target.attach(program);
            target.header(65536);
            target.content(Header.CONTENT, 65536, 1);
            final int recordLength = program.recordLength(65536);
            final int room = program.ringBuffer().capacity() / recordLength;
            for (int i = 0; i < room + 3; i++) {
                target.drain(Header.OFFSET, Header.CONTENT, 65536);
            }
            assertThat(program.traps()).isEqualTo(room);
            assertThat(program.failures(DrainFailure.BUFFER_FULL))
                .isEqualTo(new DrainFailureCount(3, 3 * 8192, 3L * recordLength, 0));
            assertThat(received(program)).hasSize(room);
            target.drain(Header.OFFSET, Header.CONTENT, 65536);
            assertThat(received(program)).hasSize(1);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void shouldCountCopyFaultWhenMemoryIsNotMapped(final DrainVariant variant) throws IOException {
        try (DrainProgram program = DrainProgram.load(config().withVariant(variant))) {
            target.attach(program);
            target.header(4096);
            final int recordLength = program.recordLength(4096);
            target.drain(Header.OFFSET, "@0x10000", 4096);
            target.drain("@0x10000", Header.CONTENT, 4096);
            // The content begins inside the mapping and runs over its end.
            target.drain(Header.OFFSET, NativeTarget.SHARED_LENGTH - 2048, 4096);
            final DrainFailureCount count = program.failures(DrainFailure.COPY_FAULT);
            assertThat(count.batches()).isGreaterThanOrEqualTo(2);
            assertThat(count.unusedBytes()).isEqualTo(recordLength);
            target.drain(Header.OFFSET, Header.CONTENT, 4096);
            final int delivered = received(program).size();
            assertThat(delivered + count.batches()).isEqualTo(4);
            assertThat(program.ringBuffer().discardedRecords()).isEqualTo(count.batches() - 1);
            assertThat(program.ringBuffer().consumerPosition())
                .isEqualTo(program.recordBytes() + count.discardedBytes());
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void shouldBringPagesInWhenSleepableAndCountThemWhenNot(final DrainVariant variant) throws IOException {
        try (DrainProgram program = DrainProgram.load(config().withVariant(variant))) {
            target.attach(program);
            target.header(65536);
            final byte[] content = target.content(Header.CONTENT, 65536, 9);
            assertThat(target.send("evict " + (Header.CONTENT + 8192) + " 4096")).isEqualTo("done");
            target.drain(Header.OFFSET, Header.CONTENT, 65536);
            assertThat(batches(program, DrainFailure.COPY_FAULT)).isEqualTo(variant.isSleepable() ? 0 : 1);
            assertThat(program.faultsResolved()).isEqualTo(variant.isSleepable() ? 1 : 0);
            final List<byte[]> records = received(program);
            assertThat(records).hasSize(variant.isSleepable() ? 1 : 0);
            if (variant.isSleepable()) {
                assertThat(Arrays.copyOfRange(records.get(0), 128, 128 + 65536)).isEqualTo(content);
                assertThat(target.send("evict 0 4096")).isEqualTo("done");
                target.drain(Header.OFFSET, Header.CONTENT, 65536);
                assertThat(program.faultsResolved()).isEqualTo(2);
                assertThat(received(program)).hasSize(1);
            }
        }
    }

    @Test
    void shouldCountWrongTargetWhenAnotherProcessFires() throws IOException {
        try (NativeTarget other = new NativeTarget(directory); DrainProgram program = DrainProgram.load(config())) {
            program.attach(-1, target.path(), target.drainSite(), target.drainSemaphore());
            other.header(24);
            other.drain(Header.OFFSET, Header.CONTENT, 24);
            assertThat(batches(program, DrainFailure.WRONG_TARGET)).isEqualTo(1);
            target.header(24);
            target.drain(Header.OFFSET, Header.CONTENT, 24);
            assertThat(received(program)).hasSize(1);
        }
    }

    @Test
    void shouldKnowTheTargetWhenItLivesInAnotherPidNamespace() throws IOException {
        try (NativeTarget inner = new NativeTarget(directory, List.of("unshare", "--pid", "--fork", "--kill-child"));
             DrainProgram program = DrainProgram.load(
                 new DrainConfig(inner.pid(), Header.EPOCH, Header.SLOTS, RING_BUFFER_BYTES));
             TrapProgram trap = TrapProgram.load(new TrapConfig(inner.pid(), RING_BUFFER_BYTES))) {
            assertThat(inner.pid()).isNotEqualTo(inner.pidInside());
            inner.attach(program);
            inner.attach(trap, 1, 0, 0);
            inner.header(24);
            inner.drain(Header.OFFSET, Header.CONTENT, 24);
            inner.send("trap");
            assertThat(received(program)).hasSize(1);
            assertThat(trap.ringBuffer().poll((address, length) -> assertThat(
                new TrapRecord().wrap(address, length).tid()).isEqualTo(inner.pidInside()), 1)).isEqualTo(1);
            program.attach(-1, target.path(), target.drainSite(), target.drainSemaphore());
            target.header(24);
            target.drain(Header.OFFSET, Header.CONTENT, 24);
            assertThat(batches(program, DrainFailure.WRONG_TARGET)).isEqualTo(1);
        }
    }

    @Test
    void shouldTryNoSleepableVariantWhenItMayNotSleep() {
        try (DrainProgram program = DrainProgram.load(config().withMaySleep(false))) {
            assertThat(program.variant().isSleepable()).isFalse();
            assertThat(program.refusals()).noneMatch(refusal -> refusal.contains("SLEEPABLE"));
        }
    }

    @Test
    void shouldWakeTheReaderWhenConfigured() throws Exception {
        try (DrainProgram program = DrainProgram.load(config().withWakesReader(true))) {
            target.attach(program);
            target.header(8);
            assertThat(program.ringBuffer().await(0)).isFalse();
            final CompletableFuture<Boolean> woken = CompletableFuture.supplyAsync(
                () -> program.ringBuffer().await(20_000));
            target.drain(Header.OFFSET, Header.CONTENT, 8);
            assertThat(woken.get(120, TimeUnit.SECONDS)).isTrue();
            assertThat(received(program)).hasSize(1);
        }
    }

    @Test
    void shouldReceiveNothingWhenAForkedChildFires() throws IOException {
        try (DrainProgram program = DrainProgram.load(config())) {
            target.attach(program);
            target.header(24);
            assertThat(target.send("fork 0 " + Header.CONTENT + " 24")).isEqualTo("done");
            // Newer kernels do not run the program for the child at all.
            assertThat(batches(program, DrainFailure.WRONG_TARGET)).isBetween(0L, 1L);
            assertThat(received(program)).isEmpty();
        }
    }

    @Test
    void shouldMoveSemaphoreWhenAttachedAndDetached() throws IOException {
        assertThat(target.send("semaphores")).isEqualTo("0 0");
        try (DrainProgram program = DrainProgram.load(config())) {
            final BpfLink link = target.attach(program);
            assertThat(target.send("semaphores")).isEqualTo("1 0");
            link.close();
            link.close();
            assertThat(link.isAttached()).isFalse();
            assertThat(target.send("semaphores")).isEqualTo("0 0");
            target.attach(program);
            assertThat(target.send("semaphores")).isEqualTo("1 0");
            program.detach();
            assertThat(target.send("semaphores")).isEqualTo("0 0");
            target.attach(program);
        }
        assertThat(target.send("semaphores")).isEqualTo("0 0");
    }

    @Test
    void shouldKeepTargetsApartWhenTwoProgramsAreLoaded() throws IOException {
        try (NativeTarget other = new NativeTarget(directory);
             DrainProgram first = DrainProgram.load(config());
             DrainProgram second = DrainProgram.load(
                 new DrainConfig(other.pid(), Header.EPOCH, Header.SLOTS, RING_BUFFER_BYTES))) {
            target.attach(first);
            other.attach(second);
            target.header(8);
            other.header(16);
            target.drain(Header.OFFSET, Header.CONTENT, 8);
            other.drain(Header.OFFSET, Header.CONTENT, 16);
            other.drain(Header.OFFSET, Header.CONTENT, 16);
            assertThat(received(first)).hasSize(1);
            assertThat(received(second)).hasSize(2);
            assertThat(first.traps()).isEqualTo(1);
            assertThat(second.traps()).isEqualTo(2);
        }
    }

    @Test
    void shouldReadConsistentRecordsWhenTargetIsKilledInADrainLoop() throws IOException {
        try (DrainProgram program = DrainProgram.load(config())) {
            target.attach(program);
            target.header(65536).putLong(56, 0);
            final byte[] content = target.content(Header.CONTENT, 65536, 3);
            assertThat(target.send("loop 0 " + Header.CONTENT + " 65536")).isEqualTo("looping");
            final long[] last = {0};
            while (last[0] < 200) {
                poll(program, last, content);
            }
            target.kill();
            while (poll(program, last, content) > 0) {
                assertThat(last[0]).isPositive();
            }
            assertThat(program.ringBuffer().consumerPosition()).isEqualTo(program.ringBuffer().producerPosition());
            assertThat(program.ringBuffer().consumerPosition()).isEqualTo(program.recordBytes());
        }
    }

    private static int poll(final DrainProgram program, final long[] last, final byte[] content) {
        return program.ringBuffer().poll((address, length) -> {
            final long sequence = UnsafeApi.getLong(null, address + 56);
            assertThat(sequence).isGreaterThan(last[0]);
            last[0] = sequence;
            for (int i = 0; i < content.length; i += 4096) {
                assertThat(UnsafeApi.getByte(null, address + 128 + i)).isEqualTo(content[i]);
            }
        }, 64);
    }

    @Test
    void shouldReleaseTheRecordWhenTheHandlerThrows() throws IOException {
        try (DrainProgram program = DrainProgram.load(config())) {
            target.attach(program);
            target.header(8);
            target.drain(Header.OFFSET, Header.CONTENT, 8);
            target.drain(Header.OFFSET, Header.CONTENT, 8);
            assertThatThrownBy(() -> program.ringBuffer().poll((address, length) -> {
                throw new IllegalStateException("handler");
            }, 10)).hasMessage("handler");
            assertThat(program.ringBuffer().consumerPosition()).isEqualTo(program.recordLength(8));
            assertThat(received(program)).hasSize(1);
        }
    }

    @Test
    void shouldAnswerLastCountersWhenClosed() throws IOException {
        final DrainProgram program = DrainProgram.load(config());
        target.attach(program);
        target.header(8);
        target.drain(Header.OFFSET, Header.CONTENT, 8);
        program.close();
        program.close();
        assertThat(program.traps()).isEqualTo(1);
        assertThatThrownBy(() -> target.attach(program)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> program.ringBuffer().poll((address, length) -> { }, 1))
            .isInstanceOf(IllegalStateException.class);
    }
}
