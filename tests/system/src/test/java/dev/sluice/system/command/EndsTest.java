// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.ForeignProbes;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.SdtTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How commands end that somebody else ends: by a signal, or by reading no further. */
@OneJdk
@KernelTest
@Timeout(600)
class EndsTest {
    private static final long TIMEOUT_S = 180;

    @TempDir
    private static Path directory;
    private static Path foreign;

    @BeforeAll
    static void compile() throws Exception {
        foreign = ForeignProbes.compile(directory, "foreign");
    }

    /** A process with its outputs in files. */
    private static final class Started implements AutoCloseable {
        private final Path out;
        private final Path err;
        private final Process process;

        Started(final String... command) throws IOException {
            out = Files.createTempFile(directory, "ends", ".out");
            err = Files.createTempFile(directory, "ends", ".err");
            process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        }

        /** The command in a JVM of its own, which the shell becomes: what is behind it goes on behind that. */
        static Started sluice(final String arguments, final String behind) throws IOException {
            final List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
            words.addAll(ChildProgram.launcherFlags());
            words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
                System.getProperty("java.class.path"), "dev.sluice.cli.Main"));
            return new Started("sh", "-c", (behind.isEmpty() ? "exec " : "") + "'" + String.join("' '", words) + "' "
                + arguments + behind);
        }

        void awaitError(final String text) throws IOException {
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
            while (!Files.readString(err).contains(text)) {
                assertThat(process.isAlive() && System.nanoTime() - deadline < 0).as(Files.readString(err)).isTrue();
                LockSupport.parkNanos(5_000_000);
            }
        }

        void send(final String signal) throws Exception {
            assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor())
                .isZero();
        }

        int status() throws Exception {
            assertThat(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).as("it ends: %s", Files.readString(err)).isTrue();
            return process.exitValue();
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @Test
    void shouldPrintWhatItCountedWhenTheTerminalIsClosed() throws Exception {
        try (SdtTarget target = SdtTarget.start(foreign);
             Started trap = Started.sluice("trap -p " + target.pid() + " 'intact:*' --count", "")) {
            trap.awaitError("attached to ");
            target.send("fire 3");
            trap.send("HUP");
            assertThat(trap.status()).isEqualTo(ExitStatus.OK);
            assertThat(Files.readString(trap.out)).contains("intact:before     3").contains("intact:after      3");
        }
    }

    /** The reader takes one line and goes; no hit comes after it that would tell. */
    @Test
    void shouldEndWhenNobodyReadsAnyMore() throws Exception {
        try (SdtTarget target = SdtTarget.start(foreign);
             Started trap = Started.sluice("trap -p " + target.pid() + " intact:after", " | head -1")) {
            trap.awaitError("attached to ");
            target.send("fire 1");
            assertThat(trap.status()).isZero();
            assertThat(Files.readString(trap.out)).contains("intact:after").hasLineCount(1);
            assertThat(Files.readString(trap.err)).hasLineCount(1);
        }
    }

    @Test
    void shouldSayThatTheDiskIsFullWhenHitsAreWritten() throws Exception {
        try (SdtTarget target = SdtTarget.start(foreign);
             Started trap = Started.sluice("trap -p " + target.pid() + " 'intact:*'", " > /dev/full")) {
            trap.awaitError("attached to ");
            target.send("fire 1");
            assertThat(trap.status()).isEqualTo(ExitStatus.FAILED);
            assertThat(Files.readString(trap.err))
                .endsWith("sluice trap: writing to standard output failed: No space left on device\n");
        }
    }

    @Test
    void shouldKeepTheWholeTraceWhenTheTerminalIsClosedOrNobodyReads() throws Exception {
        final Path reader = directory.resolve("reader");
        for (final String behind : List.of("", " | while test -e " + reader + "; do sleep 0.1; done")) {
            final Path trace = directory.resolve("trace" + behind.length());
            Files.createFile(reader);
            try (Started target = new Started(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                     "-XX:TieredStopAtLevel=1", "-Dsluice.usdt.dir=" + directory.resolve("stubs"), "-cp",
                     System.getProperty("java.class.path"), EndlessProgram.class.getName());
                 Started record = startRecord(target, trace, behind)) {
                // What is given up before it has begun leaves no trace.
                record.awaitError("has begun");
                Files.delete(reader);
                if (behind.isEmpty()) {
                    record.send("HUP");
                }
                record.status();
                assertThat(TraceReader.open(trace).isEndKnown()).as(Files.readString(record.err)).isTrue();
                assertThat(target.process.isAlive()).isTrue();
            }
        }
    }

    private static Started startRecord(final Started target, final Path trace, final String behind)
        throws IOException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (!Files.readString(target.out).contains("ready")) {
            assertThat(System.nanoTime() - deadline).as("the target starts").isNegative();
            LockSupport.parkNanos(5_000_000);
        }
        return Started.sluice("record --mode shared -p " + target.process.pid() + " -o " + trace, behind);
    }
}
