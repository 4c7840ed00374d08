// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice top} in a terminal of 80 columns and 24 rows, which the program tmux is. */
@OneJdk
@Timeout(600)
class TopTest {
    private static final String SESSION = "top";

    @TempDir
    private Path directory;
    private ChildProgram target;
    private ChildProgram record;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/tmux")), "tmux is missing: install tmux");
        target = java("dev.sluice.samples.Main", "latency", "--rate", "500");
        target.awaitFirstLine();
        record = java("dev.sluice.cli.Main", "record", "-p", Long.toString(target.pid()), "--mode", "shared", "-o",
            directory.resolve("trace").toString());
        tmux("-f", "/dev/null", "new-session", "-d", "-s", SESSION, "-x", "80", "-y", "24", "env",
            // Where the tests themselves run in the background, Ctrl-C is ignored from the start.
            "--default-signal=INT", "PS1=$ ", "sh");
    }

    @AfterEach
    void end() throws Exception {
        if (record != null) {
            tmux("kill-server");
            record.close();
        }
        if (target != null) {
            target.close();
        }
    }

    private ChildProgram java(final String... words) throws IOException {
        return ChildProgram.startServant(directory, words[0], List.of(), System.getProperty("java.class.path"),
            List.of(words));
    }

    /** Calls the server of this test, which no other has. */
    private String tmux(final String... words) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of("env", "-u", "TMUX", "LC_ALL=C.UTF-8", "tmux", "-S",
            directory.resolve("tmux").toString()));
        command.addAll(List.of(words));
        try (ChildProgram child = ChildProgram.start(directory, command)) {
            assertThat(child.awaitExit()).as(child.toString()).isZero();
            return child.output();
        }
    }

    private void type(final String text) throws IOException, InterruptedException {
        tmux("send-keys", "-t", SESSION, "-l", text);
    }

    /** What the terminal shows. */
    private List<String> page() {
        try {
            return tmux("capture-pane", "-p", "-t", SESSION).lines().toList();
        } catch (final IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String await(final String text) throws InterruptedException {
        final String[] shown = {""};
        try {
            ChildProgram.await(text, () -> {
                shown[0] = String.join("\n", page());
                return shown[0].contains(text);
            });
        } catch (final AssertionError e) {
            throw new AssertionError("the terminal shows:\n" + shown[0], e);
        }
        return shown[0];
    }

    /** Starts it in the terminal, where a line says afterwards how the terminal was left. */
    private void startTop() throws Exception {
        final List<String> command = ChildProgram.javaCommand(List.of(),
            Stream.concat(ChildProgram.launcherFlags().stream(), Stream.of("-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC")).toList(), "\"$CLASS_PATH\"",
            List.of("dev.sluice.cli.Main", "top", "-p", Long.toString(target.pid())));
        final Path script = Files.writeString(directory.resolve("top.sh"), "CLASS_PATH='"
            + System.getProperty("java.class.path") + "'\ntrap : INT\nbefore=$(stty -g)\necho $$ >"
            + directory.resolve("shell") + "\n" + String.join(" ", command) + "\nstatus=$?\n"
            + "[ \"$(stty -g)\" = \"$before\" ] && echo \"ended with $status and the terminal is as it was\"\n");
        type("sh " + script + "\n");
        await("latency:work_begin");
    }

    @Test
    void shouldShowTracepointsAndThreadsAndGiveTheTerminalBackWhenQIsPressed() throws Exception {
        startTop();
        final String page = await("recorded by process " + record.pid());
        assertThat(page.lines()).hasSizeLessThanOrEqualTo(24).allSatisfy(
            line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(page).startsWith("sluice top - ").contains("process " + target.pid(), "events/s, discarded 0/s",
            "TRACEPOINT", "latency:work_end", "THREAD", "q quits; sorted by rate", "2 tracepoints");
        // Drawn anew: each second has its time.
        final String first = page.lines().findFirst().orElseThrow();
        ChildProgram.await("another page", () -> !page().get(0).equals(first));
        type("n");
        final List<String> sorted = await("sorted by name").lines().filter(line -> line.contains("latency:")).toList();
        assertThat(sorted.get(0)).endsWith("latency:work_begin");
        tmux("resize-window", "-t", SESSION, "-x", "100", "-y", "30");
        ChildProgram.await("the page fills the larger terminal", () -> page().size() == 30
            && page().get(29).startsWith("q quits; sorted by name"));
        type("q");
        assertThat(await("ended with 0 and the terminal is as it was")).doesNotContain("TRACEPOINT");
    }

    @Test
    void shouldGiveTheTerminalBackWhenItIsInterruptedOrTold() throws Exception {
        startTop();
        tmux("send-keys", "-t", SESSION, "C-c");
        assertThat(await("ended with 0 and the terminal is as it was")).doesNotContain("TRACEPOINT");
        type("clear\n");
        startTop();
        final long shell = Long.parseLong(Files.readString(directory.resolve("shell")).strip());
        final String top = Files.readString(Path.of("/proc/" + shell + "/task/" + shell + "/children")).strip();
        try (ChildProgram kill = ChildProgram.start(directory, List.of("kill", "-TERM", top))) {
            assertThat(kill.awaitExit()).isZero();
        }
        assertThat(await("ended with 0 and the terminal is as it was")).doesNotContain("TRACEPOINT");
    }

    @Test
    void shouldEndWhenTheProgramEnds() throws Exception {
        startTop();
        target.terminate();
        assertThat(await("ended with 0 and the terminal is as it was")).contains("sluice top: process " + target.pid(),
            "has ended");
    }

    @Test
    void shouldNameStatWhenThereIsNoTerminal() {
        final MainTest.Result top = MainTest.runMain("top", "-p", Long.toString(target.pid()));
        assertThat(top.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(top.text()).hasLineCount(1).contains("'sluice stat -p " + target.pid() + "'");
    }
}
