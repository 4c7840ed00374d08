// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;
import dev.sluice.system.scene.FiredFile;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two copies of the library in one process are two targets, and both are recorded. */
@KernelTest
@Timeout(400)
class TwoCopiesTest {
    private static final long FIRED = 5_000;

    @TempDir
    private Path directory;

    @Test
    void shouldRecordBothTargetsWhenTheLibraryIsLoadedTwice() throws Exception {
        final List<Path> files = List.of(directory.resolve("one"), directory.resolve("two"));
        final FiredFile one = FiredFile.create(files.get(0), 1);
        final FiredFile two = FiredFile.create(files.get(1), 2);
        final Path trace = directory.resolve("trace");
        try (ChildProgram target = ChildProgram.startServant(
                directory, "target", List.of("-Xmx256m"), Scene.targetClassPath(),
            List.of(TwoCopies.class.getName(), files.get(0).toString(), files.get(1).toString()))) {
            target.awaitLine("pid", 2);
            final RecordResult result;
            try (Recorder recorder = Recorder.start(RecordOptions.of(target.pid(), trace).build())) {
                one.command(1);
                two.command(1);
                ChildProgram.await("both fire: " + target, () -> one.firedTotal() > FIRED && two.firedTotal() > FIRED);
                one.command(2);
                two.command(2);
                ChildProgram.await("both hold", () -> one.seen(0) == 2 && two.seen(0) == 2 && two.seen(1) == 2);
                result = recorder.finish();
            }
            assertThat(result.isComplete()).as("%s", result).isTrue();
            final TraceReader reader = TraceReader.open(trace);
            assertThat(reader.targets()).hasSize(2);
            assertThat(reader.targets().stream().map(TwoCopiesTest::events).toList())
                .containsExactlyInAnyOrder(one.firedTotal(), two.firedTotal());
            one.command(FiredFile.QUIT);
            two.command(FiredFile.QUIT);
            assertThat(target.awaitExit()).as("%s", target).isZero();
            assertThat(target.toString()).doesNotContain("[sluice]");
        }
    }

    private static long events(final TargetTrace target) {
        return target.streams().stream().mapToLong(stream -> stream.events()).sum();
    }
}
