// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories above an export: which are its own, and that none of those stays if it fails. */
@OneJdk
class ExportFilesTest {
    private static final String TOO_LONG = "x".repeat(300);

    @TempDir
    Path temp;

    @Test
    void shouldLeaveNothingWhenADirectoryAboveCannotBeMade() {
        for (final String above : List.of("a/" + TOO_LONG, "a/b/" + TOO_LONG + "/c")) {
            assertThatThrownBy(() -> ExportFiles.makeAbove(temp.resolve(above + "/out")))
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
        final List<Path> made = ExportFiles.makeAll(List.of(others, ours, last), last);
        assertThat(made).containsExactly(last, ours);
        ExportFiles.remove(made);
        assertThat(others).isEmptyDirectory();
        assertThatThrownBy(() -> ExportFiles.makeAll(List.of(others, ours, ours.resolve(TOO_LONG)), null))
            .isInstanceOf(IOException.class);
        assertThat(others).isEmptyDirectory();
    }

    @Test
    void shouldMakeWhatIsMissingAndRefuseWhatIsNoDirectory() throws Exception {
        assertThat(ExportFiles.makeAbove(temp.resolve("a/b/out"))).containsExactly(temp.resolve("a/b"),
            temp.resolve("a"));
        assertThat(ExportFiles.makeAbove(temp.resolve("a/b/out"))).isEmpty();
        final Path file = Files.createFile(temp.resolve("file"));
        final Path link = Files.createSymbolicLink(temp.resolve("link"), temp.resolve("nowhere"));
        for (final Path above : List.of(file, link)) {
            assertThatThrownBy(() -> ExportFiles.makeAbove(above.resolve("out")))
                .isInstanceOf(FileAlreadyExistsException.class).hasMessage(above.toString());
        }
        final Path linked = Files.createSymbolicLink(temp.resolve("linked"), temp.resolve("a"));
        assertThat(ExportFiles.makeAbove(linked.resolve("c/out"))).containsExactly(linked.resolve("c"));
    }
}
