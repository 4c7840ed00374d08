// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a process whose probe is a breakpoint under the name of an optimised one. */
class OptimisedProbeTest {
    @TempDir
    private Path directory;

    @Test
    void shouldRefuseTheTurnWhenTheKernelHasMappedNoCodeOfItsOwn() throws Exception {
        // Nobody has attached anything to this JVM's probes by optimised bytes.
        assertThatThrownBy(() -> OptimisedProbe.require(ProcessHandle.current().pid()))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageStartingWith("the kernel did not optimise the probe: /proc/");
        final Path maps = Files.writeString(directory.resolve("maps"),
            "7f0000000000-7f0000001000 r-xp 00000000 00:00 0    [uprobes-trampoline]\n");
        assertThatCode(() -> OptimisedProbe.require(maps)).doesNotThrowAnyException();
    }
}
