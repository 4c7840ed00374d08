// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The examples of the USDT report, each with its bpftrace script: what bpftrace prints has the lines that the expected
 * file has, whatever the numbers are.
 */
@OneJdk
@Tag("kernel")
@Timeout(400)
class ReportExamplesTest {
    private static final Path SCRIPTS = ChildProgram.root().resolve("samples/src/main/bpftrace");
    /** bpftrace wants tracefs; a mount namespace of its own leaves the machine as it is. */
    private static final String MOUNTED = "mountpoint -q /sys/kernel/tracing || mount -t tracefs none "
        + "/sys/kernel/tracing; [ -d /sys/kernel/debug/tracing ] || mount -t debugfs none /sys/kernel/debug; "
        + "exec bpftrace \"$@\"";

    @TempDir
    private Path directory;

    /** Lines without their numbers, bars and units. */
    private static Set<String> shapes(final List<String> lines) {
        return lines.stream().filter(line -> !line.isBlank() && !line.startsWith("ERROR: Unknown error -1"))
            .map(line -> line.replaceAll("\\|@* *\\|", "|").replaceAll("[0-9]+[KMG]?", "N").replaceAll(" +", " "))
            .map(String::strip)
            .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @CsvSource({"hello, 500, 500", "tick-tock, 500, 500", "random, 2000, 2000", "latency, 1000, 1000"})
    void shouldPrintTheExpectedLinesWhenBpftraceRunsTheScript(final String sample, final int count, final int rate)
        throws Exception {
        assumeTrue(Files.exists(Path.of("/sys/kernel/btf/vmlinux")), "this kernel has no BTF");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/bpftrace")), "bpftrace is missing: install bpftrace");
        assumeTrue("root".equals(System.getProperty("user.name")), "attaching needs root");
        try (ChildProgram program = start(sample, count, rate)) {
            assertThat(program.awaitFirstLine()).isEqualTo("pid " + program.pid());
            try (ChildProgram bpftrace = ChildProgram.start(directory, List.of("unshare", "-m", "sh", "-c", MOUNTED,
                "bpftrace", "-B", "line", "-p", Long.toString(program.pid()),
                SCRIPTS.resolve(sample + ".bt").toString()))) {
                // The sample begins when its semaphore is up, and ends by itself; bpftrace ends when it has.
                assertThat(program.awaitExit()).as(program.errors()).isZero();
                assertThat(bpftrace.awaitExit()).as(bpftrace.errors()).isZero();
                final List<String> lines = bpftrace.output().lines().toList();
                final Set<String> expected = shapes(Files.readAllLines(SCRIPTS.resolve(sample + ".expected")));
                assertThat(shapes(lines)).as(bpftrace.output() + bpftrace.errors()).isEqualTo(expected);
            }
        }
    }

    private ChildProgram start(final String sample, final int count, final int rate) throws IOException {
        return ChildProgram.startJava(directory, ChildProgram.launcherFlags(), System.getProperty("java.class.path"),
            List.of("dev.sluice.samples.Main", sample, "--wait", "--count", Integer.toString(count), "--rate",
                Integer.toString(rate)));
    }
}
