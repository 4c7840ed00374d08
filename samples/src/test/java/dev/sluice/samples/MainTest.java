// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    @Test
    void shouldPrintPidThenWhatTheTruthSaysWhenJrtScanEnds() throws Exception {
        assertThat(run("jrt-scan", "--share", "1/211", "--threads", "3", "--pass", "2")).isZero();

        final String[] lines = out.toString(StandardCharsets.UTF_8).split("\n");
        final EventTotals truth = JrtTruth.compute(new Share(211));
        assertThat(lines).hasSize(2);
        assertThat(lines[0]).isEqualTo("pid " + ProcessHandle.current().pid());
        assertThat(lines[1]).contains("\"attempted\":" + truth.plus(truth).toJson(), "\"fired\":0,",
            "\"share\":\"1/211\"", "{\"thread\":\"jrt-scan-2\"").startsWith("{").endsWith("}");
    }

    @Test
    void shouldPrintTheTruthWhenAskedFor() throws Exception {
        assertThat(run("jrt-truth", "--share", "1/1000")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
            .isEqualTo(JrtTruth.compute(new Share(1000)).toJson() + System.lineSeparator());
    }

    @Test
    void shouldEndWithOneWhenNobodyAttachesInTime() throws Exception {
        assertThat(run("hello", "--wait", "--wait-timeout", "50ms")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("nobody attached within 50 ms", "sluice record");
    }

    private int runWithInput(final String input, final String... arguments) throws Exception {
        final InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            return run(arguments);
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void shouldBeginWhenALineComes() throws Exception {
        assertThat(runWithInput("\n", "jrt-scan", "--share", "1/1000", "--wait-line")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).split("\n")).hasSize(2);
    }

    /** Whoever should have written it is dead. */
    @Test
    void shouldEndWithOneWhenInputEndsBeforeTheLine() throws Exception {
        assertThat(runWithInput("", "jrt-scan", "--share", "1/1000", "--wait-line")).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8).split("\n")).hasSize(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("standard input has ended before the line");
    }

    @Test
    void shouldEndWithTwoAndNameTheMistakeWhenUsedWrongly() throws Exception {
        assertThat(List.of(run(), run("nothing"), run("jrt-scan", "--threads", "0"), run("jrt-scan", "--share", "2/3"),
            run("hello", "--rate"), run("hello", "--wait", "--wait"), run("hello", "--wait-timeout", "5 minutes"),
            run("hello", "fast"))).containsOnly(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines()).containsExactly(
            "sluice sample: which sample? one of jrt-scan, jrt-truth, bank, hello, tick-tock, random, latency; "
                + "see sluice sample --help",
            "sluice sample: no sample 'nothing': there are jrt-scan, jrt-truth, bank, hello, tick-tock, random, "
                + "latency; see sluice sample --help",
            "sluice sample: --threads=0 must be a number from 1 to 1024; see sluice sample --help",
            "sluice sample: share '2/3' is not of the form 1/K; see sluice sample --help",
            "sluice sample: --rate needs a value; see sluice sample --help",
            "sluice sample: --wait is given twice; see sluice sample --help",
            "sluice sample: --wait-timeout=5 minutes must be a duration such as 500ms, 10s or 2m; "
                + "see sluice sample --help",
            "sluice sample: unknown option fast; see sluice sample --help");
        assertThat(out.size()).isZero();
    }

    @Test
    void shouldSayWhatItFiredWhenTerminated() throws Exception {
        for (final String sample : List.of("hello --rate 1000", "jrt-scan --loop --share 1/50")) {
            try (ChildProgram child = start(sample)) {
                assertThat(child.awaitFirstLine()).isEqualTo("pid " + child.pid());
                child.terminate();
                assertThat(child.awaitExit()).isEqualTo(128 + 15);
                final List<String> lines = child.output().lines().toList();
                assertThat(lines).as(child.errors()).hasSize(2);
                assertThat(lines.get(1)).contains("\"attempts\":").endsWith("}");
            }
        }
    }

    private ChildProgram start(final String sample) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of("dev.sluice.samples.Main"));
        arguments.addAll(List.of(sample.split(" ")));
        return ChildProgram.startJava(directory, ChildProgram.launcherFlags(), System.getProperty("java.class.path"),
            arguments);
    }

    private int run(final String... arguments) throws InterruptedException {
        return Main.run(arguments, new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    }
}
