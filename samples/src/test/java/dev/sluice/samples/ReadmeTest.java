// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.ReadmeExample;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTest {
    @TempDir
    private Path directory;

    @Test
    void shouldCompileAndRunTheExampleWhenTakenFromTheReadme() throws Exception {
        final ReadmeExample example = ReadmeExample.read();
        assertThat(example.source().lines().filter(line -> !line.isBlank())).hasSizeLessThanOrEqualTo(16);
        example.compile(directory, System.getProperty("java.class.path"));

        try (ChildProgram child = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            directory + File.pathSeparator + System.getProperty("java.class.path"),
            List.of(example.className(), "20"))) {
            assertThat(child.awaitExit()).as(child.errors()).isZero();
            assertThat(child.output()).isEqualTo("pid " + child.pid() + System.lineSeparator());
            assertThat(child.errors()).isEmpty();
        }
    }
}
