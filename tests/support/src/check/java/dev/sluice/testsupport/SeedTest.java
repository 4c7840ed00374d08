// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class SeedTest {
    /** Runs a class as Surefire does, and returns what its tests failed with, or were aborted with. */
    private static List<Throwable> failures(final Class<?> tests) {
        final List<Throwable> failures = new ArrayList<>();
        final LauncherConfig config = LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false)
            .addTestExecutionListeners(new TestExecutionListener() {
                @Override
                public void executionFinished(final TestIdentifier test, final TestExecutionResult result) {
                    result.getThrowable().ifPresent(failures::add);
                }
            }).build();
        final LauncherDiscoveryRequest request =
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests)).build();
        LauncherFactory.create(config).execute(request);
        return failures;
    }

    private static List<String> messages(final Class<?> tests) {
        return failures(tests).stream().map(Throwable::getMessage).toList();
    }

    @Test
    void shouldBeginTheMessageWithItsSeedAloneWhenATestFails() {
        assertThat(messages(SeededCases.OfEachTest.class)).hasSize(3)
            .anyMatch(message -> message.matches("seed 10[123]: of its own"))
            .anyMatch(message -> message.matches("seed 10[123]: java.lang.IllegalStateException: of the product"))
            .contains("no BPF");
    }

    @Test
    void shouldNameTheClassesSeedWhenItWasDrawnForAllItsTests() {
        assertThat(messages(SeededCases.OfAll.class))
            .containsExactlyInAnyOrder("seed 7, 8: of both", "seed 7: of the class");
    }

    @Test
    void shouldKeepTheFailureAndItsPlaceWhenTheSeedIsNamed() {
        final Throwable failure = failures(SeededCases.OfAll.class).get(0);
        assertThat(failure).isInstanceOf(AssertionError.class).hasCauseInstanceOf(AssertionError.class);
        assertThat(failure.getStackTrace()).isEqualTo(failure.getCause().getStackTrace());
    }

    @Test
    void shouldLeaveTheMessageAsItIsWhenThereIsNoSeed() {
        assertThat(messages(SeededCases.WithoutSeed.class)).containsExactly("no luck in it");
    }

    @Test
    void shouldTakeTheSeedThatIsAskedFor() {
        System.setProperty("sluice.seed", "4711");
        try {
            assertThat(Seed.draw("SeedTest")).isEqualTo(4711);
        } finally {
            System.clearProperty("sluice.seed");
        }
        assertThat(Seed.draw("SeedTest")).isBetween(0L, 0xFFFF_FFFFL);
    }
}
