// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two builds of one commit, told apart by what they are made of and by nothing else. */
class BuildHashTest {
    @TempDir
    private Path directory;

    @Test
    void shouldDifferWhenAByteOrANameDiffers() throws Exception {
        final Path classes = Files.createDirectory(directory.resolve("classes"));
        final Path one = Files.writeString(classes.resolve("One.class"), "1");
        final Path jar = Files.writeString(directory.resolve("a.jar"), "jar");
        final String path = String.join(File.pathSeparator, classes.toString(), jar.toString(), directory + "/none");
        final String before = BuildHash.of(path);
        assertThat(before).matches("[0-9a-f]{12}");
        Files.writeString(one, "1");
        assertThat(BuildHash.of(path)).as("built again").isEqualTo(before);
        Files.writeString(one, "2");
        final String changed = BuildHash.of(path);
        Files.move(one, classes.resolve("Two.class"));
        assertThat(BuildHash.of(path)).isNotIn(before, changed);
        assertThat(changed).isNotEqualTo(before);
    }
}
