// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TscTest {
    @TempDir
    private Path root;

    @Test
    void shouldGiveAReasonExactlyWhenItIsUnsound() {
        assertThat(Tsc.reason().isEmpty()).isEqualTo(Tsc.isSound());
    }

    private Path source() {
        return root.resolve("sys/devices/system/clocksource/clocksource0/current_clocksource");
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
    void shouldBeRefusedWhenTheKernelHasNoLineOfIt() throws IOException {
        final X86Architecture x86 = new X86Architecture();
        Files.createDirectories(source().getParent());
        final Path processor = Files.createDirectories(root.resolve("proc")).resolve("cpuinfo");
        assertThat(Tsc.reasonAgainst(x86, root)).contains("unknown");
        Files.writeString(source(), "acpi_pm\n");
        assertThat(Tsc.reasonAgainst(x86, root)).contains("acpi_pm");
        Files.writeString(source(), "tsc\n");
        Files.writeString(processor, "processor\t: 0\nflags\t\t: fpu constant_tsc rdtscp\n");
        assertThat(Tsc.reasonAgainst(x86, root)).isEqualTo("the processor lacks nonstop_tsc");
        Files.writeString(processor, "processor\t: 0\nflags\t\t: fpu constant_tsc nonstop_tsc\n");
        for (final String source : List.of("tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "xen")) {
            Files.writeString(source(), source + '\n');
            assertThat(Tsc.reasonAgainst(x86, root)).as(source).isEmpty();
        }
        assertThat(Tsc.reasonAgainst(new Aarch64Architecture(), root)).contains("xen, none of arch_sys_counter");
        Files.writeString(source(), "arch_sys_counter\n");
        assertThat(Tsc.reasonAgainst(new Aarch64Architecture(), root)).isEmpty();
    }
}
