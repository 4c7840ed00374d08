// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Native;
import com.sun.jna.StringArray;
import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.system.record.FiringProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What changes between one look at a target and the next: its program, and the number of its session. */
@OneJdk
@Timeout(400)
class TwoLooksTest {
    private static final int EPOCHS = 1 << 16;
    private static final long EVENTS_AT_LEAST = 1000;

    @TempDir
    private Path temp;

    /** A target that becomes another program when it is given a line: same process, same start time. */
    static final class ChangingProgram {
        static {
            Native.register(ChangingProgram.class, (String) null);
        }

        private ChangingProgram() {
        }

        private static native int execv(String path, StringArray arguments);

        public static void main(final String[] arguments) throws IOException {
            try (FakeTarget target = new FakeTarget()) {
                System.out.println("ready " + target.id);
                System.in.read();
                execv("/bin/sleep", new StringArray(new String[] {"sleep", "60"}));
            }
        }
    }

    @Test
    void shouldRefuseWhenTheProcessRunsAnotherProgramByThen() throws Exception {
        final Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + Path.of(System.getProperty("sluice.root"), "config",
                Runtime.version().feature() >= 24 ? "jvm-24.args" : "jvm-17.args"),
            "-cp", System.getProperty("java.class.path"), ChangingProgram.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (TargetProcess seen = TargetProcess.open(process.pid())) {
            assertThat(process.inputReader().readLine()).startsWith("ready");
            final List<SharedMapping> files = SharedFiles.openControlFiles(seen);
            assertThat(files).hasSize(1);
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
            while (!isSleep(seen.path("exe"))) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(1);
            }
            // The same process as before, by all that tells processes apart.
            seen.checkAlive();
            assertThatThrownBy(() -> Target.open(process.pid(), files.get(0), true))
                .isInstanceOf(AttachException.class);
            files.get(0).close();
            assertThatThrownBy(() -> TargetFinder.open(process.pid())).isInstanceOf(AttachException.class)
                .extracting(e -> ((AttachException) e).reason()).isEqualTo(AttachException.Reason.NO_SLUICE);
        } finally {
            process.destroyForcibly();
        }
    }

    private static boolean isSleep(final Path exe) throws IOException {
        try {
            return Files.readSymbolicLink(exe).endsWith("sleep");
        } catch (final NoSuchFileException e) {
            // For a moment, while the thread that changes the program takes the place of the first one.
            return false;
        }
    }

    /** Epochs have 16 bits, and 0 is nobody's: the session after number 65,535 is number 1. */
    @KernelTest
    @ParameterizedTest
    @EnumSource(names = {"BATCH", "SHARED"})
    void shouldRecordEveryEventWhenTheEpochRunsOver(final EventPath path) throws Exception {
        try (FiringProgram program = FiringProgram.start(temp, 1, 0, "-Dsluice.chunk.length=8192")) {
            try (Target target = TargetFinder.open(program.pid()).get(0)) {
                final ControlFile words = target.control().words();
                assertThat(words.compareAndSetSession(
                    words.sessionVolatile(), new SessionHolder(EPOCHS - 3, 0).word())).isTrue();
            }
            long accounted = 0;
            for (final int epoch : new int[] {EPOCHS - 2, EPOCHS - 1, 1, 2}) {
                accounted += record(program, path, epoch);
            }
            assertThat(program.settledSum(accounted)).isBetween(accounted, accounted + 1);
        }
    }

    private long record(final FiringProgram program, final EventPath path, final int epoch) throws IOException {
        final RecordResult result;
        try (Recorder recorder = Recorder.start(RecordOptions.of(program.pid(), temp.resolve("trace" + epoch))
            .source(path).policy(FullPolicy.BLOCK).build())) {
            try (Target target = TargetFinder.open(program.pid()).get(0)) {
                assertThat(TaggedWord.epoch(target.control().words().sessionVolatile())).isEqualTo(epoch);
            }
            recorder.await(TimeUnit.MINUTES.toNanos(4), () -> recorder.storedEvents() > EVENTS_AT_LEAST, () -> { });
            result = recorder.finish();
        }
        assertThat(result.isComplete()).as("%s, %s", result, Arrays.toString(program.counts())).isTrue();
        assertThat(result.stored()).isGreaterThan(EVENTS_AT_LEAST);
        return result.fired();
    }
}
