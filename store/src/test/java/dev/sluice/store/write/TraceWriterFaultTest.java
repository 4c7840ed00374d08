// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A writer that is killed, and one whose disk is full. */
@OneJdk
class TraceWriterFaultTest {
    private static final int KILLS = 12;

    @TempDir
    Path temp;

    /**
     * The child of {@link #shouldKeepEveryAppendedDocumentWhenWriterIsKilled}: appends for ever, and after each append
     * counts it in a mapped file.
     */
    static final class Child {
        private Child() {
        }

        public static void main(final String[] args) throws IOException {
            final ByteBuffer progress;
            try (FileChannel channel = FileChannel.open(Path.of(args[1]), StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
                progress = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
            }
            final long progressAddress = BufferUtil.address(progress);
            final Random random = new Random(Long.parseLong(args[2]));
            final TargetInfo target = TestTraces.target();
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            final TraceWriter writer = TraceWriter.create(Path.of(args[0]), TestTraces.INFO, TraceLimits.NONE,
                Boolean.parseBoolean(args[3]) ? new SegmentRotation(1 << 20, Long.MAX_VALUE, 3) : SegmentRotation.NONE);
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            for (long i = 1; true; i++) {
                for (int j = random.nextInt(2000); j >= 0; j--) {
                    packets.event(TestTraces.PAIR, i, 0, i, (long) j);
                }
                packets.append(writer, 0);
                Memory.putLongRelease(progressAddress, i);
                writer.removeOld();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void shouldKeepEveryAppendedDocumentWhenWriterIsKilled(final boolean isRotating) throws Exception {
        final long seed = Seed.draw("TraceWriterFaultTest");
        final Random random = new Random(seed);
        for (int i = 0; i < KILLS; i++) {
            final Path directory = temp.resolve("killed" + i);
            final Path progress = Files.write(temp.resolve("progress" + i), new byte[Long.BYTES]);
            final Process child = start(directory, progress, random.nextLong(), isRotating);
            try {
                awaitFirst(progress, child);
                Thread.sleep(random.nextInt(150));
            } finally {
                child.destroyForcibly();
            }
            assertThat(child.waitFor(180, TimeUnit.SECONDS)).isTrue();
            checkKilled(directory, counted(progress));
            deleteFiles(directory);
        }
    }

    private static void deleteFiles(final Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (final Path path : files.filter(Files::isRegularFile).toList()) {
                Files.delete(path);
            }
        }
    }

    private static Process start(final Path directory, final Path progress, final long seed, final boolean isRotating)
        throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith("--add") || argument.startsWith("--enable")
                || argument.startsWith("--sun") || argument.startsWith("-Dchronicle"))
            .forEach(command::add);
        command.addAll(List.of("-Xmx128m", "-cp", System.getProperty("java.class.path"), Child.class.getName(),
            directory.toString(), progress.toString(), Long.toString(seed), Boolean.toString(isRotating)));
        return new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static void awaitFirst(final Path progress, final Process child) throws Exception {
        final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (counted(progress) == 0) {
            assertThat(child.isAlive()).isTrue();
            assertThat(System.nanoTime()).as("child appended nothing").isLessThan(deadline);
            Thread.sleep(2);
        }
    }

    private static long counted(final Path progress) throws IOException {
        return Long.reverseBytes(ByteBuffer.wrap(Files.readAllBytes(progress)).getLong());
    }

    private static void checkKilled(final Path directory, final long counted) {
        final TraceReader reader = TraceReader.open(directory);
        // Packets of segments that were removed are stored as well, and neither lost nor double.
        final long stored = reader.targets().get(0).streams().get(0).tally().storedBatches();
        System.out.printf("killed after %d appends: %d stored, last document %s%n", counted, stored,
            reader.isComplete() ? "complete" : "open");
        assertThat(stored).isBetween(counted, counted + 1);
        assertThat(reader.isEndKnown()).isFalse();
        assertThat(reader.gaps()).isEmpty();
        final EventCursor cursor = reader.events().cursor();
        long last = stored - reader.targets().get(0).streams().get(0).packetCount();
        while (cursor.next()) {
            final long number = cursor.event().getLong(0);
            assertThat(number).isBetween(last, last + 1);
            assertThat(cursor.event().packetSequence()).isEqualTo(number);
            last = number;
        }
        assertThat(last).isEqualTo(stored);
        assertThat(TraceReport.of(TraceReader.open(directory)).account().isConsistent()).isTrue();
        reader.documents(document -> { });
    }

    @Test
    @Tag("kernel")
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    void shouldKeepWhatWasAppendedWhenDiskIsFull() throws Exception {
        final Path mount = Files.createDirectory(temp.resolve("small"));
        Assumptions.assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", mount.toString()),
            "mounting a tmpfs is refused: needs root");
        try {
            fillDisk(mount);
        } finally {
            assertThat(run("umount", "-l", mount.toString())).isTrue();
        }
    }

    /** A file system that cannot take space in advance: the writer writes zeros instead. */
    @Test
    @Tag("kernel")
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    void shouldKeepWhatWasAppendedWhenDiskIsFullAndSpaceCannotBeTakenInAdvance() throws Exception {
        final Path mount = Files.createDirectory(temp.resolve("ext2"));
        final Path image = temp.resolve("image");
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), (48L << 20) - 1);
        }
        Assumptions.assumeTrue(run("mke2fs", "-q", "-t", "ext2", image.toString())
            && run("mount", "-o", "loop", image.toString(), mount.toString()), "mounting is refused: needs root");
        try {
            assertThat(run("fallocate", "-l", "4096", mount.resolve("tried").toString())).isFalse();
            Files.deleteIfExists(mount.resolve("tried"));
            fillDisk(mount);
        } finally {
            assertThat(run("umount", "-l", mount.toString())).isTrue();
        }
    }

    private static boolean run(final String... command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        return process.waitFor(180, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    private static void fillDisk(final Path mount) {
        final Path directory = mount.resolve("trace");
        final TargetInfo target = TestTraces.target();
        final PacketBuilder packets = new PacketBuilder(target.id(), 0);
        final int[] appended = {0};
        final long[] events = {0};
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            assertThatThrownBy(() -> {
                for (int i = 1; i < 2000; i++) {
                    for (int j = 0; j < 1000 + i % 1000; j++) {
                        packets.event(TestTraces.PAIR, i, 0, (long) i, (long) j);
                    }
                    packets.append(writer, 0);
                    appended[0]++;
                    events[0] = packets.written();
                }
            }).isInstanceOf(TraceStoreException.class).hasMessageContaining("no room for a packet")
                .hasMessageContaining("No space left on device").hasMessageContaining("stays readable");
            assertThat(writer.full()).isEqualTo(TraceFull.DISK);
            // What tells of the loss, and the end, find room all the same: many more of them than there will be.
            for (int i = 0; i < 1000; i++) {
                writer.loss(0, new LossInfo(i, LossCause.TRACE_FULL, 1, 1));
            }
            writer.end(0, new EndInfo(EndKind.DISK_FULL, true, 1, List.of(), Map.of()));
        }
        final TraceReader reader = TraceReader.open(directory);
        assertThat(reader.isEndKnown()).isTrue();
        assertThat(reader.targets().get(0).end().orElseThrow().kind()).isEqualTo(EndKind.DISK_FULL);
        assertThat(reader.targets().get(0).streams().get(0).packetCount()).isEqualTo(appended[0]).isGreaterThan(300);
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            assertThat(cursor.event().packetSequence()).isEqualTo(cursor.event().getLong(0));
        }
        assertThat(cursor.count()).isEqualTo(events[0]);
        assertThatThrownBy(() -> TraceWriter.create(mount.resolve("other"), TestTraces.INFO))
            .isInstanceOf(TraceStoreException.class).hasMessageContaining("too little space");
        assertThat(mount.resolve("other")).doesNotExist();
    }

    @Test
    @Tag("kernel")
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    void shouldLeaveFreeWhatIsAskedForWhenTheDiskFillsUp() throws Exception {
        final Path mount = Files.createDirectory(temp.resolve("small"));
        Assumptions.assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", mount.toString()),
            "mounting a tmpfs is refused: needs root");
        try {
            assertThatThrownBy(() -> TraceWriter.create(mount.resolve("t"), TestTraces.INFO,
                new TraceLimits(Long.MAX_VALUE, 47L << 20))).isInstanceOf(TraceStoreException.class)
                .hasMessageContaining("kept free").hasMessageContaining("--keep-free");
            assertThat(mount).isEmptyDirectory();
            final long keepFree = 20L << 20;
            final long stored = fill(mount.resolve("t"), new TraceLimits(Long.MAX_VALUE, keepFree), TraceFull.DISK);
            assertThat(stored).isGreaterThan(24L << 20);
            assertThat(Files.getFileStore(mount).getUsableSpace()).isBetween(keepFree, keepFree + (4L << 20));
        } finally {
            assertThat(run("umount", "-l", mount.toString())).isTrue();
        }
    }

    @Test
    void shouldTakeNoMoreThanItMayWhenItsSizeIsLimited() throws Exception {
        for (final long limit : new long[] {TraceLimits.LEAST_BYTES, 9L << 20}) {
            final Path directory = temp.resolve("limit" + limit);
            final long stored = fill(directory, new TraceLimits(limit, 0), TraceFull.SIZE);
            long size = 0;
            try (Stream<Path> files = Files.walk(directory)) {
                for (final Path file : files.filter(Files::isRegularFile).toList()) {
                    size += Files.size(file);
                }
            }
            assertThat(size).isBetween(stored, limit);
            assertThat(stored).isGreaterThan(limit - (2L << 20));
        }
    }

    /** Appends packets until one is refused, and an end; returns the bytes of those that were stored. */
    private static long fill(final Path directory, final TraceLimits limits, final TraceFull why) {
        final TargetInfo target = TestTraces.target();
        final PacketBuilder packets = new PacketBuilder(target.id(), 0);
        boolean wasTold = false;
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO, limits)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            assertThat(writer.full()).isNull();
            boolean isStored = true;
            for (int i = 1; isStored; i++) {
                wasTold = writer.full() != null;
                for (int j = 0; j < 1000; j++) {
                    packets.event(TestTraces.PAIR, i, 0, (long) i, (long) j);
                }
                isStored = packets.tryAppend(writer, 0);
            }
            assertThat(writer.full()).isEqualTo(why);
            assertThat(wasTold).as("told before it was too late").isTrue();
            writer.end(0, new EndInfo(why.end(), true, 1, List.of(), Map.of()));
        }
        final TraceReader reader = TraceReader.open(directory);
        assertThat(reader.targets().get(0).end().orElseThrow().kind()).isEqualTo(why.end());
        return reader.storedBytes();
    }
}
