// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.FakeTarget;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.store.os.FileCalls;
import dev.sluice.system.command.OpenedNames;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Issue 9, part 3: nothing of a target is opened with more rights than the target has, nor before it is known to be
 * the kind of file that it should be. The target is this process; inotify tells what a consumer opens.
 */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class TargetRightsTest {
    private static final long SECRET_LENGTH = 1 << 20;
    private static final int SWAPS = 3000;
    private static final int O_WRONLY = 1;

    @TempDir
    private Path temp;
    private Path secret;

    static {
        Native.register(TargetRightsTest.class, (String) null);
    }

    private static native int dup2(int from, int to) throws LastErrorException;

    @BeforeEach
    void makeSecret() throws IOException {
        secret = Files.createDirectory(temp.resolve("secrets")).resolve("secret");
        try (FileChannel file = FileChannel.open(
            secret, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(1), SECRET_LENGTH - 1);
        }
    }

    private static void nameRegionFile(final FakeTarget fake, final int fd, final long length) {
        Memory.putInt(fake.control + ControlFileDescriptor.REGION_KIND_OFFSET, ControlFileDescriptor.REGION_FILE);
        Memory.putInt(fake.control + ControlFileDescriptor.REGION_FD_OFFSET, fd);
        Memory.putLong(fake.control + ControlFileDescriptor.REGION_LENGTH_OFFSET, length);
    }

    private void requireRefusedUnopened(final FakeTarget fake) {
        try (OpenedNames opened = new OpenedNames()) {
            opened.watch(secret.getParent());
            assertThatThrownBy(fake::open).isInstanceOf(AttachException.class)
                .extracting(e -> ((AttachException) e).reason()).isEqualTo(AttachException.Reason.DAMAGED);
            assertThat(opened.names()).isEmpty();
        }
    }

    @Test
    void shouldOpenNoFileWhenTheTargetHasOnlyItsPathOrMayOnlyReadOrWriteIt() throws IOException {
        for (final int access : new int[] {FileCalls.O_PATH, FileCalls.O_RDONLY, O_WRONLY}) {
            final int fd = FileCalls.open(FileCalls.NO_DIRECTORY, secret.toString(), access);
            try (FakeTarget fake = new FakeTarget()) {
                nameRegionFile(fake, fd, SECRET_LENGTH);
                requireRefusedUnopened(fake);
            } finally {
                FileCalls.closeDescriptor(fd);
            }
        }
    }

    @Test
    void shouldOpenNoPipeOrDeviceWhenOneIsNamedAsRegion() throws Exception {
        final Path pipe = secret.resolveSibling("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        for (final Path path : List.of(pipe, Path.of("/dev/zero"))) {
            for (final boolean isFile : new boolean[] {true, false}) {
                final int fd = FileCalls.open(
                    FileCalls.NO_DIRECTORY, path.toString(), FileCalls.O_RDWR | FileCalls.O_NONBLOCK);
                try (FakeTarget fake = new FakeTarget()) {
                    if (isFile) {
                        nameRegionFile(fake, fd, 0);
                    } else {
                        Memory.putInt(fake.control + ControlFileDescriptor.REGION_FD_OFFSET, fd);
                    }
                    requireRefusedUnopened(fake);
                } finally {
                    FileCalls.closeDescriptor(fd);
                }
            }
        }
    }

    @Test
    void shouldRefuseMemfdWhenTheTargetMayOnlyReadIt() throws IOException {
        try (FakeTarget fake = new FakeTarget()) {
            final int reading =
                FileCalls.open(FileCalls.NO_DIRECTORY, "/proc/self/fd/" + fake.regionFd, FileCalls.O_RDONLY);
            try {
                Memory.putInt(fake.control + ControlFileDescriptor.REGION_FD_OFFSET, reading);
                assertThatThrownBy(fake::open).isInstanceOf(AttachException.class)
                    .hasMessageContaining("has not opened it for reading and writing");
            } finally {
                FileCalls.closeDescriptor(reading);
            }
        }
    }

    /** A name like a memfd's can be given to any file; what is called so here is in the root directory. */
    @Test
    @KernelTest
    void shouldOpenNoFileWhenItIsOnlyCalledLikeAMemfd() throws IOException {
        final Path forged = Path.of("/memfd:" + ControlFileDescriptor.MEMFD_NAME + " (deleted)");
        Files.createFile(forged);
        final int fd = FileCalls.open(FileCalls.NO_DIRECTORY, forged.toString(), FileCalls.O_RDWR);
        try (FakeTarget fake = new FakeTarget(); OpenedNames opened = new OpenedNames()) {
            opened.watch(forged.getParent());
            try (Target target = fake.open()) {
                assertThat(target).isNotNull();
            }
            assertThat(opened.names()).doesNotContain(forged.getFileName().toString());
        } finally {
            FileCalls.closeDescriptor(fd);
            Files.delete(forged);
        }
    }

    /** One number is the region at one moment, and the path of a file that only others may read at the next. */
    @Test
    void shouldOpenOnlyTheRegionWhenItsDescriptorIsSwappedMeanwhile() throws Exception {
        final int path = FileCalls.open(FileCalls.NO_DIRECTORY, secret.toString(), FileCalls.O_PATH);
        final AtomicBoolean isOver = new AtomicBoolean();
        try (FakeTarget fake = new FakeTarget(); OpenedNames opened = new OpenedNames()) {
            final int region =
                FileCalls.open(FileCalls.NO_DIRECTORY, "/proc/self/fd/" + fake.regionFd, FileCalls.O_RDWR);
            final int swapped =
                FileCalls.open(FileCalls.NO_DIRECTORY, "/proc/self/fd/" + fake.regionFd, FileCalls.O_RDWR);
            Memory.putInt(fake.control + ControlFileDescriptor.REGION_FD_OFFSET, swapped);
            opened.watch(secret.getParent());
            final Thread swapper = new Thread(() -> {
                while (!isOver.get()) {
                    dup2(path, swapped);
                    dup2(region, swapped);
                }
            });
            swapper.start();
            int[] outcomes = {0, 0};
            try {
                for (int i = 0; i < SWAPS; i++) {
                    outcomes[opens(fake) ? 1 : 0]++;
                }
            } finally {
                isOver.set(true);
                swapper.join();
                FileCalls.closeDescriptor(region);
                FileCalls.closeDescriptor(swapped);
            }
            System.out.printf("region swapped: opened %d times, refused %d times%n", outcomes[1], outcomes[0]);
            assertThat(outcomes[0]).isPositive();
            assertThat(outcomes[1]).isPositive();
            assertThat(opened.names()).isEmpty();
        } finally {
            FileCalls.closeDescriptor(path);
        }
    }

    private static boolean opens(final FakeTarget fake) {
        try (Target target = fake.open()) {
            return target != null;
        } catch (final AttachException e) {
            return false;
        }
    }

    /** Both run as root, but only the target with root's rights. */
    @Test
    @KernelTest
    void shouldSayWhatIsMissingWhenTheTargetHasMoreCapabilities() throws Exception {
        try (ChildProgram target = start(List.of(), "dev.sluice.samples.Main", "hello")) {
            target.awaitFirstLine();
            try (ChildProgram record = start(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
                "dev.sluice.cli.Main", "record", "-p", Long.toString(target.pid()), "-o",
                temp.resolve("trace").toString())) {
                assertThat(record.awaitExit()).isEqualTo(1);
                assertThat(record.errors()).contains("has capabilities that this sluice has not (CAP_CHOWN, ")
                    .contains(", although it is root: give it CAP_SYS_PTRACE").doesNotContain("run sluice as root")
                    .hasLineCount(1);
            }
        }
    }

    private ChildProgram start(final List<String> prefix, final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ChildProgram.launcherFlags());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(arguments));
        return ChildProgram.start(temp, command);
    }

    @Test
    void shouldHoldMemfdsApartFromFilesWhenAskedWhereTheyAre() {
        final int memfd = NativeCalls.get().memfdCreate("other", NativeCalls.MFD_CLOEXEC);
        try (HeldDescriptor held = HeldDescriptor.of(Path.of("/proc/self/fd/" + memfd));
             HeldDescriptor file = HeldDescriptor.of(secret)) {
            assertThat(held.isMemfd("/memfd:other (deleted)")).isTrue();
            assertThat(held.isMemfd("/memfd:another (deleted)")).isFalse();
            assertThat(file.isMemfd(secret.toString())).isFalse();
        } finally {
            NativeCalls.get().close(memfd);
        }
    }
}
