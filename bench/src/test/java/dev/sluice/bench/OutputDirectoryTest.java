// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Only what was made for the results is removed again. */
@Timeout(60)
class OutputDirectoryTest {
    @TempDir
    private Path directory;

    @Test
    void shouldLeaveALinkAloneWhenItLeadsNowhere() throws Exception {
        final Path link = Files.createSymbolicLink(directory.resolve("results"), directory.resolve("nowhere"));
        for (final Path output : new Path[] {link, link.resolve("inner")}) {
            assertThatThrownBy(() -> OutputDirectory.make(output)).isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("nothing can be written into -o " + output);
            assertThat(link).isSymbolicLink();
            assertThat(directory.resolve("nowhere")).doesNotExist();
        }
    }

    @Test
    void shouldRemoveEveryDirectoryThatItHasMadeWhenNothingIsInIt() throws Exception {
        final Path before = Files.createDirectory(directory.resolve("before"));
        final OutputDirectory output = OutputDirectory.make(before.resolve("outer").resolve("inner"));
        assertThat(output.path()).isEmptyDirectory();
        output.removeIfEmpty();
        assertThat(before).isEmptyDirectory();
    }

    @Test
    void shouldMakeDirectoriesBehindALinkWhenItLeadsToADirectory() throws Exception {
        final Path real = Files.createDirectory(directory.resolve("real"));
        final Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        final OutputDirectory output = OutputDirectory.make(link.resolve("outer").resolve("..").resolve("inner"));
        assertThat(real.resolve("inner")).isEmptyDirectory();
        output.removeIfEmpty();
        assertThat(link).isSymbolicLink();
        assertThat(real).isEmptyDirectory();
    }

    @Test
    void shouldLeaveWhatSomebodyElseHasPutInTheirPlaceWhenItRemovesThem() throws Exception {
        final Path inner = directory.resolve("outer").resolve("inner");
        final OutputDirectory output = OutputDirectory.make(inner);
        Files.delete(inner);
        Files.writeString(inner, "of somebody else");
        output.removeIfEmpty();
        assertThat(inner).hasContent("of somebody else");

        final Path empty = Files.createDirectory(directory.resolve("empty"));
        final Path other = directory.resolve("other");
        final OutputDirectory linked = OutputDirectory.make(other);
        Files.delete(other);
        Files.createSymbolicLink(other, empty);
        linked.removeIfEmpty();
        assertThat(other).isSymbolicLink();
        assertThat(empty).isEmptyDirectory();
    }

    @Test
    void shouldLeaveADirectoryThatWasThereWhenItIsEmpty() throws Exception {
        final Path before = Files.createDirectory(directory.resolve("before"));
        OutputDirectory.make(before).removeIfEmpty();
        assertThat(before).isEmptyDirectory();
    }
}
