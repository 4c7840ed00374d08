// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.store.export.file.ExportFiles;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories above an output: which are its own, and that none of those stays if it fails. */
@OneJdk
class MadeDirectoriesTest {
    private static final String TOO_LONG = "x".repeat(300);

    @TempDir
    Path temp;

    @Test
    void shouldLeaveNothingWhenADirectoryAboveCannotBeMade() {
        for (final String above : List.of("a/" + TOO_LONG, "a/b/" + TOO_LONG + "/c")) {
            assertThatThrownBy(() -> MadeDirectories.makeAbove(temp.resolve(above + "/out")))
                .isInstanceOf(IOException.class);
            assertThat(temp).isEmptyDirectory();
            assertThatThrownBy(() -> ExportFiles.makeEmpty(temp.resolve(above + "/out")))
                .isInstanceOf(IOException.class);
            assertThat(temp).isEmptyDirectory();
        }
    }

    /** Another export makes one between the look and the making. */
    @Test
    void shouldCountOnlyThoseThatItHasMadeItself() throws Exception {
        final Path others = Files.createDirectory(temp.resolve("others"));
        final Path ours = others.resolve("ours");
        final Path last = ours.resolve("last");
        final List<Path> made = MadeDirectories.makeAll(List.of(others, ours, last), last);
        assertThat(made).containsExactly(last, ours);
        MadeDirectories.remove(made);
        assertThat(others).isEmptyDirectory();
        assertThatThrownBy(() -> MadeDirectories.makeAll(List.of(others, ours, ours.resolve(TOO_LONG)), null))
            .isInstanceOf(IOException.class);
        assertThat(others).isEmptyDirectory();
    }

    @Test
    void shouldMakeWhatIsMissingAndRefuseWhatIsNoDirectory() throws Exception {
        assertThat(MadeDirectories.makeAbove(temp.resolve("a/b/out"))).containsExactly(temp.resolve("a/b"),
            temp.resolve("a"));
        assertThat(MadeDirectories.makeAbove(temp.resolve("a/b/out"))).isEmpty();
        final Path file = Files.createFile(temp.resolve("file"));
        final Path link = Files.createSymbolicLink(temp.resolve("link"), temp.resolve("nowhere"));
        for (final Path above : List.of(file, link)) {
            assertThatThrownBy(() -> MadeDirectories.makeAbove(above.resolve("out")))
                .isInstanceOf(FileAlreadyExistsException.class).hasMessage(above.toString());
        }
        final Path linked = Files.createSymbolicLink(temp.resolve("linked"), temp.resolve("a"));
        assertThat(MadeDirectories.makeAbove(linked.resolve("c/out"))).containsExactly(linked.resolve("c"));
    }
}
