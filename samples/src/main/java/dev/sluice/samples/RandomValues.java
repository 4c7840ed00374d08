// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static dev.sluice.trace.Field.int64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.PrintStream;
import java.util.Random;

/** The sample program {@code random}: values from 0 to 99 that lie around 50, for a linear histogram. */
final class RandomValues {
    private static final int RATE = 1000;
    private static final double MEAN = 50;
    private static final double DEVIATION = 15;
    private static final int LIMIT = 100;

    private RandomValues() {
    }

    /**
     * Runs the sample.
     *
     * @return the exit status
     * @throws IllegalArgumentException if the options are wrong
     */
    static int run(final String[] arguments, final PrintStream out, final PrintStream err)
        throws InterruptedException {
        final Provider provider = Provider.named("random");
        final Tracepoint value = provider.tracepoint("value", int64("value"));
        final Random random = new Random();
        return new SteadyLoop("random", provider, n -> value.fire(
            Math.max(0, Math.min(LIMIT - 1, Math.round(MEAN + DEVIATION * random.nextGaussian())))))
            .run(arguments, RATE, out, err);
    }
}
