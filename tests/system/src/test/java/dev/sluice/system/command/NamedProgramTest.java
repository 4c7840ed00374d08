// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that are recorded by their names, also before they run. */
@OneJdk
@Timeout(900)
class NamedProgramTest {
    @TempDir
    private Path directory;

    /** A name that no other program of this machine has. */
    private final String name = "orders-" + UUID.randomUUID() + ".jar";

    /** Makes a jar with nothing in it but the way to the sample programs. */
    @BeforeEach
    void makeJar() throws IOException {
        final Manifest manifest = new Manifest();
        final Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, "dev.sluice.samples.Main");
        attributes.put(Attributes.Name.CLASS_PATH, Arrays.stream(System.getProperty("java.class.path").split(":"))
            .map(entry -> Path.of(entry).toUri()).map(URI::toString).collect(Collectors.joining(" ")));
        new JarOutputStream(Files.newOutputStream(directory.resolve(name)), manifest).close();
    }

    private ChildProgram startNamed(final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ChildProgram.launcherFlags());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar",
            directory.resolve(name).toString(), "hello"));
        command.addAll(List.of(arguments));
        return ChildProgram.start(directory, command);
    }

    @Test
    void shouldRecordFromTheFirstEventOnWhenAProgramIsWaitedFor() throws Exception {
        final Path trace = directory.resolve("trace");
        try (ChildProgram record = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), List.of("dev.sluice.cli.Main", "record", "-p", name, "--wait",
                "--mode", "shared", "-o", trace.toString()))) {
            ChildProgram.await("it waits: " + record, () -> isSaid(record, "sluice record: waiting for " + name));
            try (ChildProgram program = startNamed("--wait", "--rate", "1000", "--count", "50")) {
                assertThat(program.awaitExit()).as(program.toString()).isZero();
                assertThat(record.awaitExit()).as(record.toString()).isEqualTo(ExitStatus.OK);
            }
        }
        assertThat(TraceReport.of(TraceReader.open(trace)).account().stored()).isEqualTo(50);
    }

    private static boolean isSaid(final ChildProgram child, final String text) {
        try {
            assertThat(child.isAlive()).as(child.toString()).isTrue();
            return child.errors().contains(text);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldChangeTheRecordingOfTheProgramThatIsNamed() throws Exception {
        final Path trace = directory.resolve("trace");
        try (ChildProgram program = startNamed("--rate", "1000")) {
            program.awaitFirstLine();
            try (ChildProgram record = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
                System.getProperty("java.class.path"), List.of("dev.sluice.cli.Main", "record", "-p", name,
                    "-e", "hello:*", "--mode", "shared", "-o", trace.toString()))) {
                ChildProgram.await("it has begun: " + record, () -> isSaid(record, "has begun"));
                final MainTest.Result unknown = MainTest.runMain("control", "-p", name + "x", "-e", "hello:*");
                assertThat(unknown.status()).as(unknown.text()).isEqualTo(ExitStatus.FAILED);
                assertThat(unknown.text()).hasLineCount(1).contains(name + "x");
                final MainTest.Result changed = MainTest.runMain("control", "-p", name, "-e", "nothing:*");
                assertThat(changed.status()).as(changed.text()).isEqualTo(ExitStatus.OK);
                assertThat(program.isAlive()).isTrue();
                record.terminate();
                assertThat(record.awaitExit()).as(record.toString()).isEqualTo(ExitStatus.OK);
            }
            final MainTest.Result over = MainTest.runMain("control", "-p", name, "-e", "hello:*");
            assertThat(over.status()).as(over.text()).isEqualTo(ExitStatus.FAILED);
            assertThat(over.text()).hasLineCount(1);
        }
        final TraceReader reader = TraceReader.open(trace);
        assertThat(reader.targets().get(0).selections()).extracting(TargetInfo.Selection::choices)
            .last().isEqualTo(List.of("nothing:*"));
        assertThat(TraceReport.of(reader).account().isWhole()).isTrue();
    }

    @Test
    void shouldListThemWhenSeveralProgramsHaveTheNameAndTakeTheOneThatIsLeft() throws Exception {
        try (ChildProgram one = startNamed("--rate", "100"); ChildProgram other = startNamed("--rate", "100")) {
            one.awaitFirstLine();
            other.awaitFirstLine();
            for (final String[] line : new String[][] {{"record", "-p", name}, {"list", "-p", name},
                {"trap", "-p", name, "hello:*", "--wait"}}) {
                final MainTest.Result refused = MainTest.runMain(line);
                assertThat(refused.status()).as(refused.text()).isEqualTo(ExitStatus.FAILED);
                assertThat(refused.text()).hasLineCount(1).contains("2 programs are called '" + name + "'")
                    .contains(one.pid() + " (" + name + ')').contains(other.pid() + " (" + name + ')');
            }
            other.kill();
            other.awaitExit();
            final MainTest.Result list = MainTest.runMain("list", "-p", name, "--json");
            assertThat(list.status()).as(list.text()).isEqualTo(ExitStatus.OK);
            assertThat(list.text()).contains("\"pid\":" + one.pid()).contains("\"provider\":\"hello\"");
        }
    }

    @Test
    void shouldSayWhatToDoWhenNoProgramHasTheNameOrNoneComesInTime() {
        final MainTest.Result none = MainTest.runMain("record", "-p", name);
        assertThat(none.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(none.text()).hasLineCount(1).contains("no Java program that runs is called '" + name + "'")
            .contains("'sluice list'");
        final MainTest.Result late = MainTest.runMain("record", "-p", name, "--wait", "--duration", "300ms");
        assertThat(late.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(late.text()).hasLineCount(2).contains("waiting for " + name).endsWith(
            "no program " + name + " could be attached to within 300 ms (--duration): there is none\n");
    }
}
