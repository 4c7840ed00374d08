// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.manual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files for man and shells. That man and shells read them: PackageTest. */
class ManualTest {
    @TempDir
    private Path directory;

    private String text(final String file) throws IOException {
        return Files.readString(directory.resolve(file));
    }

    @Test
    void shouldSayWhatTheHelpSaysWhenItIsWritten() throws IOException {
        Main.main(new String[] {directory.toString()});
        assertThat(text("man/man1/sluice-record.1")).contains(".TH SLUICE\\-RECORD 1 ", ".SH SYNOPSIS",
            "\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIDIR\\fR\n", ".SH EXIT STATUS\n0 done, 1 failed");
        assertThat(text("man/man1/sluice-tail.1")).contains(".SH EXIT STATUS\n0 done, also by Ctrl\\-C");
        assertThat(text("man/man1/sluice.1")).contains("\\fBrecord\\fR\nTraces running JVMs into one directory");
        assertThat(text("fish/vendor_completions.d/sluice.fish"))
            .contains("-n '__fish_seen_subcommand_from record' -s o -l output -r -F")
            .contains("-l policy -x -a 'discard block overwrite'");
        assertThat(text("zsh/site-functions/_sluice")).startsWith("#compdef sluice\n")
            .contains("'(--policy)--policy=[", ":POLICY:(discard block overwrite)'");
        assertThat(text("bash-completion/completions/sluice")).contains("complete -F _complete_sluice");
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.filter(Files::isRegularFile).toList()) {
                // Variables and formats of the help are filled in, and nothing steers a terminal.
                assertThat(Files.readString(file)).as(file.toString()).doesNotContain("${DEFAULT", "%n", "\u001b");
            }
        }
    }

    @Test
    void shouldKeepGroffFromTakingWordsForRequestsWhenTheyLookLikeIt() {
        assertThat(ManPage.escaped(".SH it's a \\ ~`^")).isEqualTo("\\&.SH it\\(aqs a \\e \\(ti\\(ga\\(ha");
    }

    @Test
    void shouldRefuseWhenNoDirectoryIsNamed() {
        assertThatThrownBy(() -> Main.main(new String[0])).isInstanceOf(IllegalArgumentException.class);
    }
}
