// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

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
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Issue 15: what a terminal shows while a recording runs, and that Ctrl-C ends it. */
@OneJdk
@Timeout(200)
class RecordTerminalTest {
    /** What is sent when somebody presses Ctrl-C. */
    private static final String INTERRUPT = "\u0003";

    @TempDir
    private Path directory;

    @Test
    void shouldShowEventsRateBytesAndLossesUntilCtrlCEndsIt() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script is missing: install bsdutils");
        try (ChildProgram hello = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), List.of("dev.sluice.samples.Main", "hello", "--rate", "2000"))) {
            hello.awaitFirstLine();
            try (ChildProgram record = ChildProgram.startServantBy(
                // Where the tests themselves run in the background, Ctrl-C is ignored from the start.
                List.of("/bin/sh", "-c", "exec env --default-signal=INT script -qfec \"exec $*\" /dev/null", "sh"),
                directory, "record", List.of(), System.getProperty("java.class.path"),
                List.of("dev.sluice.cli.Main", "record", "-p", Long.toString(hello.pid()), "--mode", "shared", "-o",
                    directory.resolve("trace").toString()))) {
                final Pattern line = Pattern.compile("\rprocess " + hello.pid() + ": [1-9][0-9]* s, [1-9][0-9,]*"
                    + " events, [1-9][0-9,]*/s, [1-9][0-9.]* (B|KiB|MiB), 0 lost; Ctrl-C ends it");
                ChildProgram.await("the line is shown: " + record, () -> line.matcher(output(record)).find());
                record.send(INTERRUPT);
                assertThat(record.awaitExit()).as(record.output()).isEqualTo(ExitStatus.OK);
                assertThat(record.output()).contains(directory.resolve("trace") + ": fired ", ", end known");
            }
        }
    }

    private static String output(final ChildProgram record) {
        try {
            return record.output();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
