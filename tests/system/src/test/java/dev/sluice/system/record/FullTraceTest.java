// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.consumer.salvage.TraceSalvage;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.window.TraceWindow;
import dev.sluice.store.write.SegmentRotation;
import dev.sluice.store.write.TraceLimits;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A recording whose trace may not grow, or cannot: it ends in order, says why, and accounts for every event. */
@OneJdk
@KernelTest
@Timeout(400)
class FullTraceTest {
    private static final int THREADS = 2;
    private static final String SMALL_CHUNKS = "-Dsluice.chunk.length=8192";

    @TempDir
    private Path temp;

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "SHARED"})
    void shouldEndInOrderAndAccountForEveryEventWhenTheSizeIsReached(final EventPath path) throws Exception {
        final long limit = 6L << 20;
        final Path trace = temp.resolve("trace");
        final RecordResult result = recordFlood(trace, path, new TraceLimits(limit, 0), EndKind.SIZE_REACHED);
        assertThat(size(trace)).isBetween(limit / 2, limit);
        assertThat(result.stored()).isPositive();
    }

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "SHARED"})
    void shouldEndInOrderAndAccountForEveryEventWhenTheDiskIsFull(final EventPath path) throws Exception {
        final Path mount = Files.createDirectory(temp.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", mount.toString());
        try {
            final RecordResult result =
                recordFlood(mount.resolve("trace"), path, TraceLimits.NONE, EndKind.DISK_FULL);
            assertThat(result.stored()).isPositive();
        } finally {
            run("umount", "-l", mount.toString());
        }
    }

    /** Segments are so small that the disk fills up while the next one is made. */
    @ParameterizedTest
    @EnumSource(names = {"BATCH", "SHARED"})
    void shouldEndInOrderAndAccountForEveryEventWhenTheDiskIsFullInARotation(final EventPath path) throws Exception {
        final Path mount = Files.createDirectory(temp.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", mount.toString());
        try {
            final RecordResult result = recordFlood(mount.resolve("trace"), path, TraceLimits.NONE, EndKind.DISK_FULL,
                new SegmentRotation(SegmentRotation.LEAST_BYTES, Long.MAX_VALUE, Integer.MAX_VALUE));
            assertThat(result.stored()).isPositive();
            assertThat(TraceReader.open(mount.resolve("trace")).segments()).isGreaterThan(3);
        } finally {
            run("umount", "-l", mount.toString());
        }
    }

    /** The next try needs the directory, and half of a salvage is of no use. */
    @Test
    void shouldLeaveNothingBehindWhenASalvageFindsNoRoom() throws Exception {
        final Path interrupted = temp.resolve("interrupted");
        final Path mount = Files.createDirectory(temp.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", mount.toString());
        try (FakeTarget fake = new FakeTarget()) {
            writeTrace(interrupted, fake.id);
            final Path output = mount.resolve("whole");
            assertThatThrownBy(() ->
                TraceSalvage.ofProcess(ProcessHandle.current().pid(), interrupted, output, ""))
                .isInstanceOf(TraceStoreException.class).hasMessageContaining("no room");
            assertThat(mount).isEmptyDirectory();
        } finally {
            run("umount", "-l", mount.toString());
        }
    }

    private static void writeTrace(final Path trace, final TargetId id) {
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(new TargetInfo(
                id, 1, 1, new UUID(1, 2), Clock.KIND_NANO, 1_000_000_000L, 1, 0, "java", "17"));
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            final PacketBuilder packets = new PacketBuilder(id, 0);
            for (int i = 0; i < 300; i++) {
                for (int j = 0; j < 1000; j++) {
                    packets.event(TestTraces.PAIR, i, 0, (long) i, (long) j);
                }
                packets.append(writer, 0);
            }
        }
    }

    /** Nothing of it is left, and what it was to be made of is as it was. */
    @Test
    void shouldLeaveNothingBehindWhenASnapshotFindsNoRoom() throws Exception {
        final Path trace = temp.resolve("trace");
        writeTrace(trace, TargetId.random());
        final Path mount = Files.createDirectory(temp.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", mount.toString());
        try {
            assertThatThrownBy(() -> TraceWindow.write(TraceReader.open(trace), Long.MIN_VALUE, Long.MAX_VALUE,
                mount.resolve("snapshot"), "")).isInstanceOf(TraceStoreException.class)
                .hasMessageMatching("no room for the snapshot: directory=.*/snapshot: its disk has \\d+ bytes left, and"
                    + " \\d+ are kept free; nothing of it is left\\. Free some space, or write it to another file"
                    + " system \\(snapshot -o DIR\\)");
            assertThat(mount).isEmptyDirectory();
        } finally {
            run("umount", "-l", mount.toString());
        }
    }

    private RecordResult recordFlood(
        final Path trace, final EventPath path, final TraceLimits limits, final EndKind kind) throws Exception {
        return recordFlood(trace, path, limits, kind, SegmentRotation.NONE);
    }

    private RecordResult recordFlood(final Path trace, final EventPath path, final TraceLimits limits,
        final EndKind kind, final SegmentRotation rotation) throws Exception {
        try (FiringProgram program = FiringProgram.start(temp, THREADS, 0, SMALL_CHUNKS)) {
            final RecordResult result;
            try (Recorder recorder = Recorder.start(RecordOptions.of(program.pid(), trace).source(path)
                .policy(FullPolicy.DISCARD).limits(limits).rotation(rotation).build())) {
                final long begin = System.nanoTime();
                recorder.await(TimeUnit.MINUTES.toNanos(4), () -> false, () -> { });
                assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.MINUTES.toNanos(3));
                result = recorder.finish();
            }
            assertThat(result.kind()).isEqualTo(kind);
            assertThat(result.known()).as("%s", result).isTrue();
            // A thread that saw its bit before it was lowered may fire one more.
            assertThat(program.settledSum(result.fired())).as("%s", result)
                .isBetween(result.fired(), result.fired() + THREADS);
            assertThat(result.fired())
                .isEqualTo(result.stored() + result.discarded() + result.overwritten() + result.lostEvents());
            check(trace, result);
            return result;
        }
    }

    private static void check(final Path trace, final RecordResult result) {
        final TraceReader reader = TraceReader.open(trace);
        assertThat(reader.targets().get(0).end().orElseThrow().kind()).isEqualTo(result.kind());
        final TraceAccount account = TraceReport.of(reader).account();
        assertThat(account.isConsistent()).isTrue();
        assertThat(account.stored()).isEqualTo(result.stored());
        assertThat(account.fired()).isEqualTo(result.fired());
    }

    private static long size(final Path directory) throws IOException {
        long size = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.filter(Files::isRegularFile).toList()) {
                size += Files.size(file);
            }
        }
        return size;
    }

    private static void run(final String... command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
    }
}
