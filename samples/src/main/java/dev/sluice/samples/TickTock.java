// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static dev.sluice.trace.Field.int64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.PrintStream;

/** The sample program {@code tick-tock}: a probe that measures itself. Each event says what the one before it cost. */
final class TickTock {
    private static final int RATE = 100;

    private TickTock() {
    }

    /**
     * Runs the sample.
     *
     * @return the exit status
     * @throws IllegalArgumentException if the options are wrong
     */
    static int run(final String[] arguments, final PrintStream out, final PrintStream err)
        throws InterruptedException {
        final Provider provider = Provider.named("ticktock");
        final Tracepoint tick = provider.tracepoint("tick", int64("probe_ns"), int64("n"));
        final Tracepoint tock = provider.tracepoint("tock", int64("probe_ns"), int64("n"));
        final long[] lastNs = new long[1];
        return new SteadyLoop("tick-tock", provider, n -> {
            final Tracepoint next = n % 2 == 0 ? tick : tock;
            final long before = System.nanoTime();
            final boolean fired = next.fire(lastNs[0], n);
            lastNs[0] = System.nanoTime() - before;
            return fired;
        }).run(arguments, RATE, out, err);
    }
}
