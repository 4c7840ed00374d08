// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's answers that need no build, and the rules its scripts must pass. */
@OneJdk
class LauncherTest {
    private static final long TIMEOUT_S = 600;

    @TempDir
    private Path directory;

    @Test
    void shouldPrintHelpWhenAskedFor() throws Exception {
        try (ChildProgram help = start(Map.of(), "--help")) {
            assertThat(help.awaitExit()).isZero();
            assertThat(help.output()).startsWith("Usage: sluice COMMAND").contains("demo", "record", "--no-install");
            assertThat(help.errors()).isEmpty();
        }
    }

    @Test
    void shouldDescribeACommandWhenAskedForItsHelp() throws Exception {
        try (ChildProgram test = start(Map.of(), "test", "--help");
             ChildProgram helpTest = start(Map.of(), "help", "test");
             ChildProgram help = start(Map.of(), "help", "help");
             ChildProgram record = start(Map.of(), "help", "record", "--no-install", "--no-build");
             ChildProgram two = start(Map.of(), "help", "record", "report")) {
            assertThat(test.awaitExit()).as(test.errors()).isZero();
            assertThat(test.output())
                .startsWith("Usage: sluice test [--long | --kernels]").contains("SLUICE_JAVA_HOME");
            assertThat(helpTest.awaitExit()).isZero();
            assertThat(helpTest.output()).isEqualTo(test.output());
            assertThat(help.awaitExit()).isZero();
            assertThat(help.output()).startsWith("Usage: sluice COMMAND");
            assertThat(two.awaitExit()).isEqualTo(2);
            assertThat(two.errors()).contains("help takes one command");
            // The command says it by itself, if there is a build.
            final int status = record.awaitExit();
            assertThat(status == 0 ? record.output() : record.errors())
                .contains(status == 0 ? "Usage: sluice record" : "nothing is built and --no-build forbids building");
        }
    }

    @Test
    void shouldEndWithTwoWhenUsedWrongly() throws Exception {
        try (ChildProgram nothing = start(Map.of());
             ChildProgram argument = start(Map.of(), "test", "--no-install", "fast")) {
            assertThat(nothing.awaitExit()).isEqualTo(2);
            assertThat(nothing.output()).isEmpty();
            assertThat(argument.awaitExit()).isEqualTo(2);
            assertThat(argument.errors()).contains("test takes no argument but --long or --kernels, got 'fast'");
        }
    }

    @Test
    void shouldNameTheRemedyWhenTheJdkAskedForIsNone() throws Exception {
        try (ChildProgram child = start(Map.of("SLUICE_JAVA_HOME", directory.toString()), "list")) {
            assertThat(child.awaitExit()).isEqualTo(1);
            assertThat(child.errors()).hasLineCount(1).contains("unset it")
                .startsWith("sluice: SLUICE_JAVA_HOME=" + directory + " is not a JDK of 17 or later");
        }
    }

    @Test
    void shouldRefuseAJdkThatIsTooOld() throws Exception {
        final Path bin = Files.createDirectories(directory.resolve("bin"));
        for (final String program : List.of("java", "javac")) {
            assertThat(Files.createFile(bin.resolve(program)).toFile().setExecutable(true)).isTrue();
        }
        for (final String version : List.of("1.8.0_392", "11.0.2", "16")) {
            Files.writeString(directory.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
            try (ChildProgram child = start(Map.of("SLUICE_JAVA_HOME", directory.toString()), "list")) {
                assertThat(child.awaitExit()).isEqualTo(1);
                assertThat(child.errors()).contains("is not a JDK of 17 or later");
            }
        }
    }

    @Test
    void shouldFailOnlyIfRequiredWhenAListedKernelTestDidNotRun() throws Exception {
        final Path listed = Files.writeString(directory.resolve("listed"),
            "# why\n\na.B#runs\na.B#skips\na.B#leaves\na.B#gone\na.B#seldom long\n");
        final Path ran = Files.writeString(directory.resolve("ran"),
            """
            ran kernel a.B#runs
            left kernel a.B#runs#1 left to another
            ran kernel a.B#runs#2
            ran kernel a.B#skips
            skipped kernel a.B#skips no BPF
            left kernel a.B#leaves left to another
            failed kernel a.C#fails boom
            ran kernel a.C#other
            ran other a.D#plain
            """);
        for (final String required : List.of("0", "1")) {
            final String command = "awk -v jdk=25 -v require=" + required + " -f " + scripts() + "/kernel-tests.awk "
                + listed + " - <" + ran;
            try (ChildProgram child = ChildProgram.start(directory, List.of("bash", "-c", command))) {
                assertThat(child.awaitExit()).isEqualTo(Integer.parseInt(required));
                assertThat(child.output().lines()).containsExactlyInAnyOrder("",
                    "=== Kernel tests on JDK 25: 2 ran, 1 skipped, 1 failed, 1 left to another JDK",
                    "failed   a.C#fails: boom", "left     a.B#leaves", "ran      a.B#runs", "ran      a.C#other",
                    "skipped  a.B#skips: no BPF",
                    "SKIPPED  a.B#skips, listed in config/kernel-tests.txt",
                    "MISSING  a.B#gone, listed in config/kernel-tests.txt");
            }
        }
        try (ChildProgram child = ChildProgram.start(directory, List.of("bash", "-c", "awk -v jdk=25 -v require=1"
            + " -v long=1 -f " + scripts() + "/kernel-tests.awk " + listed + " - <" + ran))) {
            assertThat(child.awaitExit()).isEqualTo(1);
            assertThat(child.output()).contains("MISSING  a.B#seldom, listed in config/kernel-tests.txt");
        }
    }

    @Test
    void shouldPassShellcheckWhenInstalled() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/shellcheck")),
            "shellcheck is not installed");
        final Path root = ChildProgram.root();
        try (ChildProgram child = ChildProgram.start(directory, List.of("shellcheck", "-x", "-P", root.toString(),
            root.resolve("sluice").toString(), root.resolve("mvnw").toString(), root.resolve(".ci/run").toString()))) {
            // It takes seconds of processor time, of which a busy machine has few.
            assertThat(child.awaitExit(TIMEOUT_S)).as(child.output()).isZero();
        }
    }

    private static Path scripts() {
        return ChildProgram.root().resolve("scripts");
    }

    private ChildProgram start(final Map<String, String> environment, final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of("env", "-u", "SLUICE_JAVA_HOME"));
        environment.forEach((name, value) -> command.add(name + "=" + value));
        command.add(ChildProgram.root().resolve("sluice").toString());
        command.addAll(List.of(arguments));
        return ChildProgram.start(directory, command);
    }
}
