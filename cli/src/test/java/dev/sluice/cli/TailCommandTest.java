// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.output.ExitStatus;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What tail says of traces that nobody records any more. That it follows: TraceTailTest, and TailTest of processes. */
@OneJdk
@Timeout(400)
class TailCommandTest {
    @TempDir
    private Path directory;

    private String trace(final boolean hasEnd) {
        final Path trace = directory.resolve("trace");
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final PacketBuilder packets = new PacketBuilder(target.id(), 7);
            for (long i = 0; i < 100; i++) {
                packets.event(TestTraces.PAIR, 1 + i, 0, i, -i);
            }
            packets.append(writer, 0);
            if (hasEnd) {
                writer.end(0, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS,
                    List.of(new RingAccount(StreamKey.ofRing(7), 100, 0, 0, 0, 1, 1, 0)), Map.of()));
            }
        }
        return trace.toString();
    }

    @Test
    void shouldPrintWhatPrintPrintsWhenTheTraceHasEnded() {
        final String trace = trace(true);
        for (final String[] options : new String[][] {{}, {"--json"}, {"--where", "a > 90"}, {"-n", "5"},
            {"--from", "+10ns", "--to", "+20ns"}}) {
            final String[] tail = new String[options.length + 2];
            tail[0] = "tail";
            tail[1] = trace;
            System.arraycopy(options, 0, tail, 2, options.length);
            final String[] print = tail.clone();
            print[0] = "print";
            final MainTest.Result printed = MainTest.runMain(print);
            assertThat(printed.status()).isEqualTo(ExitStatus.OK);
            assertThat(MainTest.runMain(tail)).isEqualTo(printed);
        }
    }

    @Test
    void shouldSayThatTheRecorderIsGoneWhenTheTraceHasNoEnd() {
        final MainTest.Result result = MainTest.runMain("tail", trace(false), "--patience", "10ms");
        assertThat(result.status()).isEqualTo(ExitStatus.INCOMPLETE);
        assertThat(result.text()).hasLineCount(101).contains("sluice tail: the recorder wrote nothing for 10 ms"
            + " (--patience): it was killed or is stopped; what it wrote was printed");
    }

    @Test
    void shouldRefuseWhatIsNotThere() {
        final String trace = trace(true);
        final MainTest.Result name = MainTest.runMain("tail", trace, "-e", "no:such");
        assertThat(name.status()).isEqualTo(ExitStatus.USAGE);
        assertThat(name.text().lines()).hasSize(2);
        assertThat(name.text()).startsWith("sluice tail: no event of the trace fits 'no:such'; there are bench:pair;"
            + " waiting for it\n").endsWith("; see 'sluice tail --help'\n");
        final MainTest.Result process = MainTest.runMain("tail", trace, "--process", "nobody");
        assertThat(process.status()).isEqualTo(ExitStatus.USAGE);
        assertThat(process.text()).startsWith("sluice tail: no process of the trace fits 'nobody'; there are ")
            .hasLineCount(2);
        assertThat(MainTest.runMain("tail", trace, "--from", "-1s").status()).isEqualTo(ExitStatus.USAGE);
        assertThat(MainTest.runMain("tail", trace, "--hold", "soon").status()).isEqualTo(ExitStatus.USAGE);
        assertThat(MainTest.runMain("tail", directory.resolve("none").toString())).isEqualTo(
            new MainTest.Result(ExitStatus.FAILED, "sluice tail: no such directory: " + directory.resolve("none")
                + "; give the directory of a recording\n"));
    }
}
