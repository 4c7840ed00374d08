// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.os.NativeCalls;
import dev.sluice.target.memory.RingMemory;
import dev.sluice.target.memory.TargetMemory;
import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever keeps tracing from starting, or a thread from getting a ring, leaves the application running: its exit
 * status
 * is 0, it gets one warning, and what it fired and could not be stored is counted.
 */
@Timeout(400)
class StartFaultTest {
    private static final int THREADS = 12;
    private static final int EVENTS = 10;
    private static final Pattern OUTCOME = Pattern.compile("on fired (\\d+) refused (\\d+) rings (\\d+)");

    @TempDir
    private Path directory;
    @TempDir
    private Path printed;

    /** What a child printed. */
    private record Outcome(String output, String errors) {
        /** Says that tracing was off, and gives the reason. */
        String reasonWhenOff() {
            assertThat(output).as(errors).isEqualTo("off fired 0\n");
            return onlyWarning();
        }

        /** The one warning. */
        String onlyWarning() {
            final List<String> warnings = errors.lines().filter(line -> line.startsWith("[sluice]")).toList();
            assertThat(warnings).as(errors).hasSize(1);
            return warnings.get(0);
        }

        long[] counts() {
            final Matcher matcher = OUTCOME.matcher(output);
            assertThat(matcher.find()).as(output + errors).isTrue();
            return new long[] {
                Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)), Long.parseLong(matcher.group(3))};
        }
    }

    private Outcome run(final List<String> prefix, final List<String> flags, final String... more) throws Exception {
        final List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("surefire.test.class.path",
            System.getProperty("java.class.path")), StartChild.class.getName(), Integer.toString(THREADS),
            Integer.toString(EVENTS)));
        command.addAll(List.of(more));
        try (ChildProgram child = ChildProgram.start(printed, command)) {
            assertThat(child.awaitExit()).as(child.errors()).isZero();
            return new Outcome(child.output(), child.errors());
        }
    }

    private Outcome run(final List<String> prefix, final String... properties) throws Exception {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of(properties));
        return run(prefix, flags);
    }

    /** A private directory in which a small file system is mounted, in a mount namespace of the child's own. */
    private List<String> mounted(final String options) {
        assumeTrue(NativeCalls.get().geteuid() == 0, "mounting needs root");
        return List.of("unshare", "-m", "sh", "-c",
            "mount -t tmpfs -o mode=700," + options + " none \"$0\" && \"$@\"; s=$?; ls \"$0\" | sed 's/^/left: /' >&2;"
                + " exit $s", directory.toString());
    }

    private String regionDirectory() {
        return "-Dsluice.region.dir=" + directory;
    }

    private long regionFiles() throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count();
        }
    }

    @Test
    void shouldTurnTracingOffWhenRegionDirectoryDoesNotExist() throws Exception {
        final Outcome outcome = run(List.of(), "-Dsluice.region.dir=" + directory.resolve("missing"));
        assertThat(outcome.reasonWhenOff()).contains("tracing is off").contains("missing")
            .contains("set sluice.region.dir to a directory that exists");
    }

    @Test
    void shouldTurnTracingOffWhenOthersMayWriteToRegionDirectory() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(run(List.of(), regionDirectory()).reasonWhenOff()).contains("others may write to it (mode 777)");
        assertThat(regionFiles()).isZero();
    }

    @Test
    void shouldTurnTracingOffAndLeaveNoFileWhenRegionDirectoryIsFull() throws Exception {
        final Outcome outcome = run(mounted("size=512k"), regionDirectory());
        assertThat(outcome.reasonWhenOff()).contains("fallocate").contains("No space left");
        assertThat(outcome.errors()).doesNotContain("left: ");
    }

    @Test
    void shouldRefuseAndCountEventsOfThreadsForWhoseRingsThereIsNoSpace() throws Exception {
        final Outcome outcome = run(mounted("size=1300k"), regionDirectory());
        assertThat(outcome.onlyWarning()).contains("no memory for a ring").contains("No space left");
        final long[] counts = outcome.counts();
        assertThat(counts[0]).isEqualTo(THREADS * EVENTS);
        assertThat(counts[2]).isBetween(1L, THREADS - 1L);
        assertThat(counts[1]).isEqualTo((THREADS - counts[2]) * EVENTS);
        // What was fired was not received by anybody, so the file is evidence.
        assertThat(outcome.errors()).contains("left: region-");
    }

    @Test
    void shouldRefuseAndCountEventsWhenMemoryLimitIsUsedUp() throws Exception {
        // A slot's first pages, and one of its ring.
        final int ring = TargetMemory.SLOT_BYTES + RingMemory.PAGE;
        final Outcome outcome = run(List.of(), "-Dsluice.region.memory=" + 4 * ring);
        assertThat(outcome.onlyWarning()).contains("sluice.region.memory=" + 4 * ring).contains("raise that limit");
        final long[] counts = outcome.counts();
        assertThat(counts[0]).isEqualTo(THREADS * EVENTS);
        assertThat(counts[2]).isEqualTo(4);
        assertThat(counts[1]).isEqualTo((THREADS - 4) * EVENTS);
    }

    @Test
    void shouldRefuseAllEventsWhenMemoryLimitIsSmallerThanOneRing() throws Exception {
        final long[] counts = run(List.of(), "-Dsluice.region.memory=4k").counts();
        assertThat(counts).containsExactly(THREADS * EVENTS, THREADS * EVENTS, 0);
    }

    @Test
    void shouldTurnTracingOffWhenAddressSpaceIsUsedUp() throws Exception {
        final Outcome outcome = run(List.of("sh", "-c", "ulimit -v 1500000 && exec \"$@\"", "sh"),
            "-XX:CompressedClassSpaceSize=16m", "-XX:ReservedCodeCacheSize=16m", "-Xss512k");
        assertThat(outcome.reasonWhenOff()).contains("tracing is off").containsIgnoringCase("map failed");
    }

    @Test
    void shouldTurnTracingOffWhenFilesMayNotGrow() throws Exception {
        final Outcome outcome = run(List.of("sh", "-c", "ulimit -f 4000 && exec \"$@\"", "sh"), "-XX:-UsePerfData");
        assertThat(outcome.reasonWhenOff()).contains("ftruncate").contains("File too large");
    }

    @Test
    void shouldTraceOnWhenStubDirectoryForbidsCode() throws Exception {
        final Outcome outcome = run(mounted("noexec"), "-Dsluice.usdt.dir=" + directory);
        assertThat(outcome.counts()).containsExactly(THREADS * EVENTS, 0, THREADS);
        assertThat(outcome.errors().lines().filter(line -> line.startsWith("[sluice]")).count())
            .as(outcome.errors()).isLessThanOrEqualTo(1);
    }

    @Test
    void shouldTurnTracingOffAndNameTheFlagWhenUnsafeIsDenied() throws Exception {
        assumeTrue(Runtime.version().feature() >= 24, "the option came with 24");
        final Outcome outcome = run(List.of(), List.of("--sun-misc-unsafe-memory-access=deny",
            "--enable-native-access=ALL-UNNAMED"));
        assertThat(outcome.reasonWhenOff()).contains("--add-exports java.base/jdk.internal.misc=ALL-UNNAMED");
    }

    @Test
    void shouldRemoveRegionFileAtTheEndWhenEverythingWasReceived() throws Exception {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.add(regionDirectory());
        final Outcome outcome = run(List.of(), flags, "drained");
        assertThat(outcome.counts()).containsExactly(THREADS * EVENTS, 0, THREADS);
        assertThat(outcome.errors()).isEmpty();
        assertThat(regionFiles()).isZero();
    }

    /** A file of all rings is 35 GB long. This program uses few of them, but may not map them all. */
    @Test
    void shouldTraceIntoALongFileWhenAddressSpaceIsLimited() throws Exception {
        final Outcome outcome = run(List.of("sh", "-c", "ulimit -v 12000000 && exec \"$@\"", "sh"), regionDirectory());
        assertThat(outcome.counts()).containsExactly(THREADS * EVENTS, 0, THREADS);
        assertThat(regionLength()).isGreaterThan(32L << 30);
    }

    @Test
    void shouldMakeTheFileNoLongerThanItsRingsWhenAddressSpaceIsNotLimited() throws Exception {
        assertThat(run(List.of(), regionDirectory()).counts()).containsExactly(THREADS * EVENTS, 0, THREADS);
        assertThat(regionLength()).isBetween(1L << 30, (1L << 30) + ((THREADS + 2L) << 25));
    }

    private long regionLength() throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("region-")).findAny().orElseThrow()
                .toFile().length();
        }
    }

    @Test
    void shouldKeepRegionFileAtTheEndWhenEventsAreLeft() throws Exception {
        assertThat(run(List.of(), regionDirectory()).counts()).containsExactly(THREADS * EVENTS, 0, THREADS);
        assertThat(regionFiles()).isEqualTo(1);
        try (Stream<Path> files = Files.list(directory)) {
            final Path file = files.findFirst().orElseThrow();
            assertThat(file.getFileName().toString()).matches("region-\\d+-\\d+-0");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
            assertThat((long) (Integer) Files.getAttribute(file, "unix:nlink")).isOne();
        }
    }
}
