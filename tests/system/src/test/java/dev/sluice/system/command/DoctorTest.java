// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.Main;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor finds, with all rights and with none, and what it removes. */
@OneJdk
@KernelTest
@Timeout(900)
class DoctorTest {
    /** Root without any of its rights: a program that BPF is refused to. */
    private static final List<String> POWERLESS = List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all");

    @TempDir
    private Path temp;

    @Test
    void shouldFindEverythingWorkingWhenItIsRootAndSayWhatIsMissingWhenItHasNoRights() throws Exception {
        try (ChildProgram doctor = start(List.of(), "doctor", "--json");
             ChildProgram powerless = start(POWERLESS, "doctor", "--json");
             ChildProgram text = start(POWERLESS, "doctor")) {
            final JsonNode root = report(doctor);
            for (final String key : List.of("mode.bpf", "mode.shared", "mode.trap", "libbpf", "programs",
                "rights.capabilities", "kernel.btf", "files.leftovers")) {
                assertThat(state(root, key)).as(key + " of " + root).isEqualTo("ok");
            }
            final JsonNode none = report(powerless);
            assertThat(powerless.awaitExit()).isEqualTo(ExitStatus.INCOMPLETE);
            assertThat(none.get("state").asText()).isEqualTo("missing");
            for (final String key : List.of("mode.bpf", "mode.pull", "mode.trap", "rights.capabilities")) {
                assertThat(state(none, key)).as(key + " of " + none).isEqualTo("missing");
                assertThat(finding(none, key).get("remedy").asText()).as(key).isNotEmpty();
            }
            assertThat(state(none, "mode.shared")).isEqualTo("ok");
            assertThat(text.awaitExit()).isEqualTo(ExitStatus.INCOMPLETE);
            assertThat(text.output()).contains("missing  rights.capabilities")
                .contains("remedy: run it as root (sudo)").doesNotContain("Exception");
            assertThat(text.errors()).isEmpty();
        }
    }

    @Test
    void shouldRemoveFilesOfKilledProgramsOnlyWhenItCleans() throws Exception {
        try (ChildProgram killed = startTarget(); ChildProgram living = startTarget()) {
            killed.awaitFirstLine();
            living.awaitFirstLine();
            killed.kill();
            killed.awaitExit();
            final List<Path> left = filesOf(killed);
            final List<Path> held = filesOf(living);
            assertThat(left).isNotEmpty();
            assertThat(held).isNotEmpty();
            try (ChildProgram doctor = start(List.of(), "doctor", "--json")) {
                final JsonNode found = report(doctor);
                assertThat(state(found, "files.leftovers")).as(found.toString()).isEqualTo("limited");
                assertThat(filesOf(killed)).as("it only looks").isEqualTo(left);
            }
            try (ChildProgram doctor = start(List.of(), "doctor", "--clean", "--json")) {
                final JsonNode found = finding(report(doctor), "files.leftovers");
                assertThat(found.get("state").asText()).as(found.toString()).isEqualTo("ok");
                assertThat(found.get("found").asText()).startsWith("removed " + left.size() + " file");
            }
            assertThat(filesOf(killed)).isEmpty();
            assertThat(filesOf(living)).isEqualTo(held);
        }
    }

    /** Issue 15: their names have a process id, which tells nobody whether it is used. */
    @Test
    void shouldRemoveDirectoriesOfKilledCommandsOnlyWhenItCleans() throws Exception {
        Files.createDirectory(temp.resolve("tmp"));
        final Path trace = temp.resolve("trace");
        try (ChildProgram target = startTarget();
             ChildProgram flight = start(List.of(), "record", "-p", target.awaitFirstLine().replace("pid ", ""),
                 "--flight", "1s", "-o", trace.toString(), "--mode", "shared")) {
            ChildProgram.await("it records: " + flight, () -> flight.toString().contains("has begun"));
            try (ChildProgram killed = startQuery(trace); ChildProgram living = startQuery(trace)) {
                awaitDirectories("sql", 2);
                killed.kill();
                killed.awaitExit();
                killReduction();
                assertThat(directories("sql")).hasSize(2);
                assertThat(directories("reduce")).hasSize(1);
                assertThat(directories("flight")).hasSize(1);
                try (ChildProgram doctor = start(List.of(), "doctor", "--json")) {
                    final JsonNode found = finding(report(doctor), "files.scratch");
                    assertThat(found.get("state").asText()).as(found.toString()).isEqualTo("limited");
                    assertThat(found.get("found").asText()).startsWith("2 directories of killed commands, "
                        + "2 directories of commands that run in ");
                    assertThat(directories("")).as("it only looks").hasSize(4);
                }
                try (ChildProgram doctor = start(List.of(), "doctor", "--clean", "--json")) {
                    final JsonNode found = finding(report(doctor), "files.scratch");
                    assertThat(found.get("state").asText()).as(found.toString()).isEqualTo("ok");
                    assertThat(found.get("found").asText())
                        .startsWith("removed 2 directories of killed commands; left 2 directories");
                }
                assertThat(directories("reduce")).isEmpty();
                assertThat(directories("flight")).hasSize(1);
                assertThat(directories("sql")).singleElement().asString().contains("sluice-sql-" + living.pid() + "-");
            }
        }
    }

    /** A recording that stores nothing, killed. */
    private void killReduction() throws Exception {
        try (ChildProgram other = startTarget(); ChildProgram sum = start(List.of(), "record", "-p",
            other.awaitFirstLine().replace("pid ", ""), "--sum", "hello:world.n")) {
            ChildProgram.await("it sums up: " + sum, () -> sum.toString().contains("has begun"));
            awaitDirectories("reduce", 1);
            sum.kill();
            sum.awaitExit();
        }
    }

    /** A prompt, which waits for a query. */
    private ChildProgram startQuery(final Path trace) throws IOException {
        return ChildProgram.startServant(temp, "query", List.of("-Djava.io.tmpdir=" + temp.resolve("tmp")),
            System.getProperty("java.class.path"), List.of(Main.class.getName(), "sql", trace.toString()));
    }

    private void awaitDirectories(final String purpose, final int count) throws InterruptedException {
        ChildProgram.await(count + " directories of " + purpose, () -> {
            try {
                return directories(purpose).size() == count;
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private List<Path> directories(final String purpose) throws IOException {
        try (Stream<Path> files = Files.list(temp.resolve("tmp"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("sluice-" + purpose)
                && Files.isDirectory(file) && !file.getFileName().toString().matches("sluice-\\d+")).sorted().toList();
        }
    }

    private List<Path> filesOf(final ChildProgram target) throws IOException {
        try (Stream<Path> files = Files.list(temp.resolve("stubs"))) {
            return files.filter(file -> file.getFileName().toString().contains("-" + target.pid() + "-")).sorted()
                .toList();
        }
    }

    private static JsonNode report(final ChildProgram doctor) throws Exception {
        doctor.awaitExit();
        return new ObjectMapper().readTree(doctor.output());
    }

    private static String state(final JsonNode report, final String key) {
        return finding(report, key).get("state").asText();
    }

    private static JsonNode finding(final JsonNode report, final String key) {
        for (final JsonNode finding : report.get("findings")) {
            if (finding.get("key").asText().equals(key)) {
                return finding;
            }
        }
        throw new AssertionError("no " + key + " in " + report);
    }

    private ChildProgram startTarget() throws IOException {
        return launch(List.of(), "dev.sluice.samples.Main", "hello", "--rate", "1000");
    }

    private ChildProgram start(final List<String> wrapper, final String... arguments) throws IOException {
        final List<String> all = new ArrayList<>(List.of(Main.class.getName()));
        all.addAll(List.of(arguments));
        return launch(wrapper, all.toArray(String[]::new));
    }

    private ChildProgram launch(final List<String> wrapper, final String... arguments) throws IOException {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "-Dsluice.usdt.dir=" + temp.resolve("stubs")));
        if (Files.exists(temp.resolve("tmp"))) {
            flags.add("-Djava.io.tmpdir=" + temp.resolve("tmp"));
        }
        return ChildProgram.start(temp, ChildProgram.javaCommand(wrapper, flags,
            System.getProperty("java.class.path"), List.of(arguments)));
    }
}
