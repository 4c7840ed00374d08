// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import static dev.sluice.trace.Field.string;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.time.Duration;

/** A traced program whose thread and whose texts are what its argument says, over and over. */
final class HostileProgram {
    private static final long STEP_MS = 20;

    private HostileProgram() {
    }

    /** The program. */
    public static void main(final String[] arguments) throws InterruptedException {
        Thread.currentThread().setName(arguments[0]);
        final Provider provider = Provider.named("hostile");
        final Tracepoint tracepoint = provider.tracepoint("said", string("text"));
        provider.load();
        System.out.println("ready");
        if (!provider.awaitEnabled(Duration.ofMinutes(1))) {
            System.exit(1);
        }
        for (int i = 0; i < Duration.ofMinutes(1).toMillis() / STEP_MS; i++) {
            tracepoint.event().put(arguments[0]).fire();
            Thread.sleep(STEP_MS);
        }
    }
}
