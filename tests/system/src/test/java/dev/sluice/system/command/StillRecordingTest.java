// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A report knows a recorder that is at work from one that was killed. */
@OneJdk
@Timeout(900)
class StillRecordingTest {
    @TempDir
    private Path directory;

    private ChildProgram java(final String... arguments) throws IOException {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        return ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"), List.of(arguments));
    }

    private ChildProgram record(final ChildProgram program, final Path trace) throws Exception {
        final ChildProgram recorder = java("dev.sluice.cli.Main", "record", "-p", Long.toString(program.pid()),
            "--mode", "shared", "-o", trace.toString());
        ChildProgram.await("it says that it has begun: " + recorder, () -> {
            try {
                assertThat(recorder.isAlive()).as(recorder.toString()).isTrue();
                return recorder.errors().contains("sluice record: has begun: ");
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(recorder.errors()).isEqualTo("sluice record: has begun: 1 tracepoint of process " + program.pid()
            + ", into " + trace + System.lineSeparator());
        return recorder;
    }

    private static void check(final Path trace, final String end, final boolean isRecording) {
        final MainTest.Result report = MainTest.runMain("report", trace.toString());
        assertThat(report.status()).as(report.text()).isIn(ExitStatus.OK, ExitStatus.INCOMPLETE);
        assertThat(report.text()).containsPattern("(?m)^end {7}" + end);
        assertThat(MainTest.runMain("report", trace.toString(), "--json").text())
            .contains("\"recording\":" + isRecording);
    }

    @Test
    void shouldSayStillRecordingUntilTheRecorderEndsAndCutOffWhenItIsKilled() throws Exception {
        try (ChildProgram program = java("dev.sluice.samples.Main", "hello", "--rate", "1000")) {
            program.awaitFirstLine();
            final Path whole = directory.resolve("whole");
            try (ChildProgram recorder = record(program, whole)) {
                check(whole, "unknown: still recording$", true);
                recorder.stop();
                check(whole, "unknown: still recording$", true);
                recorder.signal("CONT");
                recorder.terminate();
                recorder.awaitExit();
                check(whole, "known, ", false);
            }
            final Path cut = directory.resolve("cut");
            try (ChildProgram recorder = record(program, cut)) {
                check(cut, "unknown: still recording$", true);
                recorder.kill();
                recorder.awaitExit();
                check(cut, "unknown: the recording was cut off$", false);
            }
        }
    }
}
