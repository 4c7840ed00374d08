// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that are started by the recorder: every call is in the account, and they end as they would without it. */
@OneJdk
@Timeout(900)
class RunTest {
    private static final int SIGTERM_STATUS = 128 + 15;

    @TempDir
    private Path directory;

    private static List<String> java(final String... arguments) {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        return ChildProgram.javaCommand(List.of(), flags, System.getProperty("java.class.path"), List.of(arguments));
    }

    private Path trace() {
        return directory.resolve("trace");
    }

    private ChildProgram run(final List<String> program) throws IOException {
        final List<String> command = java("dev.sluice.cli.Main", "run", "--mode", "shared", "-o", trace().toString(),
            "--");
        command.addAll(program);
        return ChildProgram.start(directory, command);
    }

    /** What the program says that it fired is what it tried, and what the trace has. */
    private void requireEveryCall(final ChildProgram run) throws IOException {
        final String last = run.output().lines().reduce((before, line) -> line).orElseThrow();
        final JsonNode said = new ObjectMapper().readTree(last);
        assertThat(said.get("fired").asLong()).as(run.toString()).isPositive()
            .isEqualTo(said.get("attempts").asLong());
        final TraceReport report = TraceReport.of(TraceReader.open(trace()));
        assertThat(report.account().fired()).as(run.toString()).isEqualTo(said.get("fired").asLong());
        assertThat(report.account().isWhole()).as(report.toText()).isTrue();
    }

    @Test
    void shouldRecordEveryCallAndPassTheStatusOnWhenAScriptStartsTheProgram() throws Exception {
        final String script = "\"$@\"; exit 7";
        final List<String> program = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        program.addAll(java("dev.sluice.samples.Main", "hello", "--rate", "100000", "--count", "500"));
        try (ChildProgram run = run(program)) {
            assertThat(run.awaitExit()).as(run.toString()).isEqualTo(7);
            requireEveryCall(run);
            assertThat(run.errors()).contains("sluice run: has begun: ").contains("fired 500, stored 500");
        }
    }

    @Test
    void shouldEndTheProgramAndRecordItsLastCallsWhenTheRecorderIsTerminated() throws Exception {
        try (ChildProgram run = run(java("dev.sluice.samples.Main", "hello", "--rate", "1000"))) {
            run.awaitFirstLine();
            run.terminate();
            assertThat(run.awaitExit()).as(run.toString()).isEqualTo(SIGTERM_STATUS);
            requireEveryCall(run);
        }
    }

    /** Issue 15: a program that is stopped hears nothing, and the recorder waited for it for ever. */
    @Test
    void shouldEndTheProgramWhenItIsStoppedAndTheRecorderIsTerminated() throws Exception {
        try (ChildProgram run = run(List.of("sh", "-c", "echo ready; kill -STOP $$; exec sleep 600"))) {
            run.awaitFirstLine();
            run.terminate();
            assertThat(run.awaitExit()).as(run.toString()).isEqualTo(SIGTERM_STATUS);
        }
    }

    @Test
    void shouldEndTheProgramThatAScriptHasStartedWhenItIsStoppedAndTheRecorderIsTerminated() throws Exception {
        final List<String> script = new ArrayList<>(List.of("sh", "-c", "\"$@\"; exit 7", "sh"));
        script.addAll(java("dev.sluice.samples.Main", "hello", "--rate", "1000"));
        try (ChildProgram run = run(script)) {
            run.awaitFirstLine();
            final ProcessHandle program = ProcessHandle.of(run.pid()).orElseThrow().descendants()
                .filter(process -> process.children().findAny().isEmpty()).findFirst().orElseThrow();
            try {
                assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(program.pid())).start().waitFor())
                    .isZero();
                run.terminate();
                assertThat(run.awaitExit()).as(run.toString()).isEqualTo(SIGTERM_STATUS);
                program.onExit().get(1, TimeUnit.MINUTES);
            } finally {
                program.destroyForcibly();
            }
        }
    }

    @Test
    void shouldGoOnWithoutARecordingWhenTheRecorderIsDeadOrHasGivenUp() throws Exception {
        final Path file = Files.createFile(directory.resolve("waited"));
        for (final String dead : List.of("2147483647:" + file, ProcessHandle.current().pid() + ":" + file + "-gone",
            "no pid")) {
            final List<String> command = new ArrayList<>(List.of("env", "SLUICE_RUN=" + dead));
            command.addAll(java("dev.sluice.samples.Main", "hello", "--rate", "100000", "--count", "10"));
            try (ChildProgram program = ChildProgram.start(directory, command)) {
                assertThat(program.awaitExit()).as(program.toString()).isZero();
                assertThat(program.output()).contains("\"attempts\":10,\"fired\":0,");
            }
        }
    }

    @Test
    void shouldSayThatNothingIsRecordedWhenTheProgramDoesNotUseSluiceOrCannotBeStarted() throws Exception {
        try (ChildProgram other = run(List.of("sh", "-c", "echo ready; exit 5"));
             ChildProgram none = run(List.of(directory.resolve("none").toString()))) {
            assertThat(other.awaitExit()).as(other.toString()).isEqualTo(5);
            assertThat(other.output()).isEqualTo("ready\n");
            assertThat(other.errors()).hasLineCount(1).contains("has loaded no provider of Sluice");
            assertThat(none.awaitExit()).as(none.toString()).isEqualTo(ExitStatus.FAILED);
            assertThat(none.errors()).hasLineCount(1).contains("cannot start the program");
            assertThat(trace()).doesNotExist();
        }
    }
}
