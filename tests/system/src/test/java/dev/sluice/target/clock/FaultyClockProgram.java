// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import dev.sluice.ring.clock.Clock;
import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A traced program whose counter misbehaves in the middle of its events. Each of them says what CLOCK_MONOTONIC was
 * just before it.
 */
public final class FaultyClockProgram {
    /** How far the counter jumps, and for how long it stands still, ns. */
    public static final long SIZE_NS = 300_000_000;
    /** One part in this many is how much faster it runs. */
    public static final int PART = 100;
    /** Between events, ns. */
    private static final long STEP_NS = 1_000_000;
    private static final int TICKS_PER_NS = 3;
    private static final long FIRST_TICKS = 1L << 50;

    private FaultyClockProgram() {
    }

    /** Three ticks a nanosecond, up to the fault. */
    private static final class FaultyCounter implements Clock {
        private final String fault;
        private final long beginNs = System.nanoTime();
        private volatile long faultNs = Long.MAX_VALUE;

        FaultyCounter(final String fault) {
            this.fault = fault;
        }

        @Override
        public long ticks() {
            final long ns = System.nanoTime();
            final long after = Math.max(0, ns - faultNs);
            final long error = after == 0 ? 0 : switch (fault) {
                case "forward" -> SIZE_NS;
                case "back" -> -SIZE_NS;
                case "fast" -> after / PART;
                case "stop" -> -Math.min(after, SIZE_NS);
                default -> 0;
            };
            return FIRST_TICKS + (ns - beginNs + error) * TICKS_PER_NS;
        }

        @Override
        public int kind() {
            return KIND_TSC;
        }

        @Override
        public long frequency() {
            return TICKS_PER_NS * 1_000_000_000L;
        }
    }

    /** The program; its arguments are the fault and how many events are fired before and after it begins. */
    public static void main(final String[] arguments) throws InterruptedException {
        final FaultyCounter counter = new FaultyCounter(arguments[0]);
        Clocks.substitute(counter);
        final Provider provider = Provider.named("faultyclock");
        final Tracepoint tracepoint = provider.tracepoint("now", Field.int64("monotonic"));
        provider.load();
        System.out.println("ready");
        if (!provider.awaitEnabled(Duration.ofMinutes(1))) {
            System.exit(1);
        }
        final int events = Integer.parseInt(arguments[1]);
        for (int i = 0; i < 2 * events; i++) {
            if (i == events) {
                counter.faultNs = System.nanoTime();
            }
            tracepoint.fire(System.nanoTime());
            LockSupport.parkNanos(STEP_NS);
        }
    }
}
