// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.Main;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The directory of a recording that does not come about, or that comes about at the second try. */
@OneJdk
@KernelTest
@Timeout(400)
class RecordStartTest {
    /** Root without any of its rights: a program that BPF is refused to. */
    private static final List<String> POWERLESS = List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all");

    @TempDir
    private Path temp;

    @Test
    void shouldLeaveNoDirectoryBehindWhenTheStartFails() throws Exception {
        try (ChildProgram target = startTarget()) {
            final Path trace = temp.resolve("a/trace");
            try (ChildProgram record = record(target, "bpf", trace)) {
                assertThat(record.awaitExit()).isEqualTo(ExitStatus.FAILED);
                assertThat(record.errors()).startsWith("sluice record: ");
            }
            assertThat(trace.getParent()).doesNotExist();
        }
    }

    @Test
    void shouldRecordInSharedModeWhenAutoIsGivenAnEmptyDirectoryThatExists() throws Exception {
        try (ChildProgram target = startTarget()) {
            final Path trace = Files.createDirectory(temp.resolve("trace"));
            try (ChildProgram record = record(target, "auto", trace)) {
                assertThat(record.awaitExit()).as(record.errors()).isEqualTo(ExitStatus.OK);
                assertThat(record.errors()).contains("draining in shared mode");
                assertThat(record.output()).contains("end known").containsPattern(
                    "; a ring cost a thread at most [0-9.]+ [um]s of processor time, at its first event"
                    + " \\(1 thread\\)\n");
            }
        }
    }

    private ChildProgram startTarget() throws Exception {
        final ChildProgram target =
            start(List.of("dev.sluice.samples.Main", "hello", "--rate", "1000"));
        target.awaitFirstLine();
        return target;
    }

    private ChildProgram record(final ChildProgram target, final String mode, final Path trace) throws Exception {
        return start(List.of(Main.class.getName(), "record", "-p", Long.toString(target.pid()), "--mode", mode,
            "--duration", "300ms", "-o", trace.toString()));
    }

    private ChildProgram start(final List<String> arguments) throws Exception {
        final List<String> command = new ArrayList<>(POWERLESS);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ChildProgram.launcherFlags());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(arguments);
        return ChildProgram.start(temp, command);
    }
}
