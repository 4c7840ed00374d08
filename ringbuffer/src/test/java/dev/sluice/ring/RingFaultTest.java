// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.testsupport.Seed;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Stops or interrupts a target after every single step of a scenario, one run for each, and reads its region back.
 * Seeds are drawn anew; {@code -Dsluice.seed} repeats one, {@code -Dsluice.long=true} takes many,
 * {@code -Dsluice.seeds} says how many.
 */
class RingFaultTest {
    private static final int OPERATIONS = 260;
    /** Loads are steps too, so there are more of them, and each is followed by the whole rest of the scenario. */
    private static final int PREEMPTED_OPERATIONS = 120;
    private static final int SEEDS = Integer.getInteger("sluice.seeds", Boolean.getBoolean("sluice.long") ? 40 : 1);

    @ParameterizedTest
    @CsvSource({"DISCARD,true", "DISCARD,false", "OVERWRITE,true", "OVERWRITE,false", "BLOCK,true"})
    void shouldRecoverEveryVisibleEventWhenTargetDiesAfterAnyStore(final FullPolicy policy, final boolean ownerDrains) {
        explore(RingRun.Kind.DEATH, policy, ownerDrains, Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource({"DISCARD,true,1", "DISCARD,true,2", "DISCARD,false,2", "OVERWRITE,true,1", "OVERWRITE,false,2"})
    void shouldGoOnWithoutLossOrRepetitionWhenAnErrorStopsAnyStore(
        final FullPolicy policy, final boolean ownerDrains, final int failures) {
        explore(RingRun.Kind.ERROR, policy, ownerDrains, failures);
    }

    @ParameterizedTest
    @CsvSource({"DISCARD,true", "DISCARD,false", "OVERWRITE,true", "OVERWRITE,false"})
    void shouldKeepEveryAccountWhenAnotherActorRunsBetweenAnyTwoSteps(
        final FullPolicy policy, final boolean ownerDrains) {
        explore(RingRun.Kind.PREEMPTION, policy, ownerDrains, 0);
    }

    @ParameterizedTest
    @CsvSource({"DISCARD,true", "OVERWRITE,false"})
    void shouldKeepEveryAccountWhenAnotherSessionBeginsBetweenAnyTwoSteps(
        final FullPolicy policy, final boolean ownerDrains) {
        explore(RingRun.Kind.TAKEOVER, policy, ownerDrains, 0);
    }

    private static void explore(
        final RingRun.Kind kind, final FullPolicy policy, final boolean ownerDrains, final int failures) {
        final long first = Seed.draw("RingFaultTest");
        final int operations = kind == RingRun.Kind.DEATH || kind == RingRun.Kind.ERROR
            ? OPERATIONS : PREEMPTED_OPERATIONS;
        LongStream.range(first, first + SEEDS).forEach(seed -> {
            final RingExplorer explorer = new RingExplorer(kind, policy, ownerDrains, failures, null);
            final String fault = explorer.firstFault(seed, operations);
            System.out.println("ring faults: " + kind + " " + policy + " ownerDrains=" + ownerDrains + " failures="
                + failures + " seed=" + seed + " runs=" + explorer.runs());
            assertThat(fault).isNull();
            assertThat(explorer.runs()).isGreaterThan(operations);
        });
    }
}
