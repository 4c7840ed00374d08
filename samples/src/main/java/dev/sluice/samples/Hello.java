// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.PrintStream;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The sample program {@code hello}: one thread, one tracepoint, a steady rate. */
final class Hello {
    private static final int MAX_RATE = 1_000_000;

    private Hello() {
    }

    /**
     * Runs the sample.
     *
     * @return the exit status
     * @throws IllegalArgumentException if the options are wrong
     */
    static int run(final String[] arguments, final PrintStream out, final PrintStream err)
        throws InterruptedException {
        final SampleOptions options = new SampleOptions(arguments, Set.of("--wait"),
            Set.of("--rate", "--count", "--wait-timeout"));
        final int rate = options.count("--rate", 10, MAX_RATE);
        final int count = options.count("--count", Integer.MAX_VALUE, Integer.MAX_VALUE);
        final SampleStart start = new SampleStart(options);

        final Provider provider = Provider.named("hello");
        final Tracepoint world = provider.tracepoint("world", int64("n"), string("text"));
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
            if (world.event().put(attempts).put("Hello, world").fire()) {
                fired++;
            }
            attempts++;
        } while (attempts < count && !awaitTime(stopped, begin + (long) (attempts * intervalNs)));
        out.println("{\"sample\":\"hello\",\"attempts\":" + attempts + ",\"fired\":" + fired
            + ",\"elapsed_ns\":" + (System.nanoTime() - begin) + "}");
        return 0;
    }

    /** Waits until a time of {@link System#nanoTime}, or until told to stop, which is what true says. */
    private static boolean awaitTime(final CountDownLatch stopped, final long timeNs) throws InterruptedException {
        final long left = timeNs - System.nanoTime();
        return left > 0 ? stopped.await(left, TimeUnit.NANOSECONDS) : stopped.getCount() == 0;
    }
}
