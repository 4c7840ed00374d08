// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cli.MainTest;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.os.NativeCalls;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which clock a program takes under a kernel whose clock source is another one: a file of our own says so. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ClockSourceTest {
    private static final String SOURCE = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    private static final int EVENTS = 50;

    @TempDir
    private Path directory;

    /** A program that sees the file in the place of the kernel's, in a mount namespace of its own. */
    private ChildProgram start(final String source, final String clock, final String... flags) throws Exception {
        Assumptions.assumeTrue(NativeCalls.get().geteuid() == 0, "mounting needs root");
        final Path file = Files.writeString(directory.resolve("source"), source + '\n');
        final List<String> command = new ArrayList<>(List.of("unshare", "-m", "sh", "-c",
            "mount --bind \"$0\" " + SOURCE + " && exec \"$@\"", file.toString(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ChildProgram.launcherFlags());
        if (!clock.isEmpty()) {
            command.add("-Dsluice.clock=" + clock);
        }
        command.addAll(List.of(flags));
        command.addAll(List.of("-Xmx256m", "-cp", System.getProperty("java.class.path"),
            "dev.sluice.system.record.StampedProgram", Integer.toString(EVENTS)));
        final ChildProgram program = ChildProgram.start(directory, command);
        assertThat(program.awaitFirstLine()).isEqualTo("ready");
        return program;
    }

    /** What list and, after a recording, report say of the clock; they must agree. */
    private JsonNode clock(final ChildProgram program) throws Exception {
        final String pid = Long.toString(program.pid());
        final JsonNode listed = new ObjectMapper()
            .readTree(MainTest.runMain("list", "--json", "-p", pid, "stamped:now").text()).get(0).get("clock");
        final Path trace = directory.resolve("trace");
        try (Recorder recorder =
            Recorder.start(RecordOptions.of(program.pid(), trace).source(EventPath.SHARED).build())) {
            recorder.await(TimeUnit.MINUTES.toNanos(4), () -> false, () -> { });
            assertThat(recorder.finish().isComplete()).isTrue();
        }
        final TraceReport report = TraceReport.of(TraceReader.open(trace));
        final JsonNode reported = report.toJson().get("clock");
        assertThat(reported.get("kind")).isEqualTo(listed.get("kind"));
        assertThat(reported.get("why")).isEqualTo(listed.get("why"));
        assertThat(reported.get("error_ns").asLong()).isBetween(0L, TimeUnit.MILLISECONDS.toNanos(1));
        assertThat(report.toText()).contains("clock     " + listed.get("kind").asText() + ", at most ");
        assertThat(report.account().stored()).isEqualTo(EVENTS);
        return reported;
    }

    @Test
    void shouldTakeTheCounterWhenTheKernelsClockIsALineOfIt() throws Exception {
        try (ChildProgram program = start("kvm-clock", "")) {
            final JsonNode clock = clock(program);
            assertThat(clock.get("kind").asText()).as(clock.toString()).isEqualTo("tsc");
            assertThat(clock.get("why").asText()).contains("sluice.clock=auto").contains("clock source kvm-clock");
            assertThat(program.errors()).doesNotContain("[sluice]");
        }
    }

    @Test
    void shouldTakeNanoWithoutAWarningWhenTheKernelDistrustsTheCounter() throws Exception {
        try (ChildProgram program = start("hpet", "")) {
            final JsonNode clock = clock(program);
            assertThat(clock.get("kind").asText()).isEqualTo("nano");
            assertThat(clock.get("why").asText()).contains("refused: the kernel's clock source is hpet");
            assertThat(program.errors()).doesNotContain("[sluice]");
        }
    }

    @Test
    void shouldTakeNanoWithOneWarningWhenTheCounterWasAskedFor() throws Exception {
        try (ChildProgram program = start("hpet", "tsc")) {
            assertThat(clock(program).get("kind").asText()).isEqualTo("nano");
            assertThat(program.errors().lines().filter(line -> line.contains("[sluice]"))).singleElement()
                .satisfies(line -> assertThat(line).contains("sluice.clock=tsc is refused, and nano is used: the"
                    + " kernel's clock source is hpet"));
        }
    }

    @Test
    void shouldTakeNanoWhenTheCounterWouldBeReadSlowly() throws Exception {
        try (ChildProgram program = start("tsc", "", "-Dsluice.usdt.calls=jna")) {
            final JsonNode clock = clock(program);
            assertThat(clock.get("kind").asText()).isEqualTo("nano");
            assertThat(clock.get("why").asText()).contains("refused: this JVM calls machine code by JNA");
            assertThat(program.errors()).doesNotContain("[sluice]");
        }
    }
}
