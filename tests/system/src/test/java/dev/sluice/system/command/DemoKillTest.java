// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A demo that is killed leaves no process behind, least of all one that is stopped for ever. */
@OneJdk
@Tag("kernel")
@Timeout(900)
class DemoKillTest {
    private static final String TRAP_SHARE = "1/977";
    private static final long LIMIT_S = 180;

    @TempDir
    private Path directory;

    /** The child that is to be traced by traps. */
    private static Optional<ProcessHandle> waitingForTraps(final long pid) {
        return ProcessHandle.of(pid).stream().flatMap(ProcessHandle::children)
            .filter(child -> isWaitingForTraps(child.pid())).findFirst();
    }

    private static boolean isWaitingForTraps(final long pid) {
        try {
            final String words = Files.readString(Path.of("/proc/" + pid + "/cmdline"));
            return words.contains(TRAP_SHARE) && words.contains("--wait");
        } catch (final IOException e) {
            // It has ended.
            return false;
        }
    }

    /** The kernel's letter for what a process does; empty if there is none. */
    private static String state(final long pid) {
        try {
            final String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).substring(0, 1);
        } catch (final IOException e) {
            return "";
        }
    }

    private static void pause() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(1);
    }

    @Test
    void shouldLeaveNoProcessBehindWhenItIsKilledWhileTrapsAreAttached() throws Exception {
        final long begin = System.nanoTime();
        final long pid;
        final ProcessHandle sample;
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.add("-Dsluice.root=" + ChildProgram.root());
        try (ChildProgram demo = ChildProgram.startJava(directory, flags,
            System.getProperty("java.class.path"), List.of("dev.sluice.cli.Main", "demo", "--share", "1/1009",
                "--trap-share", TRAP_SHARE, "-o", directory.resolve("demo").toString()))) {
            pid = demo.pid();
            Optional<ProcessHandle> found = waitingForTraps(pid);
            while (found.isEmpty()) {
                assertThat(System.nanoTime() - begin).as("no such child").isLessThan(TimeUnit.SECONDS.toNanos(LIMIT_S));
                assertThat(ProcessHandle.of(pid)).as(demo.errors()).isPresent();
                pause();
                found = waitingForTraps(pid);
            }
            sample = found.get();
            // Its probes can be found, and are being attached: where it was stopped it was stopped by now.
            final Path trace = directory.resolve("demo").resolve("trap");
            while (!Files.exists(trace) && sample.isAlive()) {
                assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(LIMIT_S));
                pause();
            }
        }
        try {
            assertThat(state(sample.pid())).isNotEqualTo("T");
            sample.onExit().get(LIMIT_S, TimeUnit.SECONDS);
        } finally {
            sample.destroyForcibly();
        }
    }
}
