// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the life of a session rests on: a lock on a sealed memfd that another process takes through /proc/PID/fd, by a
 * C program with the C library's own structure, and what becomes of it.
 */
@Timeout(300)
class OpenFileLockTest {
    private static final long BYTE = (1L << 40) + 7;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);
    @TempDir
    private static Path directory;
    private static Path taker;

    private final NativeCalls calls = NativeCalls.get();
    private int fd;
    private OpenFileLock lock;
    private Process other;
    /** A child of the taker's that outlives it. */
    private ProcessHandle child;

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        taker = directory.resolve("lock_taker");
        final Process gcc = new ProcessBuilder("gcc", "-Wall", "-Wextra", "-Werror", "-o", taker.toString(),
            "src/test/c/lock_taker.c").inheritIO().start();
        assertThat(gcc.waitFor()).isZero();
    }

    @BeforeEach
    void open() {
        fd = calls.memfdCreate("lock-test", NativeCalls.MFD_CLOEXEC | NativeCalls.MFD_ALLOW_SEALING);
        calls.ftruncate(fd, 4096);
        calls.addSeals(fd, NativeCalls.F_SEAL_SHRINK | NativeCalls.F_SEAL_GROW | NativeCalls.F_SEAL_SEAL);
        lock = new OpenFileLock(fd);
    }

    @AfterEach
    void close() {
        if (other != null) {
            other.descendants().forEach(ProcessHandle::destroyForcibly);
            other.destroyForcibly().onExit().join();
        }
        if (child != null) {
            // It has this JVM's error stream, and whoever reads that waits for the last process that has it.
            child.destroyForcibly();
        }
        calls.close(fd);
    }

    private void startTaker(final String then, final String... wrapper) throws IOException {
        final List<String> command = new ArrayList<>(List.of(wrapper));
        command.addAll(List.of(taker.toString(), "/proc/" + ProcessHandle.current().pid() + "/fd/" + fd,
            Long.toString(BYTE), then));
        other = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertThat(out().readLine()).isEqualTo("taken");
    }

    private BufferedReader out() {
        return other.inputReader(StandardCharsets.UTF_8);
    }

    private void awaitFree() {
        final long begin = System.nanoTime();
        while (lock.isTakenElsewhere(BYTE)) {
            assertThat(System.nanoTime() - begin).as("waited").isLessThan(TIMEOUT_NS);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void signal(final String name, final long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor()).isZero();
    }

    @Test
    void shouldBeTakenWhileItsProcessIsStoppedAndFreeWhenThatIsKilled() throws IOException, InterruptedException {
        assertThat(lock.isTakenElsewhere(BYTE)).isFalse();
        startTaker("wait");
        assertThat(lock.isTakenElsewhere(BYTE)).isTrue();
        assertThat(lock.isTakenElsewhere(BYTE + 1)).isFalse();
        assertThat(lock.tryTake(BYTE)).isFalse();
        signal("STOP", other.pid());
        assertThat(lock.isTakenElsewhere(BYTE)).isTrue();
        signal("KILL", other.pid());
        awaitFree();
    }

    @Test
    void shouldBeSeenFromAnotherPidNamespace() throws IOException, InterruptedException {
        assumeThat(calls.geteuid()).as("namespaces need root").isZero();
        startTaker("wait", "unshare", "--pid", "--fork", "--kill-child");
        assertThat(lock.isTakenElsewhere(BYTE)).isTrue();
        signal("KILL", other.children().findFirst().orElseThrow().pid());
        awaitFree();
    }

    @Test
    void shouldBeFreeWhenItsProcessExecutesAnotherProgram() throws IOException {
        startTaker("exec");
        assertThat(lock.isTakenElsewhere(BYTE)).isTrue();
        other.getOutputStream().write('\n');
        other.getOutputStream().flush();
        assertThat(out().readLine()).isEqualTo("executed");
        awaitFree();
        assertThat(other.isAlive()).isTrue();
    }

    @Test
    void shouldEndWithItsProcessWhenAChildOfThatLivesOn() throws IOException, InterruptedException {
        startTaker("fork");
        child = other.children().findFirst().orElseThrow();
        assertThat(lock.isTakenElsewhere(BYTE)).isTrue();
        signal("KILL", other.pid());
        awaitFree();
        assertThat(child.isAlive()).isTrue();
    }

    @Test
    void shouldBelongToTheOpenFileWhenOneProcessHasTwo() {
        final int second = calls.open("/proc/self/fd/" + fd, NativeCalls.O_RDWR | NativeCalls.O_CLOEXEC, 0);
        final OpenFileLock others = new OpenFileLock(second);
        assertThat(others.tryTake(BYTE)).isTrue();
        assertThat(lock.isTakenElsewhere(BYTE)).isTrue();
        assertThat(others.isTakenElsewhere(BYTE)).isFalse();
        others.release(BYTE);
        assertThat(lock.isTakenElsewhere(BYTE)).isFalse();
        assertThat(others.tryTake(BYTE)).isTrue();
        calls.close(second);
        assertThat(lock.isTakenElsewhere(BYTE)).isFalse();
    }
}
