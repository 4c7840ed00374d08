// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import dev.sluice.trace.Latency;
import dev.sluice.trace.Provider;
import java.io.PrintStream;
import java.util.Random;

/** The sample program {@code latency}: blocks of work of some microseconds each, timed in nanoseconds. */
final class LatencyOfWork {
    private static final int RATE = 1000;
    private static final int MAX_MICROSECONDS = 64;

    private LatencyOfWork() {
    }

    /**
     * Runs the sample.
     *
     * @return the exit status
     * @throws IllegalArgumentException if the options are wrong
     */
    static int run(final String[] arguments, final PrintStream out, final PrintStream err)
        throws InterruptedException {
        final Provider provider = Provider.named("latency");
        final Latency work = Latency.of(provider, "work");
        final Random random = new Random();
        return new SteadyLoop("latency", provider, n -> {
            work.around(() -> spin(1000L * (1 + random.nextInt(MAX_MICROSECONDS))));
            return work.isEnabled();
        }).run(arguments, RATE, out, err);
    }

    private static void spin(final long ns) {
        final long begin = System.nanoTime();
        while (System.nanoTime() - begin < ns) {
            Thread.onSpinWait();
        }
    }
}
