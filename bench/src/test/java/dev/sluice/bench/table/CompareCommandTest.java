// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.turn.Turn;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command over files that were written as a run writes them. */
@OneJdk
class CompareCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private int compare(final Path before, final Path after) {
        return new CommandLine(new CompareCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err))
            .execute(before.toString(), after.toString());
    }

    private Path write(final String name, final String kernel, final double... rounds) throws IOException {
        final List<Turn> turns = DoubleStream.of(rounds)
            .mapToObj(ns -> new Turn(List.of(ns), 0, 10, new Stored(10, "seen"), "")).toList();
        final Path file = directory.resolve(name);
        ResultsFile.write(file, new PathResults(List.of(new PathResult("ring", "", false, "", turns)), rounds.length,
            1), List.of(), List.of(), new Environment(Map.of("kernel", kernel), Map.of()));
        return file;
    }

    @Test
    void shouldSayWhatIsSlowerAndWhatDiffersWhenTwoFilesAreGiven() throws IOException {
        assertThat(compare(write("a", "6.1", 10, 10.1, 9.9, 10, 10), write("b", "6.2", 11, 11.1, 10.9, 11, 11)))
            .isZero();
        assertThat(out.toString()).contains("kernel differs: 6.1, and 6.2\n", "1 of 1 differ")
            .containsPattern("ring +9\\.97 +10\\.97 +1\\.100 \\[1\\.0\\d+, 1\\.1\\d+] +slower\n");
    }

    @Test
    void shouldSayThatNothingCanBeSaidWhenThereIsOneRound() throws IOException {
        assertThat(compare(write("a", "6.1", 10), write("b", "6.1", 20))).isZero();
        assertThat(out.toString()).contains("too few rounds", "nothing can be said: each file needs 5 rounds");
    }

    @Test
    void shouldNameTheFileWhenItHasNoResults() throws IOException {
        final Path other = Files.writeString(directory.resolve("other"), "{}");
        assertThat(compare(other, other)).isEqualTo(1);
        assertThat(err.toString()).contains("the results cannot be read", other.toString());
        assertThat(compare(directory.resolve("none"), other)).isEqualTo(1);
    }
}
