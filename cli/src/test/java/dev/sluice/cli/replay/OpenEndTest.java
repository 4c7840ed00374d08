// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.TestTraces;
import dev.sluice.store.write.TraceWriter;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that hand on the events of a trace whose recorder has not ended it, as {@code report} judges it. */
class OpenEndTest {
    private static final int EVENTS = 6;

    @TempDir
    Path directory;

    private int exports;

    @Test
    void shouldSayThatTheEndIsUnknownWhenTheRecordingWasCutOff() {
        final String trace = directory.resolve("trace").toString();
        try (TraceWriter writer = TraceWriter.create(Path.of(trace), TestTraces.INFO)) {
            ReplayTraces.writeEvents(writer, 2, EVENTS, 1);
            for (final String command : new String[]{"print", "export", "replay"}) {
                assertThat(run(command, trace).text()).contains("sluice " + command + ": the end of the trace is"
                    + " unknown: it is still being recorded, and more may come; 'sluice tail' follows it\n");
            }
        }
        for (final String command : new String[]{"print", "export", "replay"}) {
            final MainTest.Result whole = run(command, trace);
            assertThat(whole.status()).as(whole.text()).isEqualTo(ExitStatus.INCOMPLETE);
            assertThat(whole.text()).contains("sluice " + command + ": the end of the trace is unknown: the recording"
                + " was cut off, and more may have been fired; 'sluice report' has the account\n");
            assertThat(run(command, trace, "-e", "bench").status()).isEqualTo(ExitStatus.INCOMPLETE);
            for (final String range : new String[]{"-n7", "--to=+2ns"}) {
                assertThat(run(command, trace, range).status()).as(range).isEqualTo(ExitStatus.INCOMPLETE);
            }
            // So many were asked for, and are there.
            final MainTest.Result part = run(command, trace, "-n2");
            assertThat(part.status()).as(part.text()).isEqualTo(ExitStatus.OK);
            assertThat(part.text()).doesNotContain("unknown");
        }
        assertThat(MainTest.runMain("report", trace).status()).isEqualTo(ExitStatus.INCOMPLETE);
    }

    private MainTest.Result run(final String command, final String trace, final String... options) {
        final String[] words = switch (command) {
            case "export" -> new String[]{command, trace, "--format", "csv", "-o", directory + "/csv" + exports++};
            case "replay" -> new String[]{command, trace, "--speed", "max"};
            default -> new String[]{command, trace};
        };
        final String[] all = Arrays.copyOf(words, words.length + options.length);
        System.arraycopy(options, 0, all, words.length, options.length);
        return MainTest.runMain(all);
    }
}
