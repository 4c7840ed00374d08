// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code sluice test} makes of Maven's results. A script stands for Maven, and says what Maven would. */
@OneJdk
class TestRunnerTest {
    /** Module high needs module low. */
    private static final String MAVEN = """
        #!/bin/bash
        echo "$JAVA_HOME $(echo */target/tested)" >>"%s"
        report() {
            mkdir -p "$1/target/surefire-reports"
            cat >"$1/target/surefire-reports/TEST-a.$2.xml"
        }
        failure() {
            echo "[ERROR] Failed to execute goal g:a:1:goal (id) on project $1: $2"
        }
        case $JAVA_HOME in
            /broken)
                failure low 'Compilation failure: -> [Help 1]'
                echo '[INFO] low .......... FAILURE [  1.000 s]'
                echo '[INFO] high ......... SKIPPED'
                exit 1 ;;
            /failing)
                if [[ -e low/target/tested ]]; then
                    echo '[INFO] low ............ SUCCESS [  1.000 s]'
                    report high High <<'EOF'
          <testcase name="shouldFail" classname="a.High" time="1">
            <error type="x">
        EOF
                    failure high 'The fork crashed -> [Help 1]'
                    exit 1
                fi
                report low Low <<'EOF'
          <testcase name="shouldPass" classname="a.Low" time="1"/>
          <testcase name="" classname="a.Low" time="0">
            <failure message="seed 5:&#10;  expected &quot;a&quot; &lt; b" type="x">
        EOF
                failure low 'There are test failures.'
                echo '[INFO] low .......... FAILURE [  1.000 s]'
                echo '[INFO] high ......... SKIPPED'
                exit 1 ;;
            /left*)
                mkdir -p low/target
                printf '%%s kernel a.Low#%%s\n' left shouldTurn#1 ran shouldTurn#2 left shouldRest >low/target/tests.txt
                [[ $JAVA_HOME != /left-too ]] \\
                    || printf 'ran kernel a.Low#shouldTurn#1\nleft kernel a.Low#shouldRest\n' >low/target/tests.txt
                ;;
            *)
                report low Low <<<'  <testcase name="shouldPass" classname="a.Low" time="1"/>' ;;
        esac
        """;

    @TempDir
    private Path directory;
    private Path checkout;
    private Path runs;

    @BeforeEach
    void makeCheckout() throws IOException {
        checkout = Files.createDirectory(directory.resolve("checkout"));
        runs = directory.resolve("runs");
        for (final String module : List.of("low", "high")) {
            Files.createDirectory(checkout.resolve(module));
        }
        Files.createFile(Files.createDirectory(checkout.resolve("config")).resolve("kernel-tests.txt"));
        try (Stream<Path> files = Files.walk(ChildProgram.root().resolve("scripts"))) {
            for (final Path file : files.toList()) {
                Files.copy(file, checkout.resolve(ChildProgram.root().relativize(file).toString()));
            }
        }
        final Path maven = Files.writeString(checkout.resolve("mvnw"), MAVEN.formatted(runs));
        assertThat(maven.toFile().setExecutable(true)).isTrue();
    }

    @Test
    void shouldTestTheOtherModulesAndNameAllFailuresWhenOneModuleFails() throws Exception {
        try (ChildProgram run = run("25.0.1\t/failing\n17.0.1\t/passing")) {
            assertThat(run.awaitExit()).as(run.toString()).isEqualTo(1);
            assertThat(Files.readAllLines(runs)).containsExactly(
                "/failing */target/tested", "/failing low/target/tested", "/passing */target/tested");
            assertThat(summary(run)).containsExactly(
                "JDK 25.0.1: FAILED",
                "  high: The fork crashed -> [Help 1]",
                "  low: There are test failures.",
                "  a.High#shouldFail",
                "  a.Low: seed 5: expected \"a\" < b",
                "JDK 17.0.1: all tests passed");
        }
    }

    @Test
    void shouldNotRunAgainWhenNoFurtherModuleCanBeTested() throws Exception {
        try (ChildProgram run = run("25.0.1\t/broken")) {
            assertThat(run.awaitExit()).as(run.toString()).isEqualTo(1);
            assertThat(Files.readAllLines(runs)).hasSize(1);
            assertThat(summary(run)).containsExactly(
                "JDK 25.0.1: FAILED", "  low: Compilation failure: -> [Help 1]");
        }
    }

    @Test
    void shouldEndWithZeroWhenAllTestsPass() throws Exception {
        try (ChildProgram run = run("17.0.1\t/passing")) {
            assertThat(run.awaitExit()).as(run.toString()).isZero();
            assertThat(summary(run)).containsExactly("JDK 17.0.1: all tests passed");
        }
    }

    @Test
    void shouldFailWhenATestWasLeftToAnotherJdkByEach() throws Exception {
        try (ChildProgram run = run("25.0.1\t/left\n17.0.1\t/left-too")) {
            assertThat(run.awaitExit()).as(run.toString()).isEqualTo(1);
            assertThat(run.output()).contains("NOWHERE  a.Low#shouldRest: each JDK left it to another\n")
                .contains("Of 2 tests that run on one JDK: 0 on JDK 25.0.1, 1 on JDK 17.0.1\n")
                .doesNotContain("NOWHERE  a.Low#shouldTurn");
            assertThat(summary(run)).containsExactly("JDK 25.0.1: all tests passed", "JDK 17.0.1: all tests passed",
                "FAILED: tests above were left to another JDK by each");
        }
    }

    private ChildProgram run(final String jdks) throws IOException {
        return ChildProgram.start(directory, List.of("bash", "-c",
            "set -euo pipefail; root=$1; jdk_list=$2; . $root/scripts/common.sh; . $root/scripts/test.sh; run_tests",
            "bash", checkout.toString(), jdks));
    }

    /** The lines behind the last heading. */
    private static List<String> summary(final ChildProgram run) throws IOException {
        final String output = run.output();
        return output.substring(output.lastIndexOf("=== ")).lines().skip(1).toList();
    }
}
