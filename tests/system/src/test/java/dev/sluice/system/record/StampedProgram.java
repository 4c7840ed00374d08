// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static dev.sluice.trace.Field.int64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/**
 * A traced program whose events say what CLOCK_REALTIME was just before each and just after the one before it, and how
 * much time passed between those two readings by a clock that nobody sets.
 */
final class StampedProgram {
    private static final long STEP_NS = 1_000_000;

    private StampedProgram() {
    }

    private static long realtimeNs() {
        final Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    /** The program; its argument is how many events. */
    public static void main(final String[] arguments) throws InterruptedException {
        final Provider provider = Provider.named("stamped");
        final Tracepoint tracepoint = provider.tracepoint("now", int64("before"), int64("after_last"),
            int64("took_last"));
        provider.load();
        System.out.println("ready");
        if (arguments.length == 0) {
            return;
        }
        if (!provider.awaitEnabled(Duration.ofMinutes(1))) {
            System.exit(1);
        }
        long afterLast = 0;
        long tookLastNs = 0;
        for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
            final long begin = System.nanoTime();
            tracepoint.fire(realtimeNs(), afterLast, tookLastNs);
            afterLast = realtimeNs();
            tookLastNs = System.nanoTime() - begin;
            LockSupport.parkNanos(STEP_NS);
        }
    }
}
