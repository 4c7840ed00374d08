// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A trace shows the last name that a thread had while it was recorded. */
@OneJdk
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RenamedThreadTest {
    private static final long WAIT_NS = TimeUnit.MINUTES.toNanos(1);

    @TempDir
    private Path directory;

    private Recorder start(final ChildProgram program, final String trace) {
        final Recorder recorder = Recorder.start(RecordOptions.of(program.pid(), directory.resolve(trace))
            .source(EventPath.SHARED).build());
        final long begin = recorder.storedEvents();
        recorder.await(WAIT_NS, () -> recorder.storedEvents() > begin, () -> { });
        assertThat(recorder.storedEvents()).isGreaterThan(begin);
        return recorder;
    }

    private List<String> names(final String trace) {
        return TraceReader.open(directory.resolve(trace)).targets().get(0).threads().stream().map(ThreadInfo::name)
            .toList();
    }

    /** Until the target has noted the new name. */
    private static void awaitRenamed(final ChildProgram program) throws InterruptedException {
        final List<Target> targets = TargetFinder.open(program.pid());
        try {
            final long end = System.nanoTime() + WAIT_NS;
            while (!targets.get(0).region().slot(0).name().equals(RenamedProgram.SECOND)) {
                assertThat(System.nanoTime()).as("noted in time").isLessThan(end);
                TimeUnit.MILLISECONDS.sleep(5);
            }
        } finally {
            targets.forEach(Target::close);
        }
    }

    @Test
    void shouldShowTheLastNameWhenAThreadIsRenamed() throws Exception {
        final Path file = directory.resolve("now");
        try (ChildProgram program = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), List.of(RenamedProgram.class.getName(), file.toString()))) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
            start(program, "before").finish();
            assertThat(names("before")).containsExactly(RenamedProgram.FIRST);

            final Recorder recorder = start(program, "meanwhile");
            Files.createFile(file);
            awaitRenamed(program);
            recorder.finish();
            assertThat(names("meanwhile")).containsExactly(RenamedProgram.SECOND);

            start(program, "after").finish();
            assertThat(names("after")).containsExactly(RenamedProgram.SECOND);
        }
    }
}
