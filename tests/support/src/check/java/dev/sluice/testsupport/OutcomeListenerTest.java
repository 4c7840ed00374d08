// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class OutcomeListenerTest {
    private static final String NAME = ListenedCases.class.getName();

    @TempDir
    private Path directory;

    @Test
    void shouldNameOutcomeAndReasonWhenTestsAreTagged() throws IOException {
        assertThat(run(ListenedCases.Mixed.class)).containsExactlyInAnyOrder(
            "ran other " + NAME + "$Mixed#isNotTagged",
            "ran kernel " + NAME + "$Mixed#passes",
            "ran kernel " + NAME + "$Mixed#repeats#1", "ran kernel " + NAME + "$Mixed#repeats#2",
            "skipped kernel " + NAME + "$Mixed#aborts org.opentest4j.TestAbortedException: Assumption failed: no BPF",
            "skipped kernel " + NAME + "$Mixed#isOff off",
            "failed kernel " + NAME + "$Mixed#fails java.lang.IllegalStateException: two lines");
    }

    @Test
    void shouldNameEveryTestWhenTheirClassIsAborted() throws IOException {
        assertThat(run(ListenedCases.AbortedClass.class)).containsExactlyInAnyOrder(
            "skipped kernel " + NAME + "$AbortedClass#one"
                + " org.opentest4j.TestAbortedException: Assumption failed: no root",
            "skipped kernel " + NAME + "$AbortedClass#two"
                + " org.opentest4j.TestAbortedException: Assumption failed: no root");
    }

    @Test
    void shouldSayThatItIsNoKernelTestWhenNoTestIsTagged() throws IOException {
        assertThat(run(ListenedCases.Untagged.class)).containsExactly("ran other " + NAME + "$Untagged#passes");
    }

    private List<String> run(final Class<?> tests) throws IOException {
        final Path file = directory.resolve("tests.txt");
        final LauncherConfig config = LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false)
            .addTestExecutionListeners(new OutcomeListener(file)).build();
        final LauncherDiscoveryRequest request =
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests)).build();
        LauncherFactory.create(config).execute(request);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }
}
