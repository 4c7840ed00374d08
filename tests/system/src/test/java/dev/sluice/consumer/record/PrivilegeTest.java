// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.receive.TargetTraceWriter;
import dev.sluice.consumer.session.Session;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.system.record.FiringProgram;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a recorder may do, and whom it trusts. */
@OneJdk
@KernelTest
@Timeout(400)
class PrivilegeTest {
    private static final long EVENTS = 1_000;

    @TempDir
    private Path directory;

    /** Issue 10, item 3: one such program that waits for a page holds up every detach of the machine. */
    @ParameterizedTest
    @CsvSource({"0,true", "65534,false"})
    void shouldDrainByAProgramThatMayWaitOnlyWhenTheTargetIsOfTheSameUser(final String user, final boolean isOurs)
        throws IOException {
        try (FiringProgram program = FiringProgram.startBy(List.of("setpriv", "--ruid", user), directory, 1, EVENTS);
             Target target = TargetFinder.open(program.pid()).get(0);
             Session session = Session.take(target, target.control().staleAfterNs());
             TraceWriter writer = TraceWriter.create(directory.resolve("trace"), TraceInfo.now("test", ""));
             BpfDrainSource source = new BpfDrainSource(session, new TargetTraceWriter(writer, target, false),
                 RecordOptions.of(program.pid(), directory).build(),
                 RecordOptions.DEFAULT_RING_BUFFER_BYTES)) {
            assertThat(source.variant().isSleepable()).isEqualTo(isOurs);
        }
    }

    /** Issue 9, part 5: what the message asks for is enough where the kernel has uprobe_multi. */
    @Test
    void shouldRecordInBatchesWhenItHasTheThreeCapabilitiesThatItAsksFor() throws Exception {
        try (FiringProgram program = FiringProgram.start(directory, 1, EVENTS)) {
            final List<String> command = new ArrayList<>(List.of("setpriv", "--inh-caps=-all",
                "--bounding-set=-all,+bpf,+perfmon,+sys_ptrace", Path.of(System.getProperty("java.home"), "bin",
                    "java").toString()));
            command.addAll(ChildProgram.launcherFlags());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.sluice.cli.Main",
                "record", "-p", Long.toString(program.pid()), "--mode", "bpf", "--policy", "block", "-o",
                directory.resolve("trace").toString()));
            try (ChildProgram recorder = ChildProgram.start(directory, command)) {
                assertThat(recorder.awaitExit()).as(recorder.output() + recorder.errors()).isZero();
                assertThat(recorder.output()).contains("stored 1,000,", "end known");
            }
        }
    }
}
