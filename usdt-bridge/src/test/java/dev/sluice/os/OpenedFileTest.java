// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.usdt.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names that lead to something else by the time they are opened. */
class OpenedFileTest {
    private static final int ROUNDS = 3_000;

    @TempDir
    private Path directory;

    @Test
    void shouldRefuseAtOnceWhenTheNameIsOfNoRegularFile() throws Exception {
        assumeTrue(NativeCalls.unavailableReason().isEmpty(), NativeCalls.unavailableReason());
        final Path pipe = pipe("pipe");
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            for (final Path path : new Path[] {pipe, directory, Path.of("/dev/full")}) {
                assertThatThrownBy(() -> OpenedFile.open(path)).isInstanceOf(IOException.class)
                    .hasMessage("it is no regular file");
            }
            assertThatThrownBy(() -> OpenedFile.open(directory.resolve("absent")))
                .isInstanceOf(NoSuchFileException.class);
        });
    }

    @Test
    void shouldReadTheVeryFileWhenItsNameIsGivenToAnother() throws IOException {
        final Path name = Files.writeString(directory.resolve("file"), "first");
        try (OpenedFile file = OpenedFile.open(name)) {
            Files.move(Files.writeString(directory.resolve("other"), "second"), name,
                StandardCopyOption.REPLACE_EXISTING);
            assertThat(Files.readString(file.path())).isEqualTo("first");
            try (OpenedFile other = OpenedFile.open(name)) {
                assertThat(other.identity()).isNotEqualTo(file.identity());
            }
        }
    }

    /** A name that becomes a pipe and a file again all the time: whoever looks first and opens then waits for ever. */
    @Test
    void shouldNeverWaitWhenTheNameBecomesAPipeMeanwhile() throws Exception {
        final Path name = directory.resolve("turning");
        Files.writeString(name, "content");
        final AtomicBoolean isOver = new AtomicBoolean();
        final Path pipe = pipe("becomes");
        final Path file = Files.writeString(directory.resolve("stays"), "content");
        final Path next = directory.resolve("next");
        final Thread turner = new Thread(() -> {
            try {
                while (!isOver.get()) {
                    for (final Path target : new Path[] {pipe, file}) {
                        Files.createLink(next, target);
                        Files.move(next, name, StandardCopyOption.ATOMIC_MOVE);
                    }
                }
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        });
        turner.start();
        try {
            assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
                int opened = 0;
                for (int round = 0; round < ROUNDS; round++) {
                    try (OpenedFile read = OpenedFile.open(name)) {
                        opened++;
                        assertThat(Files.readString(read.path())).isEqualTo("content");
                    } catch (final IOException e) {
                        assertThat(e).hasMessage("it is no regular file");
                    }
                }
                assertThat(opened).isBetween(1, ROUNDS - 1);
            });
        } finally {
            isOver.set(true);
            turner.join(30_000);
        }
    }

    private Path pipe(final String name) throws Exception {
        final Path pipe = directory.resolve(name);
        Commands.run("mkfifo", pipe.toString());
        return pipe;
    }
}
