// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code sluice} as a process of its own, beside the program that it records. */
final class RecorderProcess {
    private RecorderProcess() {
    }

    /** Starts a command. */
    static ChildProgram sluice(final Path directory, final String... arguments) throws IOException {
        final List<String> line = new ArrayList<>(List.of("dev.sluice.cli.Main"));
        line.addAll(List.of(arguments));
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m"));
        return ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"), line);
    }

    /** Records a program under BLOCK, and returns when that has begun. */
    static ChildProgram record(final Path directory, final Path trace, final ChildProgram program,
                               final String... options) throws Exception {
        final List<String> line = new ArrayList<>(List.of("record", "-p", Long.toString(program.pid()), "-o",
            trace.toString(), "--policy", "block"));
        line.addAll(List.of(options));
        final ChildProgram recorder = sluice(directory, line.toArray(String[]::new));
        ChildProgram.await("it has begun", () -> {
            assertThat(recorder.isAlive()).as(recorder.toString()).isTrue();
            return errors(recorder).contains("has begun: ");
        });
        return recorder;
    }

    /** What a program has said on standard error so far. */
    static String errors(final ChildProgram program) {
        try {
            return program.errors();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
