// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.bench.measure.Median;
import dev.sluice.bench.table.Environment;
import dev.sluice.bench.table.TableCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What is refused before anything is measured, with a sentence and no stack trace. */
@Timeout(60)
class MainTest {
    private static final int REFUSED = 2;

    @TempDir
    private Path directory;

    private String refusal(final String... arguments) {
        final StringWriter errors = new StringWriter();
        final int status = new CommandLine(new Main()).setErr(new PrintWriter(errors, true))
            .setOut(new PrintWriter(new StringWriter())).execute(arguments);
        assertThat(status).as(errors.toString()).isEqualTo(REFUSED);
        assertThat(errors.toString()).doesNotContain("Exception", "\tat ");
        return errors.toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--large=-3|--large is at least 1",
        "--large=0|--large is at least 1",
        "--quick --rounds 5|--quick is one round: leave --rounds out, or --quick",
        "--sustained --paths nosuch|--paths says nothing with --sustained: leave it out",
        "--jmh --sweep batch|--sweep says nothing with --jmh: leave it out",
        "--include two --seed 3|--seed says nothing with --include: leave it out",
        "--reading --clock nano|--clock says nothing with --reading: leave it out",
        "--pairs --include two|--include says nothing with --pairs: leave it out",
        "--jfr --sustained|--jfr and --sustained each measure something of their own: give one of them",
    })
    void shouldRefuseAnOptionThatWouldBeIgnored(final String options, final String why) {
        assertThat(refusal(options.split(" "))).contains(why);
    }

    @Test
    void shouldRefuseAnEmptyNameWhenItIsThatOfTheDirectory() {
        assertThat(refusal("-o", "")).contains("-o names a directory");
    }

    @Test
    void shouldSayWhyWhenNothingCanBeWrittenIntoTheDirectory() throws Exception {
        final Path file = Files.createFile(directory.resolve("file"));
        assertThat(refusal("-o", file.toString())).isEqualTo("sluice bench: nothing can be written into -o " + file
            + " (there is a file of that name): name another directory\n");
        assertThat(refusal("-o", "/proc/foo")).contains("nothing can be written into -o /proc/foo (");
        assertThat(refusal("-o", "/proc")).contains("nothing can be written into -o /proc (");
    }

    @Test
    void shouldGiveTargetsOfAnyKindOfRunTheTableThatThoseOfPathsHave() throws Exception {
        final ObjectNode root = new ObjectMapper().createObjectNode().put("rounds", 10);
        Environment.now(directory, "tsc", "sluice bench --sustained -o results").writeTo(root);
        final ArrayNode targets = root.putArray("targets");
        Main.add(targets, new Goals.Goal("two, part that is stored", 0.6, new Median(0.7, 0.65, 0.75, 10), true));
        Main.add(targets, new Goals.Goal("disabled, ns", 0.5, new Median(0.6, 0.5, 0.7, 5)));
        final Path file = directory.resolve("results.json");
        new ObjectMapper().writeValue(file.toFile(), root);
        final StringWriter printed = new StringWriter();
        assertThat(new CommandLine(new TableCommand()).setOut(new PrintWriter(printed))
            .execute("--targets", file.toString())).isZero();
        assertThat(printed.toString()).contains(
            "| two, part that is stored | at least 0.6 | 0.70 [0.65, 0.75], met |\n",
            "| disabled, ns | at most 0.5 | 0.60 [0.50, 0.70], **missed?** |\n",
            "`sluice bench --sustained -o results`: 10 rounds, ");
    }

    @Test
    void shouldLeaveNoDirectoryBehindWhenItHasRefusedToMeasure() throws Exception {
        final Path inner = directory.resolve("outer").resolve("inner");
        assertThat(refusal("--paths", "nosuch", "--rivals", "none", "-o", inner.toString()))
            .contains("nobody is called 'nosuch'");
        assertThat(directory).isEmptyDirectory();
        // One that was there is not ours to remove.
        final Path before = Files.createDirectory(directory.resolve("before"));
        assertThat(refusal("--sweep", "nosuch", "-o", before.toString())).contains("there is no sweep 'nosuch'");
        assertThat(before).isEmptyDirectory();
    }

    @Test
    void shouldSayItBeforeAnythingIsMeasuredWhenAResultIsADirectory() throws Exception {
        final Path results = Files.createDirectory(directory.resolve("results.json"));
        assertThat(refusal("--quick", "--paths", "nothing", "--rivals", "none", "-o", directory.toString()))
            .isEqualTo("sluice bench: " + results + " is no file that can be read and written: remove it, or name"
                + " another directory\n");
    }
}
