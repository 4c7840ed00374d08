// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import static dev.sluice.trace.Field.int64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The event as a tracepoint of ours. */
final class OurEvent {
    static final String PROVIDER_NAME = "bench_path";
    static final String PATTERN = PROVIDER_NAME + ":*";
    static final Provider PROVIDER = Provider.named(PROVIDER_NAME);
    static final Tracepoint TWO = PROVIDER.tracepoint("two", int64("a"), int64("b"));
    /** The field that has the event's number, as reductions name it. */
    static final String NUMBER = PROVIDER_NAME + ":two.b";
    /** Of the event in the ring, its time stamp included. */
    static final int LENGTH = 24;
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);

    private OurEvent() {
    }

    /** Where its stub is, once the provider is loaded. */
    static UsdtProbe probe() {
        return ProcessProbes.of(ProcessHandle.current().pid()).stream()
            .filter(probe -> probe.provider().equals(PROVIDER_NAME)).findFirst()
            .orElseThrow(() -> new IllegalStateException("this process has no probe " + PATTERN));
    }

    /** Waits until somebody listens. */
    static void awaitEnabled(final String who, final Process process) throws InterruptedException {
        final long deadline = System.nanoTime() + TIMEOUT_NS;
        while (!TWO.isEnabled()) {
            if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(who + (process.isAlive() ? " does not listen after "
                    + TimeUnit.NANOSECONDS.toSeconds(TIMEOUT_NS) + " s" : " has ended with " + process.exitValue()));
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
