// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.os.NativeCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class StubLoaderTest {
    private static final List<StubProbe> TWO = List.of(
        new StubProbe("first", List.of(ArgumentType.INT32)), new StubProbe("second", List.of()));

    @TempDir
    private Path directory;

    @AfterEach
    void clearProperties() {
        System.clearProperty(StubFiles.DIRECTORY_PROPERTY);
        System.clearProperty(StubBacking.PROPERTY);
        System.clearProperty(ProbeSite.PROPERTY);
    }

    @Test
    void shouldKeepAPrivateFileWhenBackedByOne() throws IOException {
        final Path own = useDirectory("own");
        final LoadedStubs stubs = StubLoader.load("alpha", TWO);
        assertThat(stubs.backing()).as(stubs.toString()).isEqualTo(StubBacking.FILE);
        assertThat(stubs.reason()).isEmpty();
        final Path file = Path.of(stubs.path());
        assertThat(file).hasParent(own);
        assertThat(file.getFileName().toString()).startsWith("alpha-" + ProcessHandle.current().pid() + "-");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own))).isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rwx------");
        assertUsable(stubs);
    }

    @Test
    void shouldLeaveNothingOnDiskWhenBackedByMemfd() throws IOException {
        final Path own = useDirectory("own");
        System.setProperty(StubBacking.PROPERTY, "memfd");
        final LoadedStubs first = StubLoader.load("beta", TWO);
        final LoadedStubs second = StubLoader.load("beta", TWO);
        assertThat(first.backing()).as(first.toString()).isEqualTo(StubBacking.MEMFD);
        assertThat(Files.readSymbolicLink(Path.of(first.path())).toString()).startsWith("/memfd:sluice-beta");
        assertThat(own).doesNotExist();
        assertThat(first.stub(0)).isNotEqualTo(second.stub(0));
        assertUsable(first);
        assertUsable(second);
    }

    @Test
    void shouldFallBackToMemfdWhenTheDirectoryIsUnsafe() throws IOException {
        final Path own = useDirectory("own");
        Files.createDirectory(own, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxrwxrwx"));
        final LoadedStubs stubs = StubLoader.load("gamma", TWO);
        assertThat(stubs.backing()).isEqualTo(StubBacking.MEMFD);
        assertThat(stubs.reason()).contains("others may write to it (mode 777)").contains(own.toString());
        assertUsable(stubs);
    }

    @Test
    void shouldRefuseTheDirectoryWhenItIsALink() throws IOException {
        final Path own = useDirectory("own");
        Files.createSymbolicLink(own, Files.createDirectory(directory.resolve("real")));
        assertThat(StubLoader.load("gamma", TWO).reason()).contains("it is not a directory");
    }

    @Test
    void shouldGiveWordsAndAReasonWhenStubsAreForbidden() {
        System.setProperty(StubBacking.PROPERTY, "none");
        assertNoStubs(StubLoader.load("delta", TWO), "sluice.usdt.backing=none");
        System.setProperty(StubBacking.PROPERTY, "tape");
        assertNoStubs(StubLoader.load("delta", TWO), "sluice.usdt.backing=tape is none of file, memfd, none");
        System.clearProperty(StubBacking.PROPERTY);
        System.setProperty(ProbeSite.PROPERTY, "nop7");
        assertNoStubs(StubLoader.load("delta", TWO), "sluice.usdt.site=nop7");
    }

    @Test
    void shouldRefuseADeclarationWhenItIsWrong() {
        assertThatThrownBy(() -> StubLoader.load("a b", TWO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StubLoader.load("a", List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StubLoader.load("a", List.of(TWO.get(0), TWO.get(0))))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("twice");
        assertThatThrownBy(() -> new StubProbe("a:b", List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldChooseTheSiteByTheKernel() {
        assertThat(ProbeSite.forKernel("5.10.0-21-amd64")).isEqualTo(ProbeSite.NOP1);
        assertThat(ProbeSite.forKernel("6.15.9")).isEqualTo(ProbeSite.NOP1);
        assertThat(ProbeSite.forKernel("6.16")).isEqualTo(ProbeSite.NOP5);
        assertThat(ProbeSite.forKernel("7.1.3-cloud")).isEqualTo(ProbeSite.NOP5);
        assertThat(ProbeSite.forKernel("7.2-rc1")).isEqualTo(ProbeSite.NOP10);
        assertThat(ProbeSite.forKernel("10.0.1")).isEqualTo(ProbeSite.NOP10);
        assertThat(ProbeSite.forKernel("unknown")).isEqualTo(ProbeSite.NOP1);
    }

    @Test
    void shouldRemoveOnlyADeadProcesssFilesWhenSwept() throws Exception {
        final Path own = useDirectory("own");
        final List<String> properties = List.of("-D" + StubFiles.DIRECTORY_PROPERTY + "=" + own);
        final Process killed = Commands.java(StubChild.class, properties).start();
        final Process alive = Commands.java(StubChild.class, properties).start();
        try {
            final Path deadFile = Path.of(StubChild.readPath(killed));
            final Path liveFile = Path.of(StubChild.readPath(alive));
            assertThat(deadFile).exists();
            assertThat(killed.destroyForcibly().waitFor(180, TimeUnit.SECONDS)).isTrue();
            assertThat(deadFile).as("a killed process cleans nothing up").exists();
            final Path foreign = Files.writeString(own.resolve("notes.so"), "somebody's own file");

            final LoadedStubs stubs = StubLoader.load("sweeper", TWO);
            assertThat(deadFile).doesNotExist();
            assertThat(liveFile).exists();
            assertThat(foreign).exists();
            assertThat(Path.of(stubs.path())).exists();

            StubChild.tellToExit(alive);
            assertThat(alive.waitFor(180, TimeUnit.SECONDS)).isTrue();
            assertThat(alive.exitValue()).isZero();
            assertThat(liveFile).as("an orderly exit removes the file").doesNotExist();
        } finally {
            killed.destroyForcibly();
            alive.destroyForcibly();
        }
    }

    @Test
    @Tag("kernel")
    void shouldLeaveTheFileOfALiveProcessWhenItIsInAnotherPidNamespace() throws Exception {
        assumeTrue(NativeCalls.get().geteuid() == 0, "namespaces need root");
        final Path own = directory.resolve("own");
        final List<String> properties = List.of("-D" + StubFiles.DIRECTORY_PROPERTY + "=" + own);
        final List<String> command = new ArrayList<>(
            List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"));
        command.addAll(Commands.java(StubChild.class, properties).command());
        final Process alive = new ProcessBuilder(command).start();
        try {
            final Path file = Path.of(StubChild.readPath(alive));
            assertThat(file.getFileName().toString()).as("its pid is nobody's here, or init's").startsWith("child-1-");
            System.setProperty(StubFiles.DIRECTORY_PROPERTY, own.toString());
            assertThat(StubLoader.load("sweeper", TWO).backing()).isEqualTo(StubBacking.FILE);
            assertThat(new StubFiles(NativeCalls.get(), own).sweep()).isZero();
            assertThat(file).exists();
        } finally {
            alive.destroyForcibly().onExit().join();
        }
    }

    /** Issue 10, 5: names in a directory of somebody else's were opened, and a pipe among them was waited for. */
    @Test
    void shouldTouchNothingWhenOthersMayWriteToTheDirectory() throws IOException {
        final Path own = Files.createDirectory(useDirectory("own"));
        final Path file = Files.writeString(own.resolve("dead-1-2-3.so"), "nobody holds it");
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(new StubFiles(NativeCalls.get(), own).sweep()).isZero();
        assertThat(file).exists();
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
        assertThat(new StubFiles(NativeCalls.get(), own).sweep()).isOne();
        assertThat(file).doesNotExist();
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldWaitForNoPipeAndFollowNoLinkWhenNamesAreSwapped() throws Exception {
        final Path own = Files.createDirectory(useDirectory("own"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        final Path precious = Files.writeString(directory.resolve("precious"), "somebody's");
        final Path pipe = own.resolve("pipe-1-2-3.so");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        Files.createSymbolicLink(own.resolve("link-1-2-3.so"), precious);
        final StubFiles files = new StubFiles(NativeCalls.get(), own);
        assertThat(files.sweep()).isZero();
        final AtomicBoolean isOver = new AtomicBoolean();
        final Path swapped = own.resolve("swapped-1-2-3.so");
        final Thread swapper = new Thread(() -> {
            try {
                while (!isOver.get()) {
                    final Path file = Files.writeString(own.resolve("other"), "regular");
                    Files.move(file, swapped, StandardCopyOption.ATOMIC_MOVE);
                    Files.move(pipe, swapped, StandardCopyOption.ATOMIC_MOVE);
                    Files.move(swapped, pipe, StandardCopyOption.ATOMIC_MOVE);
                }
            } catch (final IOException e) {
                // The sweep has taken a name away: that is what it is for.
                return;
            }
        });
        swapper.start();
        for (int i = 0; i < 300 && swapper.isAlive(); i++) {
            files.sweep();
        }
        isOver.set(true);
        swapper.join(TimeUnit.SECONDS.toMillis(30));
        assertThat(precious).exists();
    }

    @Test
    void shouldSweepADeadProcesssFileWhenAProgramThatItStartedStillRuns() throws Exception {
        final Path own = useDirectory("own");
        final Process killed = Commands.java(StubChild.class,
            List.of("-D" + StubFiles.DIRECTORY_PROPERTY + "=" + own), "sleep", "600").start();
        final Path file = Path.of(StubChild.readPath(killed));
        final List<ProcessHandle> started = killed.descendants().toList();
        try {
            assertThat(started).hasSize(1);
            assertThat(killed.destroyForcibly().waitFor(180, TimeUnit.SECONDS)).isTrue();
            assertThat(started.get(0).isAlive()).isTrue();
            assertThat(file).exists();
            assertThat(new StubFiles(NativeCalls.get(), own).sweep()).isPositive();
            assertThat(file).doesNotExist();
        } finally {
            killed.destroyForcibly();
            started.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    @Tag("kernel")
    void shouldFallBackToMemfdWhenTheFileSystemForbidsCode() throws Exception {
        assumeTrue(NativeCalls.get().geteuid() == 0, "mounting needs root");
        final List<String> command = new ArrayList<>(List.of("unshare", "-m", "sh", "-c",
            "mount -t tmpfs -o noexec,mode=700 none \"$0\" && exec \"$@\"", directory.toString()));
        command.addAll(Commands.java(StubChild.class,
            List.of("-D" + StubFiles.DIRECTORY_PROPERTY + "=" + directory)).command());
        final Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            assertThat(StubChild.readPath(child)).startsWith("/proc/self/fd/");
        } finally {
            child.destroyForcibly();
        }
    }

    private Path useDirectory(final String name) {
        final Path own = directory.resolve(name);
        System.setProperty(StubFiles.DIRECTORY_PROPERTY, own.toString());
        return own;
    }

    private static void assertUsable(final LoadedStubs stubs) {
        for (int i = 0; i < stubs.count(); i++) {
            assertThat(stubs.stub(i)).isNotZero();
            assertThat(stubs.stub(i) % 16).isZero();
            StubCalls.trap6(stubs.stub(i), 1, 2, 3, 4, 5, 6);
        }
        assertWords(stubs);
    }

    private static void assertNoStubs(final LoadedStubs stubs, final String reason) {
        assertThat(stubs.hasStubs()).isFalse();
        assertThat(stubs.backing()).isEqualTo(StubBacking.NONE);
        assertThat(stubs.reason()).contains(reason);
        assertThat(stubs.stub(0)).isZero();
        assertWords(stubs);
    }

    private static void assertWords(final LoadedStubs stubs) {
        assertThat(stubs.word(1)).isEqualTo(stubs.word(0) + 4);
        for (int i = 0; i < stubs.count(); i++) {
            assertThat(stubs.word(i) % 4).isZero();
            final ByteBuffer word = NativeCalls.get().bufferAt(stubs.word(i), 4);
            assertThat(word.getInt(0)).isZero();
            word.putShort(2, (short) 0x8001);
            assertThat(word.getInt(0)).isEqualTo(0x80010000);
            word.putInt(0, 0);
        }
    }
}
