// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.Main;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.system.record.FiringProgram;
import dev.sluice.system.scene.PidNamespace;
import dev.sluice.system.scene.Profile;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Targets that lie about their words, recorded together with one that does not. */
@OneJdk
@KernelTest
@Timeout(600)
class HostileAmongOthersTest {
    private static final int HOSTILE = 2;
    private static final int THREADS = 2;
    private static final long EVENTS = 1_000;

    @TempDir
    private Path directory;

    @Test
    void shouldRecordAnHonestTargetExactlyWhateverTheOthersLieAbout() throws Exception {
        final long seed = Profile.seed("HostileAmongOthersTest");
        final int first = Integer.getInteger("sluice.run", new Random(seed).nextInt(1000));
        final Path program = HostileTarget.compile(directory);
        try (PidNamespace world = PidNamespace.make(directory)) {
            final Path script = Files.writeString(directory.resolve("hostile.sh"),
                "#!/bin/sh\nexec " + String.join(" ", world.launcher()) + " " + program + " \"$@\"\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
            final List<HostileTarget> hostile = new ArrayList<>();
            try (FiringProgram honest = FiringProgram.startBy(world.launcher(), directory, THREADS, EVENTS,
                "-XX:TieredStopAtLevel=1", "-Dwork.restUs=100")) {
                final int pid = PidNamespace.idInside(honest.pid());
                for (int i = 0; i < HOSTILE; i++) {
                    final Path files = Files.createDirectory(directory.resolve("run" + i));
                    hostile.add(HostileTarget.start(script, directory.resolve("errors" + i),
                        List.of(Long.toString(seed), Integer.toString(first + i), files.toString())));
                }
                final String stories = hostile.stream().map(HostileTarget::story).toList().toString();
                record(world, pid, stories);
                final TraceReader reader = TraceReader.open(directory.resolve("trace"));
                final List<TargetTrace> ofHonest =
                    reader.targets().stream().filter(target -> target.info().pid() == pid).toList();
                assertThat(ofHonest).as(stories).hasSize(1);
                final TraceAccount account =
                    TraceReport.of(reader.events().ofProcesses(Integer.toString(pid))).account(ofHonest.get(0));
                assertThat(account.fired()).as(stories).isEqualTo(THREADS * EVENTS).isEqualTo(account.stored());
                assertThat(account.isEndKnown()).as(stories).isTrue();
                assertThat(reader.events().ofProcesses(Integer.toString(pid)).count()).as(stories)
                    .isEqualTo(THREADS * EVENTS).isEqualTo(honest.settledSum(THREADS * EVENTS));
            } finally {
                hostile.forEach(HostileTarget::close);
            }
        }
    }

    private void record(final PidNamespace world, final int pid, final String stories) throws Exception {
        final List<String> flags = new ArrayList<>(List.of("-Xmx512m"));
        flags.addAll(ChildProgram.launcherFlags());
        try (ChildProgram record = ChildProgram.start(directory, ChildProgram.javaCommand(world.launcher(), flags,
            System.getProperty("java.class.path"), List.of(Main.class.getName(), "record", "--all", "--new", "-o",
                directory.resolve("trace").toString())))) {
            ChildProgram.await("it is recorded: " + stories, () -> isSaid(record, "process " + pid + " ("
                + FiringProgram.class.getName() + ") has ended"));
            ProcessHandle.of(PidNamespace.childOf(record)).orElseThrow().destroy();
            assertThat(record.awaitExit()).as("%s %s", stories, record).isIn(ExitStatus.OK, ExitStatus.INCOMPLETE);
        }
    }

    private static boolean isSaid(final ChildProgram record, final String text) {
        try {
            assertThat(record.isAlive()).as(record.toString()).isTrue();
            return record.errors().contains(text);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }
}
