// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.Main;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.ReadmeExample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that docs/usdt.md shows, on the program that the README shows. */
@OneJdk
@KernelTest
@Timeout(600)
class UsdtDocTest {
    private static final String COMMAND = "./sluice ";
    private static final String TRACER = "bpftrace -p PID -e ";

    @TempDir
    private Path directory;

    /** Lines of the page that begin with a text, without their comment. */
    private static List<String> lines(final String begin) throws Exception {
        return Files.readAllLines(ChildProgram.root().resolve("docs/usdt.md")).stream()
            .filter(line -> line.startsWith(begin)).map(line -> line.replaceFirst("\\s+# .*", "")).toList();
    }

    private ChildProgram startExample() throws Exception {
        final ReadmeExample example = ReadmeExample.read();
        example.compile(directory, System.getProperty("java.class.path"));
        final ChildProgram program = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            directory + ":" + System.getProperty("java.class.path"), List.of(example.className()));
        assertThat(program.awaitFirstLine()).isEqualTo("pid " + program.pid());
        return program;
    }

    @Test
    void shouldWorkOnTheReadmesProgramWhenTheyAreSluicesOwn() throws Exception {
        try (ChildProgram program = startExample()) {
            int counted = 0;
            for (final String line : lines(COMMAND + "trap -p PID")) {
                final List<String> arguments = new ArrayList<>(Arrays.asList(line.substring(COMMAND.length())
                    .replace("PID", Long.toString(program.pid())).replace("'", "").split(" +")));
                arguments.removeAll(List.of("--duration", "10s"));
                arguments.addAll(List.of("--duration", "1s"));
                final List<String> all = new ArrayList<>(List.of(Main.class.getName()));
                all.addAll(arguments);
                // Apart: what is printed is much, and goes to the descriptor itself.
                try (ChildProgram command = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
                    System.getProperty("java.class.path"), all)) {
                    assertThat(command.awaitExit()).as(line + ": " + command.errors()).isZero();
                    if (line.contains("orders:")) {
                        assertThat(command.output()).as(line).contains("orders:placed").containsPattern("[1-9]");
                        assertThat(command.errors()).contains("attached to 1 probe at 1 site of process");
                        counted++;
                    }
                }
            }
            assertThat(counted).isEqualTo(3);
        }
    }

    @Test
    void shouldWorkOnTheReadmesProgramWhenTheyAreBpftraces() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/bpftrace")),
            "bpftrace is missing: install bpftrace");
        try (ChildProgram program = startExample()) {
            for (final String line : lines(TRACER)) {
                final String script = line.substring(TRACER.length()).replace("'", "") + " interval:s:2 { exit(); }";
                try (ChildProgram bpftrace = ChildProgram.start(directory, List.of("unshare", "-m", "sh", "-c",
                    "mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing; exec \"$@\"", "sh",
                    "bpftrace", "-p", Long.toString(program.pid()), "-e", script))) {
                    assertThat(bpftrace.awaitExit()).as(bpftrace.errors()).isZero();
                    assertThat(bpftrace.output()).as(line + ": " + bpftrace.errors())
                        .containsPattern("(?m)^\\d+ ACME$");
                }
            }
        }
    }
}
