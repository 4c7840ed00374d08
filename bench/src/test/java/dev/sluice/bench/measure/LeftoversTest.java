// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stays behind of a run that a signal has ended: nothing, or nothing once the next one has begun. */
@OneJdk
@Timeout(300)
class LeftoversTest {
    private static final String READY = "child";

    @TempDir
    private Path directory;
    private Path temporary;

    @BeforeEach
    void makeTemporary() throws Exception {
        temporary = Files.createDirectory(directory.resolve("tmp"));
    }

    /** Has a directory with a file, a file, a process, and something that is undone; then waits. */
    static final class Busy {
        private Busy() {
        }

        public static void main(final String[] arguments) throws Exception {
            Files.writeString(Files.createDirectory(Leftovers.directory().resolve("trace")).resolve("events"), "1");
            Leftovers.file();
            Leftovers.remove(Leftovers.file());
            final Path session = Leftovers.watch(Files.createFile(Path.of(arguments[0], "session")));
            Leftovers.undo(() -> System.out.println("undone " + Files.exists(session)));
            final Process child = new ProcessBuilder("sleep", "600").start();
            System.out.println(READY + " " + child.pid());
            child.waitFor();
            TimeUnit.MINUTES.sleep(10);
        }
    }

    private ChildProgram busy() throws Exception {
        return ChildProgram.startJava(directory, List.of("-Djava.io.tmpdir=" + temporary),
            System.getProperty("java.class.path"), List.of(Busy.class.getName(), directory.toString()));
    }

    private static ProcessHandle child(final ChildProgram run) throws Exception {
        return ProcessHandle.of(Long.parseLong(run.awaitLine(READY, 1).split(" ")[1])).orElseThrow();
    }

    private List<Path> temporaries() throws Exception {
        try (Stream<Path> files = Files.list(temporary)) {
            return files.toList();
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenASignalEndsIt() throws Exception {
        try (ChildProgram run = busy()) {
            final ProcessHandle child = child(run);
            assertThat(temporaries()).hasSize(2);
            run.terminate();
            run.awaitExit();
            assertThat(child.isAlive()).isFalse();
            assertThat(temporaries()).isEmpty();
            assertThat(directory.resolve("session")).doesNotExist();
            assertThat(run.output()).contains("undone true");
        }
    }

    @Test
    void shouldRemoveWhatADeadRunHasLeftAndNothingElseWhenTheNextBegins() throws Exception {
        final Path other = Files.createDirectory(temporary.resolve("sluice-benchmark"));
        try (ChildProgram live = busy()) {
            final ProcessHandle child = child(live);
            final List<Path> ofLive = temporaries();
            Files.delete(directory.resolve("session"));
            try (ChildProgram dead = ChildProgram.startJava(Files.createDirectory(directory.resolve("dead")),
                List.of("-Djava.io.tmpdir=" + temporary), System.getProperty("java.class.path"),
                List.of(Busy.class.getName(), directory.toString()))) {
                final ProcessHandle orphan = child(dead);
                assertThat(temporaries()).hasSize(5);
                dead.kill();
                dead.awaitExit();
                orphan.destroyForcibly();
            }
            Leftovers.removeOfTheDead(temporary);
            assertThat(temporaries()).containsExactlyInAnyOrderElementsOf(ofLive).contains(other);
            child.destroyForcibly();
        }
    }
}
