// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static dev.sluice.trace.Field.int64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;

/** A traced JVM that fires a thousand events a second until it is killed. */
final class EndlessProgram {
    private EndlessProgram() {
    }

    public static void main(final String[] arguments) throws InterruptedException {
        final Provider provider = Provider.named("endless");
        final Tracepoint tick = provider.tracepoint("tick", int64("number"));
        provider.load();
        System.out.println("ready");
        for (long number = 0; ; number++) {
            tick.fire(number);
            Thread.sleep(1);
        }
    }
}
