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

    @Test
    void shouldRefuseTheFileInOneSentenceWhenItsPathsHaveNoRounds() throws IOException {
        final Path jmh = Files.writeString(directory.resolve("jmh"), "{\"environment\":{},\"paths\":[{\"name\":"
            + "\"two\",\"ns_per_event\":10,\"samples\":50}],\"targets\":[]}");
        final Path sustained = Files.writeString(directory.resolve("sustained"),
            "{\"environment\":{},\"sustained\":{},\"targets\":[]}");
        assertThat(compare(write("a", "6.1", 10, 10, 10, 10, 10), jmh)).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("sluice bench compare: the results cannot be read: " + jmh + " has paths"
            + " without rounds, as what --jmh measures: it is not compared\n");
        err.getBuffer().setLength(0);
        assertThat(compare(sustained, jmh)).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("sluice bench compare: the results cannot be read: " + sustained
            + " has no results of 'sluice bench': it has no paths and no environment\n");
        assertThat(out.toString()).isEmpty();
    }

    private static PathResult row(final String name, final String missing, final Turn... turns) {
        return new PathResult(name, "", false, missing, List.of(turns));
    }

    private static Turn[] turns(final double... rounds) {
        return DoubleStream.of(rounds).mapToObj(ns -> new Turn(List.of(ns), 0, 10, new Stored(10, "seen"), ""))
            .toArray(Turn[]::new);
    }

    private Path write(final String name, final Environment environment, final PathResult... rows) throws IOException {
        final Path file = directory.resolve(name);
        ResultsFile.write(file, new PathResults(List.of(rows), 5, 1), List.of(), List.of(), environment);
        return file;
    }

    @Test
    void shouldNameEachPathWithTheReasonWhenNotBothFilesHaveAFigureOfIt() throws IOException {
        final Environment here = new Environment(Map.of(), Map.of());
        final Turn failed = Turn.failed("no room");
        final Path before = write("a", here, row("ring", "", turns(10, 10, 10, 10, 10)),
            row("owner", "", turns(10, 10, 10, 10, 10)), row("first", "", turns(1)), row("arena", "no kernel"));
        final Path after = write("b", here, row("ring", "", turns(10, 10, 10, 10, 10)),
            row("owner", "", failed, failed, failed, failed, failed), row("second", "needs root"),
            row("arena", "no kernel"));
        assertThat(compare(before, after)).isZero();
        assertThat(out.toString()).contains("owner                 not compared: in the second file failed: no room\n",
            "first                 not compared: in the second file nobody has asked for it\n",
            "second                not compared: in the first file nobody has asked for it; in the second file missing:"
                + " needs root\n",
            "arena                 not compared: in both files missing: no kernel\n", "0 of 1 differ");
    }

    @Test
    void shouldSaySoWhenNoPathHasAFigureInBothFiles() throws IOException {
        final Environment here = new Environment(Map.of(), Map.of());
        final Path before = write("a", here, row("ring", "", turns(10, 10, 10, 10, 10)));
        final Path after = write("b", here, row("owner", "", turns(10, 10, 10, 10, 10)));
        assertThat(compare(before, after)).isEqualTo(1);
        assertThat(out.toString()).contains("ring ", "owner ", "nothing can be said: of no path both files have")
            .doesNotContain("each file needs");
        // A file that another program made may have rounds in which there is no figure.
        final Path empty = Files.writeString(directory.resolve("c"), "{\"environment\":{},\"paths\":[{\"name\":"
            + "\"ring\",\"rounds\":[{\"failure\":\"no room\"},{\"ns_per_event\":0}]}]}");
        assertThat(compare(before, empty)).isEqualTo(1);
        assertThat(out.toString()).contains("in the second file it has no figure of any round");
    }

    @Test
    void shouldNoteFactsThatNeedNotAgreeWhenTheyDiffer() throws IOException {
        final PathResult ring = row("ring", "", turns(10, 10, 10, 10, 10));
        final Path before = write("a", new Environment(Map.of("kernel", "6.1", "load", "0.1", "command", "x",
            "hardware_counters", "read"), Map.of("spectre_v2", "Vulnerable", "mds", "Not affected")), ring);
        final Path after = write("b", new Environment(Map.of("kernel", "6.1", "load", "5.0", "command", "y"),
            Map.of("spectre_v2", "Mitigation: Retpolines", "mds", "Not affected")), ring);
        assertThat(compare(before, after)).isZero();
        assertThat(out.toString()).contains("noted: load differs: 0.1, and 5.0\n", "noted: command differs: x, and y\n",
            "noted: hardware_counters differs: read, and unknown\n",
            "noted: mitigation of spectre_v2 differs: Vulnerable, and Mitigation: Retpolines\n")
            .doesNotContain("kernel", "mds");
    }
}
