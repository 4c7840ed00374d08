// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TargetProcessTest {
    @Test
    void shouldTellTheVersionOfTheJdkThatAProcessRuns() {
        try (TargetProcess self = TargetProcess.open(ProcessHandle.current().pid())) {
            assertThat(self.javaVersion()).isEqualTo(System.getProperty("java.version"));
            assertThat(self.hasJvm()).isTrue();
        }
    }

    @Test
    void shouldHaveNoVersionWhenAProcessRunsNoJdk() throws Exception {
        final Process sleep = new ProcessBuilder("sleep", "60").start();
        try (TargetProcess process = TargetProcess.open(sleep.pid())) {
            assertThat(process.javaVersion()).isEmpty();
            assertThat(process.hasJvm()).isFalse();
            assertThatThrownBy(() -> TargetFinder.open(sleep.pid())).isInstanceOf(AttachException.class)
                .hasMessage("process " + sleep.pid() + " has no Sluice in it, as it runs no Java; 'sluice list' shows"
                    + " the programs that use Sluice");
        } finally {
            sleep.destroyForcibly();
            assertThat(sleep.waitFor(4, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Test
    void shouldHaveNoJdkWhenALauncherLiesInNoTwoDirectories() {
        assertThat(TargetProcess.homeOf(Path.of("/java"))).isNull();
        assertThat(TargetProcess.homeOf(Path.of("/"))).isNull();
        assertThat(TargetProcess.homeOf(Path.of("java"))).isNull();
        assertThat(TargetProcess.homeOf(Path.of("/bin/java"))).isEqualTo(Path.of("/"));
        assertThat(TargetProcess.homeOf(Path.of("/jdk/bin/java"))).isEqualTo(Path.of("/jdk"));
    }
}
