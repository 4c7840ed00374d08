// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.cli.output.ExitStatus;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A replay at a terminal, which the program script makes. */
@OneJdk
@Timeout(400)
class ReplayTerminalTest {
    private static final int EVENTS = 3_000;
    private static final long STEP_NS = 50_000_000;
    /** What is sent when somebody presses Ctrl-C. */
    private static final String INTERRUPT = "\u0003";

    @TempDir
    private Path directory;

    private String trace() {
        final Path trace = directory.resolve("trace");
        ReplayTraces.write(trace, 1, EVENTS, STEP_NS, 0);
        return trace.toString();
    }

    private static long events(final ChildProgram replay) {
        try {
            return replay.output().lines().filter(line -> line.startsWith("{")).count();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitText(final ChildProgram replay, final String text) throws Exception {
        ChildProgram.await(text, () -> {
            try {
                return replay.output().contains(text);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** How many events have passed when for ten periods no further one has. */
    private static long settled(final ChildProgram replay) throws Exception {
        final long[] seen = {-1, System.nanoTime()};
        ChildProgram.await("events to stand still", () -> {
            final long now = events(replay);
            if (now != seen[0]) {
                seen[0] = now;
                seen[1] = System.nanoTime();
            }
            return System.nanoTime() - seen[1] > 10 * STEP_NS;
        });
        return seen[0];
    }

    @Test
    void shouldPauseStepGoOnAndSayWhatWasReplayedWhenInterrupted() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script is missing: install bsdutils");
        try (ChildProgram replay = ChildProgram.startServantBy(
            // Where the tests themselves run in the background, Ctrl-C is ignored from the start. The shell that
            // script starts must become the program: dash, which gets Ctrl-C too, would end with a status of its own.
            List.of("/bin/sh", "-c", "exec env --default-signal=INT script -qfec \"exec $*\" /dev/null", "sh"),
            directory, "replay", List.of(), System.getProperty("java.class.path"),
            List.of("dev.sluice.cli.Main", "replay", trace()))) {
            awaitText(replay, "Enter pauses and resumes");
            ChildProgram.await("an event", () -> events(replay) > 0);
            replay.send("");
            awaitText(replay, "sluice replay: paused");
            final long paused = settled(replay);
            assertThat(paused).isLessThan(EVENTS);
            replay.send("5");
            ChildProgram.await("five events", () -> events(replay) >= paused + 5);
            assertThat(settled(replay)).isEqualTo(paused + 5);
            replay.send("");
            awaitText(replay, "sluice replay: goes on");
            ChildProgram.await("events", () -> events(replay) > paused + 6);
            replay.send(INTERRUPT);
            assertThat(replay.awaitExit(TimeUnit.MINUTES.toSeconds(1))).as(replay.output()).isEqualTo(ExitStatus.OK);
            assertThat(replay.output()).contains("sluice replay: " + events(replay) + " events in ", "; late by p50 ");
        }
    }
}
