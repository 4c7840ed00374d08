// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.PrintStream;

/** The sample program {@code hello}: one thread, one tracepoint with a number and a text, a steady rate. */
final class Hello {
    private static final int RATE = 10;

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
        final Provider provider = Provider.named("hello");
        final Tracepoint world = provider.tracepoint("world", int64("n"), string("text"));
        return new SteadyLoop("hello", provider, n -> world.event().put(n).put("Hello, world").fire())
            .run(arguments, RATE, out, err);
    }
}
