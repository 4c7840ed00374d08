// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pull mode: what shared mode promises, and no mapping of the region, so that it may be a file. */
@KernelTest
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class PullAccountTest extends SharedAccountTest {
    private static final int FILE_THREADS = 2;
    private static final long STOP_MS = 300;

    @TempDir
    private Path files;

    @Override
    String strategy() {
        return "pull";
    }

    @Test
    void shouldMapTheControlFileAloneWhenTheRegionIsAFile() throws Exception {
        final Path regions = Files.createTempDirectory(files, "regions",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (Scene scene =
            Scene.start(files, List.of("-Dsluice.region.dir=" + regions), FILE_THREADS, "threads", "0")) {
            scene.awaitTarget();
            scene.startFiring();
            final ChildProgram recorder = scene.startRecorder("--mode", "pull", "--policy", "overwrite");
            scene.awaitEnabledBy(recorder);
            final List<String> maps = Files.readAllLines(Path.of("/proc/" + recorder.pid() + "/maps"));
            assertThat(maps).anyMatch(line -> line.contains("/memfd:sluice-control"))
                .noneMatch(line -> line.contains(regions.toString()));
            recorder.signal("STOP");
            TimeUnit.MILLISECONDS.sleep(STOP_MS);
            recorder.signal("CONT");
            scene.awaitFiredMoreThan(scene.fired().firedTotal());
            scene.hold();
            recorder.signal("TERM");
            recorder.awaitExit();
            final TraceTally tally = scene.tally();
            assertThat(tally.isEndKnown()).as("end known: %s %s", tally, recorder).isTrue();
            assertThat(tally.causes()).as("losses").isEmpty();
            scene.checkAccount(tally, 0);
        }
    }
}
