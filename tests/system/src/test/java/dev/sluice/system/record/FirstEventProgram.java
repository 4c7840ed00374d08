// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static dev.sluice.trace.Field.int64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.locks.LockSupport;

/**
 * A traced program that says what the first event that is recorded has cost its first thread: all of the processor time
 * from before the call to behind it. Then it rests until it is killed.
 */
final class FirstEventProgram {
    private FirstEventProgram() {
    }

    /** The program; it takes no arguments. */
    public static void main(final String[] arguments) {
        final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        final Provider provider = Provider.named("first");
        final Tracepoint point = provider.tracepoint("event", int64("a"), int64("b"));
        provider.load();
        threads.getCurrentThreadCpuTime();
        System.out.println("ready");
        while (!point.isEnabled()) {
            LockSupport.parkNanos(1_000_000);
        }
        final long before = threads.getCurrentThreadCpuTime();
        final boolean isFired = point.fire(1, 2);
        final long spentNs = threads.getCurrentThreadCpuTime() - before;
        System.out.println("cost " + (isFired ? spentNs : -1));
        while (true) {
            LockSupport.park();
        }
    }
}
