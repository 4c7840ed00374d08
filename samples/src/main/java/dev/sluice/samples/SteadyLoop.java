// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import dev.sluice.trace.Provider;
import java.io.PrintStream;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/** What the small samples have in common: one thread that does something at a steady rate, and counts. */
final class SteadyLoop {
    private static final int MAX_RATE = 1_000_000;

    private final String name;
    private final Provider provider;
    private final LongPredicate step;

    /**
     * A loop.
     *
     * @param name     the sample's
     * @param provider loaded by the loop
     * @param step     does it for the number given, from 0, and says whether a session took the event
     */
    SteadyLoop(final String name, final Provider provider, final LongPredicate step) {
        this.name = name;
        this.provider = provider;
        this.step = step;
    }

    /**
     * Runs it.
     *
     * @return the exit status
     * @throws IllegalArgumentException if the options are wrong
     */
    int run(final String[] arguments, final int defaultRate, final PrintStream out, final PrintStream err)
        throws InterruptedException {
        final SampleOptions options =
            new SampleOptions(arguments, Set.of("--wait"), Set.of("--rate", "--count", "--wait-timeout"));
        final int rate = options.count("--rate", defaultRate, MAX_RATE);
        final int count = options.count("--count", Integer.MAX_VALUE, Integer.MAX_VALUE);
        final SampleStart start = new SampleStart(options);
        provider.load();
        final CountDownLatch stopped = new CountDownLatch(1);
        if (!start.begin(provider, stopped::countDown, out, err)) {
            return Main.FAILED;
        }
        final long begin = System.nanoTime();
        final double intervalNs = 1e9 / rate;
        long attempts = 0;
        long fired = 0;
        do {
            fired += step.test(attempts) ? 1 : 0;
            attempts++;
        } while (attempts < count && !awaitTime(stopped, begin + (long) (attempts * intervalNs)));
        out.println("{\"sample\":\"" + name + "\",\"attempts\":" + attempts + ",\"fired\":" + fired
            + ",\"elapsed_ns\":" + (System.nanoTime() - begin) + "}");
        return 0;
    }

    /** Waits until a time of {@link System#nanoTime}, or until told to stop, which is what true says. */
    private static boolean awaitTime(final CountDownLatch stopped, final long timeNs) throws InterruptedException {
        final long left = timeNs - System.nanoTime();
        return left > 0 ? stopped.await(left, TimeUnit.NANOSECONDS) : stopped.getCount() == 0;
    }
}
