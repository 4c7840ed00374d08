// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.testsupport.OneJdk;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Of figures that are made up, with the scatter that turns have. */
@OneJdk
class BatchModelTest {
    private static final double TRAP = 900;
    private static final double EVENT = 12;
    private static final int POINTS = 12;
    private static final int ROUNDS = 10;
    private static final int TRIES = 200;

    private static BatchModel fit(final Random random, final double scatter) {
        final double[] events = new double[POINTS * ROUNDS];
        final double[] ns = new double[events.length];
        for (int i = 0; i < events.length; i++) {
            events[i] = 1 << i % POINTS;
            ns[i] = (TRAP / events[i] + EVENT) * Math.exp(scatter * random.nextGaussian());
        }
        return BatchModel.fit(events, ns).orElseThrow();
    }

    @Test
    void shouldFindBothNumbersWhenThereIsNoScatter() {
        final BatchModel model = fit(new Random(1), 0);
        assertThat(model.trapNs().value()).isCloseTo(TRAP, within(1e-6));
        assertThat(model.eventNs().value()).isCloseTo(EVENT, within(1e-6));
        assertThat(model.at(2)).isCloseTo(TRAP / 2 + EVENT, within(1e-6));
        assertThat(model.turns()).isEqualTo(POINTS * ROUNDS);
    }

    @Test
    void shouldHoldBothNumbersInItsIntervalsWhenTurnsScatterByAFewPercent() {
        int trapHeld = 0;
        int eventHeld = 0;
        for (int seed = 0; seed < TRIES; seed++) {
            final BatchModel model = fit(new Random(seed), 0.03);
            trapHeld += model.trapNs().low() <= TRAP && TRAP <= model.trapNs().high() ? 1 : 0;
            eventHeld += model.eventNs().low() <= EVENT && EVENT <= model.eventNs().high() ? 1 : 0;
            // An event's cost is not drowned by the scatter of a trap, which is more than all of it.
            assertThat(model.eventNs().value()).as("seed " + seed).isCloseTo(EVENT, within(0.3));
            assertThat(model.trapNs().value()).as("seed " + seed).isCloseTo(TRAP, within(30.0));
        }
        assertThat(trapHeld).as("intervals that hold the trap, of " + TRIES).isGreaterThan(TRIES * 9 / 10);
        assertThat(eventHeld).as("intervals that hold the event, of " + TRIES).isGreaterThan(TRIES * 9 / 10);
    }

    @Test
    void shouldNameTheBatchFromWhichItWinsWhenAnotherCostIsGiven() {
        final BatchModel model = fit(new Random(1), 0);
        assertThat(model.winsFrom(612)).isCloseTo(1.5, within(1e-6));
        assertThat(model.winsFrom(10_000)).isEqualTo(1);
        assertThat(model.winsFrom(EVENT / 2)).isInfinite();
    }

    @Test
    void shouldSayNothingWhenThereIsOneLengthOrTooFewTurns() {
        assertThat(BatchModel.fit(new double[] {4, 4, 4}, new double[] {1, 2, 3})).isEmpty();
        assertThat(BatchModel.fit(new double[] {1, 2}, new double[] {1, 2})).isEmpty();
        assertThat(BatchModel.fit(new double[0], new double[0])).isEmpty();
    }
}
