// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.flight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Issue 15: a flight recorder whose disk is small: what a snapshot wants never ends the recording. */
@OneJdk
@KernelTest
@Timeout(400)
class FlightDiskTest {
    private static final String NO_ROOM =
        "bytes,? (left|of which).* the recording that goes on there may need \\d+.* another file system .*-o DIR\\)";

    @TempDir
    private Path directory;
    private Path disk;
    private Path trace;

    @BeforeEach
    void makeDirectory() throws IOException {
        disk = Files.createDirectory(directory.resolve("small"));
        trace = disk.resolve("trace");
    }

    @AfterEach
    void unmount() throws Exception {
        new ProcessBuilder("umount", "-l", disk.toString()).start().waitFor();
    }

    private void mount(final String size) throws Exception {
        assertThat(new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=" + size, "none", disk.toString())
            .inheritIO().start().waitFor()).isZero();
    }

    private ChildProgram hello() throws Exception {
        final ChildProgram hello = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            Scene.targetClassPath(), List.of("dev.sluice.samples.Main", "hello", "--rate", "100000"));
        hello.awaitFirstLine();
        return hello;
    }

    /** Records with as much as the recorder keeps, and whatever of the disk it can have. */
    private ChildProgram record(final ChildProgram program) throws Exception {
        final ChildProgram recorder = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), List.of("dev.sluice.cli.Main", "record", "-p",
                Long.toString(program.pid()), "--mode", "shared", "--flight", "16M", "--keep-free", "0", "--on",
                "signal", "-o", trace.toString()));
        awaitSegments(recorder, 18);
        return recorder;
    }

    /** Waits until the recording has come to a segment. */
    private void awaitSegments(final ChildProgram recorder, final int number) throws InterruptedException {
        ChildProgram.await("segment " + number, () -> {
            assertThat(recorder.isAlive()).as(recorder.toString()).isTrue();
            return newest() >= number;
        });
    }

    private int newest() {
        final String[] names = trace.toFile().list((folder, name) -> name.matches("\\d{4}"));
        return names == null ? -1 : List.of(names).stream().mapToInt(Integer::parseInt).max().orElse(-1);
    }

    private static void awaitSaid(final ChildProgram recorder, final String what) throws InterruptedException {
        ChildProgram.await("it says " + what, () -> {
            try {
                assertThat(recorder.isAlive()).as(recorder.toString()).isTrue();
                return recorder.errors().contains(what);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** The recorder gave up as soon as a snapshot had what it needed for its end, and that had failed as well. */
    @Test
    void shouldRefuseTheSnapshotAndRecordOnWhenTheDiskHasRoomForTheRecordingOnly() throws Exception {
        mount("40m");
        try (ChildProgram hello = hello(); ChildProgram recorder = record(hello)) {
            for (int i = 0; i < 3; i++) {
                final MainTest.Result refused =
                    MainTest.runMain("snapshot", trace.toString(), "-o", disk.resolve("asked").toString());
                assertThat(isTaken(refused, disk.resolve("asked"))).as(refused.text()).isFalse();
                awaitSegments(recorder, newest() + 4);
            }
            recorder.signal("USR1");
            awaitSaid(recorder, "snapshot 1 (signal) failed: ");
            assertThat(recorder.errors()).containsPattern("snapshot 1 \\(signal\\) failed: .*" + NO_ROOM);
            awaitSegments(recorder, newest() + 20);
            final Path elsewhere = directory.resolve("elsewhere");
            assertThat(isTaken(MainTest.runMain("snapshot", trace.toString(), "-o", elsewhere.toString()), elsewhere))
                .isTrue();
            // Somebody wanted a snapshot that there is not: that is what the status says.
            end(recorder, ExitStatus.INCOMPLETE);
        }
    }

    @Test
    void shouldTakeSnapshotsAsLongAsThereIsRoomAndRecordOn() throws Exception {
        mount("100m");
        try (ChildProgram hello = hello(); ChildProgram recorder = record(hello)) {
            int taken = 0;
            for (boolean isTaken = true; isTaken; awaitSegments(recorder, newest() + 2)) {
                final Path snapshot = disk.resolve("asked" + taken);
                isTaken = isTaken(MainTest.runMain("snapshot", trace.toString(), "-o", snapshot.toString()), snapshot);
                taken += isTaken ? 1 : 0;
            }
            assertThat(taken).isGreaterThanOrEqualTo(2);
            awaitSegments(recorder, newest() + 20);
            end(recorder, ExitStatus.OK);
        }
    }

    /**
     * Whether there is a snapshot; else it has to be refused for want of room. On a machine that has no processor for
     * the program, which then does not answer in time, or for the recorder, whose rings are full then, it is taken and
     * has to say so.
     */
    private static boolean isTaken(final MainTest.Result result, final Path snapshot) {
        if (result.status() == ExitStatus.FAILED) {
            assertThat(result.text()).hasLineCount(1).containsPattern(NO_ROOM);
            assertThat(snapshot).doesNotExist();
            return false;
        }
        final var account = TraceReport.of(TraceReader.open(snapshot)).account();
        assertThat(account.isConsistent()).as(result.text()).isTrue();
        if (result.status() == ExitStatus.OK) {
            assertThat(account.isWhole()).as(result.text()).isTrue();
        } else {
            assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.INCOMPLETE);
            assertThat(result.text()).containsPattern(" lost|did not answer in time|older segments are gone");
        }
        return true;
    }

    private void end(final ChildProgram recorder, final int status) throws Exception {
        recorder.terminate();
        final int ended = recorder.awaitExit();
        assertThat(recorder.errors()).doesNotContain("the recording has ended");
        final var account = TraceReport.of(TraceReader.open(trace)).account();
        assertThat(account.isConsistent()).isTrue();
        // A machine that has no processor for the recorder fills the rings.
        assertThat(ended).as(recorder.toString()).isEqualTo(account.isWhole() ? status : ExitStatus.INCOMPLETE);
    }
}
