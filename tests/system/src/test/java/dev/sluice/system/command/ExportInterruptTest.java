// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.export.ExportFormat;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The command export, interrupted while it writes. */
@OneJdk
@Timeout(900)
class ExportInterruptTest {
    private static final int EVENTS = 1_500_000;
    private static final int EVENTS_OF_A_PACKET = 10_000;
    /** On a busy machine an export may be whole before the signal is sent. */
    private static final int TRIES = 5;

    @TempDir
    private static Path shared;

    @TempDir
    private Path directory;

    @BeforeAll
    static void write() {
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(shared.resolve("trace"), TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final PacketBuilder ring = new PacketBuilder(target.id(), 0);
            for (int i = 1; i <= EVENTS; i++) {
                ring.event(TestTraces.PAIR, 100L * i, 0, (long) i, -1L);
                if (i % EVENTS_OF_A_PACKET == 0) {
                    ring.append(writer, 0);
                }
            }
        }
    }

    private ChildProgram export(final ExportFormat format, final Path out) throws IOException {
        final List<String> line = new ArrayList<>(List.of("dev.sluice.cli.Main", "export",
            shared.resolve("trace").toString(), "--format", format.toString(), "-o", out.toString()));
        if (format == ExportFormat.CTF) {
            // Makes packets anew: the copy of a whole trace is there at once.
            line.addAll(List.of("--where", "a > 0"));
        }
        return ChildProgram.startJava(directory, ChildProgram.launcherFlags(), System.getProperty("java.class.path"),
            line);
    }

    private static boolean hasBegun(final Path above, final ChildProgram program) {
        try (Stream<Path> files = Files.walk(above)) {
            return !program.isAlive() || files.anyMatch(Files::isRegularFile);
        } catch (final IOException | UncheckedIOException e) {
            // A file was renamed meanwhile.
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(ExportFormat.class)
    void shouldLeaveNothingWhenItIsInterrupted(final ExportFormat format) throws Exception {
        for (int i = 0; i < TRIES; i++) {
            final Path above = Files.createDirectory(directory.resolve("out-" + i));
            try (ChildProgram program = export(format, above.resolve("export"))) {
                ChildProgram.await("a file", () -> hasBegun(above, program));
                if (program.isAlive()) {
                    program.interrupt();
                }
                if (program.awaitExit() != 0) {
                    assertThat(program.awaitExit()).as(program.toString()).isEqualTo(1);
                    assertThat(program.errors().lines()).as(program.toString()).containsExactly("sluice export: the"
                        + " export was ended before it was complete; nothing of it was kept: run it again");
                    assertThat(program.output()).isEmpty();
                    assertThat(above).isEmptyDirectory();
                    return;
                }
            }
        }
        throw new AssertionError("format " + format + " was whole " + TRIES + " times before the signal came");
    }
}
