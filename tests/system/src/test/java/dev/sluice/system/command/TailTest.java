// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What tail prints while a recorder records is what print prints afterwards. */
@OneJdk
@Timeout(900)
class TailTest {
    /** A machine that is busy with other work may let the recorder stand for long. */
    private static final String PATIENCE = "200s";

    @TempDir
    private Path directory;

    private ChildProgram java(final String program, final String... arguments) throws IOException {
        final List<String> line = new ArrayList<>(List.of(program));
        line.addAll(List.of(arguments));
        return ChildProgram.startJava(directory, ChildProgram.launcherFlags(), System.getProperty("java.class.path"),
            line);
    }

    private ChildProgram sluice(final String... arguments) throws IOException {
        return java("dev.sluice.cli.Main", arguments);
    }

    private static void awaitTrace(final Path trace) throws InterruptedException {
        ChildProgram.await("the trace has begun", () -> {
            try {
                return !TraceReader.open(trace).targets().isEmpty();
            } catch (final TraceStoreException e) {
                return false;
            }
        });
    }

    @Test
    void shouldPrintWhatPrintPrintsAfterwardsWhenARecordingEnds() throws Exception {
        final Path trace = directory.resolve("trace");
        final long seed = Seed.draw("TailTest");
        try (ChildProgram program = java(QueryProgram.class.getName(), directory.resolve("record").toString(),
                Long.toString(seed))) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
            try (ChildProgram recorder = sluice("record", "-p", Long.toString(program.pid()), "--mode", "shared", "-o",
                    trace.toString())) {
                awaitTrace(trace);
                try (ChildProgram tail = sluice("tail", trace.toString(), "--patience", PATIENCE);
                     ChildProgram some = sluice("tail", trace.toString(), "--patience", PATIENCE, "--json", "-e",
                         "db:query_end", "--where", "rows > 10", "--thread", "client-1")) {
                    assertThat(program.awaitExit()).as(program.toString()).isZero();
                    assertThat(recorder.awaitExit()).as(recorder.toString()).isZero();
                    compare(tail, "print", trace.toString());
                    compare(some, "print", trace.toString(), "--json", "-e", "db:query_end", "--where", "rows > 10",
                        "--thread", "client-1");
                }
            }
        }
    }

    private void compare(final ChildProgram tail, final String... print) throws Exception {
        assertThat(tail.awaitExit()).as(tail.toString()).isEqualTo(ExitStatus.OK);
        try (ChildProgram printer = sluice(print)) {
            assertThat(printer.awaitExit()).as(printer.toString()).isZero();
            final List<String> lines = printer.output().lines().toList();
            assertThat(lines).hasSizeGreaterThan(100);
            if (tail.errors().contains("printed after later ones")) {
                assertThat(tail.output().lines().sorted().toList()).isEqualTo(lines.stream().sorted().toList());
            } else {
                assertThat(tail.output().lines().toList()).isEqualTo(lines);
            }
        }
    }

    private static long lines(final ChildProgram program) {
        try {
            return program.output().lines().count();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldEndInOrderWhenItIsInterrupted() throws Exception {
        final Path trace = directory.resolve("trace");
        try (ChildProgram program = java(EndlessProgram.class.getName())) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
            try (ChildProgram recorder = sluice("record", "-p", Long.toString(program.pid()), "--mode", "shared", "-o",
                    trace.toString())) {
                awaitTrace(trace);
                try (ChildProgram tail = sluice("tail", trace.toString(), "--patience", PATIENCE)) {
                    ChildProgram.await("a hundred lines", () -> lines(tail) >= 100);
                    tail.interrupt();
                    assertThat(tail.awaitExit()).as(tail.toString()).isEqualTo(ExitStatus.OK);
                    assertThat(tail.output()).endsWith("\n");
                    assertThat(tail.output().lines()).allMatch(line -> line.contains(" endless:tick "));
                }
                try (ChildProgram first = sluice("tail", trace.toString(), "--patience", PATIENCE, "-n", "10")) {
                    assertThat(first.awaitExit()).as(first.toString()).isEqualTo(ExitStatus.OK);
                    assertThat(first.output()).hasLineCount(10);
                }
                assertThat(recorder.isAlive()).as(recorder.toString()).isTrue();
                recorder.kill();
                try (ChildProgram tail = sluice("tail", trace.toString(), "--patience", "1s")) {
                    assertThat(tail.awaitExit()).as(tail.toString()).isEqualTo(ExitStatus.INCOMPLETE);
                    assertThat(tail.errors()).contains("the recorder wrote nothing for 1000 ms (--patience)");
                }
            }
        }
    }
}
