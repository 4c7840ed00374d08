// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class KernelTestListenerTest {
    private static final String NAME = KernelTestListenerTest.class.getName();

    @TempDir
    private Path directory;

    @Test
    void shouldNameOutcomeAndReasonWhenTestsAreTagged() throws IOException {
        assertThat(run(Mixed.class)).containsExactlyInAnyOrder(
            "ran " + NAME + "$Mixed#passes",
            "ran " + NAME + "$Mixed#repeats", "ran " + NAME + "$Mixed#repeats",
            "skipped " + NAME + "$Mixed#aborts org.opentest4j.TestAbortedException: Assumption failed: no BPF",
            "skipped " + NAME + "$Mixed#isOff off",
            "failed " + NAME + "$Mixed#fails java.lang.IllegalStateException: two lines");
    }

    @Test
    void shouldNameEveryTestWhenTheirClassIsAborted() throws IOException {
        assertThat(run(AbortedClass.class)).containsExactlyInAnyOrder(
            "skipped " + NAME + "$AbortedClass#one org.opentest4j.TestAbortedException: Assumption failed: no root",
            "skipped " + NAME + "$AbortedClass#two org.opentest4j.TestAbortedException: Assumption failed: no root");
    }

    @Test
    void shouldWriteNothingWhenNoTestIsTagged() throws IOException {
        assertThat(run(Untagged.class)).isEmpty();
    }

    /** Runs the tests of a class that Surefire does not find, since nested static classes are not its business. */
    private List<String> run(final Class<?> tests) throws IOException {
        final Path file = directory.resolve("kernel-tests.txt");
        final LauncherConfig config = LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false)
            .addTestExecutionListeners(new KernelTestListener(file)).build();
        final LauncherDiscoveryRequest request =
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests)).build();
        LauncherFactory.create(config).execute(request);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    static class Mixed {
        @Test
        @Tag("kernel")
        void passes() {
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        @Tag("kernel")
        void repeats(final int number) {
        }

        @Test
        @Tag("kernel")
        void aborts() {
            Assumptions.assumeTrue(false, "no BPF");
        }

        @Test
        @Tag("kernel")
        @Disabled("off")
        void isOff() {
        }

        @Test
        @Tag("kernel")
        void fails() {
            throw new IllegalStateException("two\nlines");
        }

        @Test
        void isNotTagged() {
        }
    }

    @Tag("kernel")
    static class AbortedClass {
        @BeforeAll
        static void abort() {
            Assumptions.assumeTrue(false, "no root");
        }

        @Test
        void one() {
        }

        @Test
        void two() {
        }
    }

    static class Untagged {
        @Test
        void passes() {
        }
    }
}
