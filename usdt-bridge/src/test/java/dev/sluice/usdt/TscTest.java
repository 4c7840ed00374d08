// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TscTest {
    @TempDir
    private Path root;

    @Test
    void shouldGiveAReasonExactlyWhenItIsUnsound() {
        assertThat(Tsc.reason().isEmpty()).isEqualTo(Tsc.isSound());
        if (Runtime.version().feature() < 22) {
            assertThat(Tsc.reason()).contains("22 is needed");
        }
    }

    @Test
    void shouldNameWhatIsMissingWhenProcessorOrJavaDoNotFit() throws IOException {
        soundKernel();
        assertThat(Tsc.reasonAgainst(new X86Architecture(), 22, root)).isEmpty();
        assertThat(Tsc.reasonAgainst(new X86Architecture(), 21, root))
            .isEqualTo("Java 21 reads the counter too slowly; 22 is needed");
        assertThat(Tsc.reasonAgainst(new Aarch64Architecture(), 25, root)).isEqualTo("the processor is not x86-64");
        assertThat(Tsc.reasonAgainst(null, 25, root)).isEqualTo("the processor is not x86-64");
        Files.writeString(source(), "hpet\n");
        assertThat(Tsc.reasonAgainst(new X86Architecture(), 25, root))
            .isEqualTo("the kernel's clock source is hpet, not tsc");
    }

    private Path source() {
        return root.resolve("sys/devices/system/clocksource/clocksource0/current_clocksource");
    }

    private void soundKernel() throws IOException {
        Files.createDirectories(source().getParent());
        Files.writeString(source(), "tsc\n");
        Files.writeString(Files.createDirectories(root.resolve("proc")).resolve("cpuinfo"),
            "processor\t: 0\nflags\t\t: fpu constant_tsc nonstop_tsc\n");
    }

    @Test
    void shouldAdvanceAtOneRateWhenSound() {
        assertThat(Tsc.read()).as("the first read loads code and takes long").isPositive();
        final long startNs = System.nanoTime();
        final long start = Tsc.read();
        while (System.nanoTime() - startNs < 20_000_000) {
            Thread.onSpinWait();
        }
        final double ticksPerNs = (double) (Tsc.read() - start) / (System.nanoTime() - startNs);
        assertThat(ticksPerNs).isBetween(0.1, 10.0);
    }

    @Test
    void shouldBeRefusedWhenTheKernelDoesNotUseIt() throws IOException {
        final Path source = root.resolve("sys/devices/system/clocksource/clocksource0/current_clocksource");
        Files.createDirectories(source.getParent());
        final Path processor = Files.createDirectories(root.resolve("proc")).resolve("cpuinfo");
        assertThat(Tsc.kernelReasonAgainst(root)).contains("unknown");
        Files.writeString(source, "kvm-clock\n");
        assertThat(Tsc.kernelReasonAgainst(root)).isEqualTo("the kernel's clock source is kvm-clock, not tsc");
        Files.writeString(source, "tsc\n");
        Files.writeString(processor, "processor\t: 0\nflags\t\t: fpu constant_tsc rdtscp\n");
        assertThat(Tsc.kernelReasonAgainst(root)).isEqualTo("the processor lacks nonstop_tsc");
        Files.writeString(processor, "processor\t: 0\nflags\t\t: fpu constant_tsc nonstop_tsc\n");
        assertThat(Tsc.kernelReasonAgainst(root)).isEmpty();
    }
}
