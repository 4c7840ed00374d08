// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bpf.KernelFeatures;
import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.NativeTarget;
import dev.sluice.bpf.NativeTarget.Header;
import dev.sluice.bpf.drain.DrainConfig;
import dev.sluice.bpf.drain.DrainProgram;
import dev.sluice.bpf.trap.TrapConfig;
import dev.sluice.bpf.trap.TrapProgram;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
@Timeout(300)
class BindingTest {

    private static final int RING_BUFFER_BYTES = 128 * 1024;

    @TempDir
    private Path directory;

    private static long fileDescriptors() throws IOException {
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
            return fds.filter(fd -> linkOf(fd).startsWith("anon_inode:[perf_event]")
                || linkOf(fd).startsWith("anon_inode:bpf")).count();
        }
    }

    private static String linkOf(final Path fd) {
        try {
            return Files.readSymbolicLink(fd).toString();
        } catch (final IOException e) {
            return "";
        }
    }

    private static long ringBufferMappings() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains("bpf-map")).count();
        }
    }

    @Test
    void shouldLeaveNoDescriptorOrMappingWhenClosed() throws IOException {
        assertThat(LibBpf.available()).as(LibBpf.unavailableReason()).isTrue();
        final long before = fileDescriptors();
        final long mappingsBefore = ringBufferMappings();
        try (NativeTarget target = new NativeTarget(directory)) {
            for (int i = 0; i < 3; i++) {
                final DrainProgram drain = DrainProgram.load(
                    new DrainConfig(target.pid(), Header.EPOCH, Header.SLOTS, RING_BUFFER_BYTES));
                final TrapProgram trap = TrapProgram.load(new TrapConfig(target.pid(), RING_BUFFER_BYTES));
                target.attach(drain);
                target.attach(trap, 1, 2, 0);
                assertThat(fileDescriptors()).isGreaterThan(before);
                assertThat(ringBufferMappings()).isGreaterThan(mappingsBefore);
                assertThatThrownBy(() -> drain.attach(target.pid(), "/does/not/exist", 0, 0))
                    .isInstanceOf(BpfException.class).hasMessageContaining("/does/not/exist");
                trap.close();
                drain.close();
                assertThat(fileDescriptors()).isEqualTo(before);
                assertThat(ringBufferMappings()).isEqualTo(mappingsBefore);
            }
        }
    }

    @Test
    void shouldNameCallAndErrnoWhenTheFileIsNoObject() {
        assertThatThrownBy(() -> BpfObject.open("broken", new byte[64]))
            .isInstanceOfSatisfying(BpfException.class, e -> assertThat(e.log()).contains("libbpf:"))
            .hasMessageContaining("bpf_object__open_mem(broken)");
    }

    @Test
    void shouldSayItInOneLineAndKeepTheVerifierLogWhenAProgramIsRefused() throws IOException {
        final Path sources = Path.of(System.getProperty("sluice.root"), "bpf-programs", "src", "test", "c");
        final Path output = directory.resolve("refused.bpf.o");
        final String architecture = System.getProperty("os.arch").replace("amd64", "x86_64");
        NativeTarget.run("clang", "-idirafter", "/usr/include/" + architecture + "-linux-gnu", "-O2", "-g",
            "-target", "bpf", "-c", sources.resolve("refused.bpf.c").toString(), "-o", output.toString());
        try (BpfObject object = BpfObject.open("refused", Files.readAllBytes(output))) {
            assertThatThrownBy(object::load).isInstanceOfSatisfying(BpfException.class, e -> {
                assertThat(e.getMessage()).contains("bpf_object__load(refused)", "the verifier of Linux", "--verbose")
                    .doesNotContain("\n");
                assertThat(e.log()).contains("handle_refused", "invalid mem access");
                final StringWriter trace = new StringWriter();
                e.printStackTrace(new PrintWriter(trace, true));
                assertThat(trace.toString()).contains("BindingTest", "invalid mem access");
            });
        }
    }

    @Test
    void shouldNameTheProcessWhenItIsGone() {
        assertThatThrownBy(() -> DrainProgram.load(new DrainConfig(Integer.MAX_VALUE, 0, 1, RING_BUFFER_BYTES)))
            .isInstanceOf(BpfException.class).hasMessageContaining("process 2147483647 is gone");
    }

    @Test
    void shouldPrintWhatWasProbedWhenAsked() {
        final KernelFeatures features = KernelFeatures.probe();
        System.out.print(features);
        assertThat(features.canDrain()).isTrue();
        assertThat(features.cannotDrainReason()).isNull();
        assertThat(features.feature("trap").orElseThrow().available()).isTrue();
        assertThat(features.toString()).contains("libbpf", "capabilities", "drain-classes");
    }
}
