// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.salvage.SalvageResult;
import dev.sluice.consumer.salvage.TraceSalvage;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.system.scene.FiredFile;
import dev.sluice.system.scene.FiringProgram;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Salvage of regions that are files, and of processes that are stopped. */
@KernelTest
@Timeout(600)
class SalvageTest {
    private static final int THREADS = 3;
    private static final int MUTATIONS = 30;
    private static final long RATE = 200_000;
    private static final long FIRED = 10_000;
    /** The rings of a region's file begin at 1 GiB; few threads use few of them. */
    private static final long GREATEST_FILE = 3L << 29;
    private static final int COPYING_S = 120;
    private static final long[] NASTY = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, Integer.MAX_VALUE, 4095, 1L << 40};

    @TempDir
    private Path directory;

    private Scene start(final Path regions, final String... more) throws IOException {
        final List<String> flags = new ArrayList<>(List.of(more));
        if (regions != null) {
            flags.add("-Dsluice.region.dir=" + regions);
        }
        return Scene.start(directory, flags, THREADS, "threads", Long.toString(RATE));
    }

    private Path regions() throws IOException {
        return Files.createTempDirectory(
            directory, "regions", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static List<Path> filesIn(final Path regions) throws IOException {
        try (Stream<Path> files = Files.list(regions)) {
            return files.toList();
        }
    }

    private static ChildProgram recordSome(final Scene scene) throws IOException, InterruptedException {
        scene.awaitTarget();
        scene.startFiring();
        final ChildProgram recorder = scene.startRecorder();
        scene.awaitFiredMoreThan(FIRED);
        return recorder;
    }

    private static void killBoth(final Scene scene, final ChildProgram recorder) throws InterruptedException {
        recorder.kill();
        scene.target().kill();
        recorder.awaitExit();
        scene.target().awaitExit();
    }

    private static TraceTally tally(final Path... traces) {
        final TraceTally tally = new TraceTally();
        for (final Path trace : traces) {
            tally.add(trace);
        }
        return tally;
    }

    @Test
    void shouldStoreWhatRingsHoldAndSayWhatWasDrainedBeforeWhenThereIsNoTrace() throws Exception {
        final Path regions = regions();
        try (Scene scene = start(regions)) {
            killBoth(scene, recordSome(scene));
            final Path output = directory.resolve("alone");
            final SalvageResult result = TraceSalvage.ofFile(filesIn(regions).get(0), null, output, "");
            final TraceTally tally = tally(output);
            assertThat(tally.storedTotal()).isEqualTo(result.events());
            final long all = result.drainedBefore() + tally.accountedTotal();
            final long fired = scene.fired().firedTotal();
            assertThat(all).isBetween(fired, fired + THREADS);
            assertThat(result.known()).isEqualTo(result.unconfirmed() == 0);
            assertThat(tally.causes().getOrDefault(LossCause.CONSUMER_GONE, 0L)).isEqualTo(result.unconfirmed());
            // The process is gone: its region says what it was.
            final TargetInfo info = TraceReader.open(output).targets().get(0).info();
            assertThat(info.commandLine()).contains(FiringProgram.class.getName());
            assertThat(info.javaVersion()).isEqualTo(System.getProperty("java.version"));
        }
    }

    @Test
    void shouldBeShortEnoughToBeCopiedWithoutHolesAndSalvagedElsewhere() throws Exception {
        final Path regions = regions();
        try (Scene scene = start(regions)) {
            killBoth(scene, recordSome(scene));
            final Path region = filesIn(regions).get(0);
            assertThat(Files.size(region)).isLessThan(GREATEST_FILE);
            final Path copy = directory.resolve("copy");
            final Process cp = new ProcessBuilder("cp", "--sparse=never", region.toString(), copy.toString())
                .inheritIO().start();
            try {
                assertThat(cp.waitFor(COPYING_S, TimeUnit.SECONDS)).isTrue();
                assertThat(cp.exitValue()).isZero();
            } finally {
                cp.destroyForcibly();
            }
            final Path output = directory.resolve("of-copy");
            final SalvageResult result = TraceSalvage.ofFile(copy, scene.trace(), output, "");
            Files.delete(copy);
            assertThat(result.known()).isTrue();
            scene.checkAccount(tally(output), 1);
        }
    }

    @Test
    void shouldCompleteTraceOfStoppedProcessWhoseRegionIsMemory() throws Exception {
        try (Scene scene = start(null)) {
            final ChildProgram recorder = recordSome(scene);
            assertThatThrownBy(() -> TraceSalvage.ofProcess(
                scene.target().pid(), scene.trace(), directory.resolve("early"), ""))
                .isInstanceOf(AttachException.class).hasMessageContaining("is being traced by process");
            recorder.kill();
            scene.target().signal("STOP");
            recorder.awaitExit();
            final Path output = directory.resolve("stopped");
            final SalvageResult result =
                TraceSalvage.ofProcess(scene.target().pid(), scene.trace(), output, "");
            assertThat(result.known()).isTrue();
            assertThat(result.warnings()).singleElement().asString().contains("is alive");
            final TraceTally tally = tally(output);
            scene.checkAccount(tally, 1);
        }
    }

    @OneJdk
    @Test
    void shouldSayWhatIsWrongWhenArgumentsDoNotFit() throws Exception {
        final Path regions = regions();
        try (Scene scene = start(regions); Scene other = start(null)) {
            killBoth(scene, recordSome(scene));
            killBoth(other, recordSome(other));
            final Path region = filesIn(regions).get(0);
            final Path output = directory.resolve("output");
            assertThatThrownBy(() -> TraceSalvage.ofFile(directory.resolve("none"), null, output, ""))
                .isInstanceOf(AttachException.class).hasMessageContaining("no such region");
            assertThatThrownBy(() -> TraceSalvage.ofFile(regions, null, output, ""))
                .isInstanceOf(AttachException.class).hasMessageContaining("not a regular file");
            final Path text = Files.writeString(directory.resolve("text"), "SLUICE".repeat(2000));
            assertThatThrownBy(() -> TraceSalvage.ofFile(text, null, output, ""))
                .isInstanceOf(AttachException.class).hasMessageContaining("is not a region of Sluice");
            assertThatThrownBy(() -> TraceSalvage.ofFile(region, other.trace(), output, ""))
                .isInstanceOf(TraceStoreException.class).hasMessageContaining("the trace is of another target");
            assertThatThrownBy(() -> TraceSalvage.ofFile(region, scene.trace(), scene.trace(), ""))
                .isInstanceOf(TraceStoreException.class).hasMessageContaining("directory is not empty");
            assertThat(Files.exists(output)).isFalse();
            TraceSalvage.ofFile(region, scene.trace(), output, "");
            assertThatThrownBy(() -> TraceSalvage.ofFile(region, output, directory.resolve("again"), ""))
                .isInstanceOf(TraceStoreException.class).hasMessageContaining("the trace is complete");
            put(region, RegionDescriptor.LAYOUT_VERSION_OFFSET, 99, Integer.BYTES);
            assertThatThrownBy(() -> TraceSalvage.ofFile(region, null, directory.resolve("newer"), ""))
                .isInstanceOf(AttachException.class).hasMessageContaining("the sluice command is older");
        }
    }

    private static long put(final Path file, final long offset, final long value, final int length)
        throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            channel.read(buffer.limit(length), offset);
            final long before = buffer.limit(Long.BYTES).getLong(0);
            buffer.putLong(0, value);
            channel.write(buffer.position(0).limit(length), offset);
            return before;
        }
    }

    @Test
    void shouldRefuseOrMakeReadableTraceWhenAnyWordIsHostile() throws Exception {
        final long seed = Profile.seed("hostile region");
        final Random random = Profile.random(seed, 0);
        final Path regions = regions();
        try (Scene scene = start(regions, "-Dsluice.chunk.length=4096")) {
            killBoth(scene, recordSome(scene));
            final Path region = filesIn(regions).get(0);
            for (int i = 0; i < Profile.times(MUTATIONS); i++) {
                final long offset = offset(random);
                final long value = random.nextBoolean() ? random.nextLong() : NASTY[random.nextInt(NASTY.length)];
                final long before = put(region, offset, value, Long.BYTES);
                final Path output = directory.resolve("hostile" + i);
                final boolean hasTrace = random.nextBoolean();
                try {
                    if (isAccepted(region, hasTrace ? scene.trace() : null, output)) {
                        TraceReport.of(TraceReader.open(output));
                    }
                } catch (final RuntimeException e) {
                    throw new AssertionError("seed " + seed + " mutation " + i + " offset " + offset + " value "
                        + value + " before " + before + " trace " + hasTrace, e);
                }
                deleteTree(output);
                put(region, offset, before, Long.BYTES);
            }
        }
    }

    private static boolean isAccepted(final Path region, final Path trace, final Path output) {
        try {
            TraceSalvage.ofFile(region, trace, output, "");
            return true;
        } catch (final AttachException | TraceStoreException e) {
            assertThat(e.getMessage()).isNotBlank();
            return false;
        }
    }

    /** Somewhere in the header, the published words, or the slots that are in use. */
    private static long offset(final Random random) {
        final long slot = RegionDescriptor.slotsOffset(1024) + random.nextInt(THREADS) * (long) SlotDescriptor.LENGTH;
        return -Long.BYTES & switch (random.nextInt(7)) {
            case 0 -> random.nextInt(RegionDescriptor.MEMORY_LIMIT_OFFSET + Long.BYTES);
            case 1 -> RegionDescriptor.SCHEMA_LENGTH_OFFSET + random.nextInt(512);
            case 2 -> RegionDescriptor.RECEIVED_COPY_OFFSET + random.nextInt(THREADS * Long.BYTES);
            case 3 -> slot + random.nextInt(SlotDescriptor.DRAIN_LOCK_OFFSET);
            case 4 -> slot + SlotDescriptor.JOURNAL_OFFSET + random.nextInt(4096);
            case 5 -> slot + SlotDescriptor.CHUNKS_OFFSET + random.nextInt(4 * 64);
            default -> RegionDescriptor.ringsOffset(1024) + random.nextInt(THREADS) * (32L << 20)
                + random.nextInt(4 * 4096);
        };
    }

    private static void deleteTree(final Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (Stream<Path> files = Files.walk(tree)) {
                for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void shouldSurviveAndSaySoWhenRegionIsTruncatedWhileItIsRecorded() throws Exception {
        final Path regions = regions();
        // The target does not survive it: its mapping is gone.
        try (Scene scene = start(regions, "-XX:ErrorFile=/dev/null", "-XX:-CreateCoredumpOnCrash")) {
            final ChildProgram recorder = recordSome(scene);
            scene.hold();
            try (FileChannel channel =
                FileChannel.open(filesIn(regions).get(0), StandardOpenOption.WRITE)) {
                channel.truncate(RegionDescriptor.HEADER_LENGTH);
            }
            scene.target().kill();
            assertThat(recorder.awaitExit()).as("%s", recorder).isEqualTo(3);
            assertThat(recorder.toString()).contains("has truncated the region's file");
            final TraceTally tally = tally(scene.trace());
            assertThat(tally.isEndKnown()).isFalse();
            assertThat(tally.storedTotal()).isLessThanOrEqualTo(scene.fired().firedTotal());
            final SalvageResult result = TraceSalvage.ofFile(
                filesIn(regions).get(0), scene.trace(), directory.resolve("cut"), "");
            assertThat(result.known()).isFalse();
            assertThat(result.warnings()).singleElement().asString().contains("was truncated");
            assertThat(tally(directory.resolve("cut")).storedTotal()).isEqualTo(tally.storedTotal());
        }
    }

    @Test
    void shouldRecordAllAndRemoveFileWhenApplicationEndsInOrder() throws Exception {
        final Path regions = regions();
        try (Scene scene = start(regions)) {
            final ChildProgram recorder = recordSome(scene);
            assertThat(filesIn(regions)).hasSize(1);
            scene.hold();
            scene.fired().command(FiredFile.QUIT);
            assertThat(scene.target().awaitExit()).isZero();
            recorder.awaitExit();
            final TraceTally tally = scene.tally();
            assertThat(tally.isEndKnown()).isTrue();
            scene.checkAccount(tally, 0);
            assertThat(filesIn(regions)).as("%s", scene).isEmpty();
        }
    }
}
