// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    @TempDir
    private Path directory;

    /** What the command did. */
    record Result(int status, String text) {
    }

    /** Runs the command; returns its status and, after a line break, what it printed. */
    private static String run(final String... arguments) {
        final Result result = runMain(arguments);
        return result.status + "\n" + result.text;
    }

    /** Runs the command in this JVM. */
    static Result runMain(final String... arguments) {
        return runMain(new ByteArrayOutputStream(), arguments);
    }

    /** As above; what is printed can be seen while it runs. */
    static Result runMain(final ByteArrayOutputStream captured, final String... arguments) {
        final PrintStream out = System.out;
        final PrintStream err = System.err;
        try (PrintStream stream = new PrintStream(captured, true, StandardCharsets.UTF_8)) {
            System.setOut(stream);
            System.setErr(stream);
            final int status = Main.run(arguments);
            return new Result(status, captured.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "frobnicate", "record", "record -p x", "record -p -5", "record -p 1 --policy sometimes",
        "record -p 1 --duration soon", "record -p 1 --mode sometimes", "report", "print", "list -p 1 --all",
        "demo --threads 0", "demo --share 2/3", "report one two", "demo --frobnicate"})
    void shouldExitWithUsageWhenArgumentsAreWrong(final String line) {
        final String result = run(line.isEmpty() ? new String[0] : line.split(" "));
        assertThat(result).startsWith(Main.USAGE + "\n").doesNotContain("\tat ");
    }

    @Test
    void shouldNameTheRemedyWhenProcessDoesNotExist() {
        assertThat(run("record", "-p", "2147483647", "-o", directory.resolve("t").toString()))
            .startsWith(Main.FAILED + "\n").contains("no process 2147483647", "sluice list --all")
            .doesNotContain("\tat ");
        assertThat(directory.resolve("t")).doesNotExist();
    }

    @Test
    void shouldPrintStackTraceWhenVerbose() {
        assertThat(run("report", "--verbose", directory.toString())).startsWith(Main.FAILED + "\n").contains("\tat ");
    }

    @Test
    void shouldFailWithRemedyWhenDirectoryIsNoTrace() {
        assertThat(run("report", directory.toString())).startsWith(Main.FAILED + "\n").contains("no trace");
        assertThat(run("print", directory.resolve("none").toString())).startsWith(Main.FAILED + "\n");
    }

    @Test
    void shouldListCommandsWhenAskedForHelp() {
        assertThat(run("help")).startsWith(Main.OK + "\n")
            .contains("demo", "sample", "list", "record", "report", "print", "bench", "test");
        assertThat(run("--version")).startsWith(Main.OK + "\nsluice ");
        assertThat(run("record", "--help")).startsWith(Main.OK + "\n").contains("--policy");
    }

    @Test
    void shouldPrintEmptyListWhenProcessHasNoProbesOfThatName() {
        assertThat(run("list", "-p", Long.toString(ProcessHandle.current().pid()), "no-such-provider:*", "--json"))
            .isEqualTo(Main.OK + "\n[]\n");
    }
}
