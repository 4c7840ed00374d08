// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.sluice.bpf.KernelTest;
import dev.sluice.system.scene.Profile;
import dev.sluice.system.scene.Scene;
import dev.sluice.system.scene.TraceTally;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The strategies that drain through BPF, each with every policy; and sessions of all modes in turn. */
@KernelTest
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class BpfDrainMatrixTest {
    @TempDir
    private Path directory;

    static List<Arguments> cells() {
        return Profile.share(List.of("owner", "drain_thread").stream().flatMap(strategy ->
            List.of("discard", "block", "overwrite").stream().map(policy -> arguments(strategy, policy))).toList());
    }

    static List<String> policies() {
        return Profile.share(List.of("discard", "overwrite"));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void shouldAccountForEveryFiredEventWhenDrainedByBpf(final String strategy, final String policy)
        throws IOException, InterruptedException {
        DrainMatrix.check(directory, strategy, policy);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void shouldAccountForEveryFiredEventWhenModesAlternate(final String policy)
        throws IOException, InterruptedException {
        final Random random = Profile.random(Profile.seed("modes in turn, " + policy), 0);
        final List<String> modes = List.of("bpf", "shared", "pull", "shared", "bpf", "pull", "pull", "bpf", "shared");
        try (Scene scene = Scene.start(directory, List.of("-Dsluice.chunk.length=8192"), 2, "threads", "200000");
             ChildProgram recorder = Scene.warmRecorder(directory)) {
            recorder.awaitLine("ready", 1);
            scene.awaitTarget();
            scene.startFiring();
            for (final String mode : modes) {
                DrainMatrix.shortSession(scene, recorder, "--mode", mode, "--policy", policy);
            }
            DrainMatrix.lastSession(scene, recorder, random, 1, false, "--mode", "bpf", "--policy", policy);
            final TraceTally tally = scene.tally();
            assertThat(tally.isEndKnown()).as("end known: %s %s", tally, scene).isTrue();
            assertThat(tally.causes()).as("losses").isEmpty();
            scene.checkAccount(tally, 0);
        }
    }
}
