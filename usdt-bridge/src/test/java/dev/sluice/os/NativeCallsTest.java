// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One contract, run against each implementation that this JVM can have. */
class NativeCallsTest {
    @TempDir
    private Path directory;

    static List<NativeCalls> implementations() {
        final Processor processor = Processor.current().orElseThrow();
        final Stream<Function<Processor, NativeCalls>> makers = Ffm.isPresent()
            ? Stream.of(JnaCalls::new, FfmCalls::new) : Stream.of(JnaCalls::new);
        return makers.map(maker -> maker.apply(processor)).toList();
    }

    @Test
    void shouldChooseForeignFunctionsWhenJavaHasThem() {
        assertThat(NativeCalls.unavailableReason()).isEmpty();
        assertThat(NativeCalls.get()).isInstanceOf(Ffm.isPresent() ? FfmCalls.class : JnaCalls.class);
    }

    @Test
    void shouldChooseJnaWhenAShortCommandAsksForIt() {
        assertThat(NativeCalls.choose(Processor.current().orElseThrow(), "jna")).isInstanceOf(JnaCalls.class);
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void shouldNameErrnoAndPathWhenOpenFails(final NativeCalls calls) {
        final String path = directory.resolve("absent").toString();
        for (int i = 0; i < 100; i++) {
            assertThatThrownBy(() -> calls.open(path, NativeCalls.O_RDONLY, 0))
                .isInstanceOfSatisfying(NativeException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
                .hasMessageContaining("open(" + path + ")").hasMessageContaining("No such file or directory");
            assertThatThrownBy(() -> calls.ftruncate(-1, 0))
                .isInstanceOfSatisfying(NativeException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF))
                .hasMessageContaining("Bad file descriptor");
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void shouldRefuseResizingWhenMemfdIsSealed(final NativeCalls calls) throws IOException {
        final int fd = calls.memfdCreate("sluice-test", NativeCalls.MFD_CLOEXEC | NativeCalls.MFD_ALLOW_SEALING);
        try {
            calls.ftruncate(fd, 1L << 33);
            calls.fallocate(fd, 4096, 8192);
            final Path path = Path.of("/proc/self/fd/" + fd);
            assertThat(Files.size(path)).isEqualTo(1L << 33);
            assertThat(Files.readSymbolicLink(path).toString()).startsWith("/memfd:sluice-test");
            final int seals = NativeCalls.F_SEAL_SHRINK | NativeCalls.F_SEAL_GROW | NativeCalls.F_SEAL_SEAL;
            calls.addSeals(fd, seals);
            assertThat(calls.seals(fd)).isEqualTo(seals);
            assertThatThrownBy(() -> calls.ftruncate(fd, 0))
                .isInstanceOfSatisfying(NativeException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
        } finally {
            calls.close(fd);
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void shouldRefuseTheLockWhenAnotherDescriptorHoldsIt(final NativeCalls calls) {
        final String path = directory.resolve("locked").toString();
        final int first = calls.open(path, NativeCalls.O_RDWR | NativeCalls.O_CREAT | NativeCalls.O_CLOEXEC, 0600);
        final int second = calls.open(path, NativeCalls.O_RDONLY | NativeCalls.O_CLOEXEC, 0);
        assertThat(calls.tryLock(first)).isTrue();
        assertThat(calls.tryLock(second)).isFalse();
        calls.close(first);
        assertThat(calls.tryLock(second)).isTrue();
        calls.close(second);
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void shouldFindTheCallersThreadWhenAskedFromAnyThread(final NativeCalls calls) throws Exception {
        final int[] tids = new int[2];
        final Thread thread = new Thread(() -> {
            tids[0] = calls.gettid();
            try {
                final String name = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
                tids[1] = Integer.parseInt(name);
            } catch (final IOException e) {
                tids[1] = -1;
            }
        });
        thread.start();
        thread.join(10_000);
        assertThat(tids[0]).isPositive().isEqualTo(tids[1]).isNotEqualTo(calls.gettid());
        assertThat(calls.geteuid()).isEqualTo(uidOf(directory));
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void shouldSeeTheSameMemoryWhenViewedByAddress(final NativeCalls calls) {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(64);
        final ByteBuffer view = calls.bufferAt(calls.addressOf(buffer), 64);
        buffer.put(5, (byte) 7);
        assertThat(view.get(5)).isEqualTo((byte) 7);
        view.put(6, (byte) 8);
        assertThat(buffer.get(6)).isEqualTo((byte) 8);
        assertThat(view.capacity()).isEqualTo(64);
        final long address = calls.addressOf(buffer);
        buffer.position(32).limit(40);
        assertThat(calls.addressOf(buffer)).as("whatever the position").isEqualTo(address);
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void shouldSayWhatTheLinkerSaysWhenDlopenFails(final NativeCalls calls) throws IOException {
        final Path broken = Files.writeString(directory.resolve("broken.so"), "not an object, longer than 64 bytes: "
            + "the linker reads that many before it looks");
        assertThatThrownBy(() -> calls.dlopen(broken.toString())).isInstanceOf(NativeException.class)
            .hasMessageContaining("dlopen(" + broken + ")").hasMessageContaining("invalid ELF header");
        final long libc = calls.dlopen("libc.so.6");
        assertThat(calls.dlsym(libc, "getpid")).isNotZero();
        assertThatThrownBy(() -> calls.dlsym(libc, "no_such_symbol")).hasMessageContaining("no_such_symbol");
        calls.dlclose(libc);
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void shouldPopulatePagesWhenTheKernelCan(final NativeCalls calls) {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(3 * 4096);
        final long page = (calls.addressOf(buffer) + 4095) / 4096 * 4096;
        assumeTrue(isSinceLinux5p14(), "needs Linux 5.14");
        calls.madvise(page, 4096, NativeCalls.MADV_POPULATE_WRITE);
        assertThatThrownBy(() -> calls.madvise(page + 1, 4096, NativeCalls.MADV_POPULATE_WRITE))
            .hasMessageContaining("madvise").hasMessageContaining("Invalid argument");
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void shouldMapWhatTheFileHoldsWhenACallHasSixArguments(final NativeCalls calls) {
        final int fd = calls.memfdCreate("sluice-test", NativeCalls.MFD_CLOEXEC);
        calls.ftruncate(fd, 3 * 4096);
        final long all = calls.call(SystemCall.MMAP, 0, 3 * 4096, 3, 1, fd, 0);
        // The sixth argument: the offset.
        final long second = calls.call(SystemCall.MMAP, 0, 4096, 1, 1, fd, 4096);
        calls.close(fd);
        assertThat(all).isPositive();
        calls.bufferAt(all, 3 * 4096).put(4096 + 7, (byte) 42);
        assertThat(calls.bufferAt(second, 4096).get(7)).isEqualTo((byte) 42);
        assertThat(calls.call(SystemCall.MUNMAP, all, 3 * 4096, 0, 0)).isZero();
        assertThat(calls.call(SystemCall.MUNMAP, second, 4096, 0, 0)).isZero();
        assertThat(calls.call(SystemCall.MMAP, 0, 4096, 1, 1, fd, 0)).isEqualTo(-Errno.EBADF);
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void shouldNameTheProcessWhenItIsThereAndGiveTheErrnoWhenItIsNot(final NativeCalls calls) throws Exception {
        final Process child = new ProcessBuilder("cat").start();
        try {
            final int fd = calls.pidfdOpenOrErrno(child.pid());
            assertThat(fd).isPositive();
            assertThat(Descriptors.isReadable(fd, 0)).as("still there").isFalse();
            child.getOutputStream().close();
            assertThat(Descriptors.isReadable(fd, 20_000)).as("has ended").isTrue();
            calls.close(fd);
            assertThat(child.waitFor(180, TimeUnit.SECONDS)).isTrue();
            assertThat(calls.pidfdOpenOrErrno(child.pid())).isEqualTo(-Errno.ESRCH);
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void shouldWaitAsLongAsItSaysWhenThereIsNothingToRead() {
        final int fd = NativeCalls.get().pidfdOpenOrErrno(ProcessHandle.current().pid());
        final long begin = System.nanoTime();
        assertThat(Descriptors.isReadable(fd, 1_100)).isFalse();
        assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(1_100_000_000L);
        NativeCalls.get().close(fd);
        assertThatThrownBy(() -> Descriptors.isReadable(-1, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void shouldGiveTheErrnoWhenTheCLibraryRefuses(final NativeCalls calls) {
        // More groups than any process may have; without the right to have others, that is said first.
        assertThat(calls.setgroups(1 << 20, 0)).isIn(-Errno.EINVAL, -Errno.EPERM);
        assertThat(calls.setresuid(calls.geteuid())).as("what it is already").isZero();
        assertThat(calls.errorText(Errno.ENOTSUPP)).isEqualTo("Operation not supported by the kernel");
        assertThat(calls.bpfOrErrno(-1, 0, 0)).isIn(-Errno.EINVAL, -Errno.EPERM);
    }

    private static boolean isSinceLinux5p14() {
        final String[] version = System.getProperty("os.version").split("\\D", 3);
        return Integer.parseInt(version[0]) * 1000 + Integer.parseInt(version[1]) >= 5014;
    }

    @Test
    void shouldRefuseANulWhenItIsInsideAPath() {
        assertThatThrownBy(() -> NativeCalls.get().open("a\0b", 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static int uidOf(final Path path) {
        try {
            return (Integer) Files.getAttribute(path, "unix:uid");
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
