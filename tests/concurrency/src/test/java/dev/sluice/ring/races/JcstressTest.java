// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.races;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * Runs jcstress on all races of this package: briefly, or with {@code -Dsluice.long=true} in its default mode with
 * each actor compiled in each way.
 */
class JcstressTest {
    private static final int RACES = 11;
    private static final boolean IS_LONG = Boolean.getBoolean("sluice.long");
    private static final long TIMEOUT_MINUTES = IS_LONG ? 90 : 8;

    @Test
    @EnabledIf(value = "hasTwoProcessors", disabledReason = "a race needs two processors")
    void shouldSeeNoForbiddenOutcomeWhenOperationsRace() throws Exception {
        final Path directory = Files.createDirectories(Path.of("target", "jcstress").toAbsolutePath());
        final Path log = directory.resolve("jcstress.log");
        final Process process = new ProcessBuilder(command()).directory(directory.toFile())
            .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertThat(process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)).as("jcstress ends, see %s", log).isTrue();
        } finally {
            process.destroyForcibly();
        }
        final String text = Files.readString(log);
        assertThat(process.exitValue()).as(text).isZero();
        // Tests that ran, in whatever number of configurations, and nothing but passes.
        assertThat(text).contains("Failed tests: No matches.").contains("Error tests: No matches.")
            .contains("All remaining tests: " + RACES + " matching test results.");
    }

    static boolean hasTwoProcessors() {
        return Runtime.getRuntime().availableProcessors() >= 2;
    }

    private static List<String> command() throws IOException {
        final String root = System.getProperty("sluice.root");
        final String flags = "@" + root + "/config/"
            + (Runtime.version().feature() >= 24 ? "jvm-24.args" : "jvm-17.args");
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), flags,
            "-cp", System.getProperty("java.class.path"), "org.openjdk.jcstress.Main", "-t", "dev.sluice.ring.races",
            "-r", "report"));
        // Agrona's export is needed in the forked JVMs, too.
        command.addAll(IS_LONG
            ? List.of("-m", "default", "-jvmArgs", flags)
            : List.of("-m", "quick", "-sc", "false", "-f", "1", "-iters", "3", "-time", "400", "-jvmArgs", flags));
        return command;
    }
}
