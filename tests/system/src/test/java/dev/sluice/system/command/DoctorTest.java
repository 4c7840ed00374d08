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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor finds, with all rights and with none, and what it removes. */
@KernelTest
@Timeout(300)
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
        return ChildProgram.start(temp, ChildProgram.javaCommand(wrapper, flags,
            System.getProperty("java.class.path"), List.of(arguments)));
    }
}
