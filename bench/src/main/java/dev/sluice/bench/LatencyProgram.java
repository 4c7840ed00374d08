// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import static dev.sluice.trace.Field.int64;

import dev.sluice.bench.session.BpfReceiver;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Fires two longs again and again and times each fire with two readings of System.nanoTime, so every figure contains
 * the cost of one reading: the kind {@code empty} fires nothing and measures that cost. Batches go through BPF.
 */
final class LatencyProgram {
    private static final long HIGHEST_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int DIGITS = 3;
    private static final int WARM_UP = 2_000_000;
    private static final Provider PROVIDER = Provider.named("bench_latency");
    private static final Tracepoint TWO = PROVIDER.tracepoint("two", int64("a"), int64("b"));

    private LatencyProgram() {
    }

    /** Arguments: kind, seconds. Prints one line. */
    public static void main(final String[] arguments) {
        final boolean isEmpty = "empty".equals(arguments[0]);
        final long durationNs = TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[1]));
        if (isEmpty) {
            print(arguments[0], measure(durationNs, true));
            return;
        }
        PROVIDER.load();
        try (BpfReceiver receiver = new BpfReceiver("bench_latency:*")) {
            final Histogram histogram = measure(durationNs, false);
            if (receiver.events() == 0 || receiver.failures() != 0) {
                throw new IllegalStateException("received " + receiver.events() + " failed " + receiver.failures());
            }
            print(arguments[0], histogram);
        }
    }

    private static Histogram measure(final long durationNs, final boolean isEmpty) {
        final Histogram histogram = new Histogram(HIGHEST_NS, DIGITS);
        fill(histogram, Long.MAX_VALUE, WARM_UP, isEmpty);
        histogram.reset();
        fill(histogram, System.nanoTime() + durationNs, Long.MAX_VALUE, isEmpty);
        return histogram;
    }

    private static void fill(final Histogram histogram, final long endNs, final long most, final boolean isEmpty) {
        long before = 0;
        for (long i = 0; i < most && before < endNs; i++) {
            before = System.nanoTime();
            if (!isEmpty) {
                TWO.fire(i, -i);
            }
            histogram.recordValue(Math.min(HIGHEST_NS, System.nanoTime() - before));
        }
    }

    private static void print(final String kind, final Histogram histogram) {
        System.out.printf("%-14s %,10d %,10d %,10d %,10d %,10d %,10d   %,d events%n", kind,
            histogram.getValueAtPercentile(50), histogram.getValueAtPercentile(90),
            histogram.getValueAtPercentile(99), histogram.getValueAtPercentile(99.9),
            histogram.getValueAtPercentile(99.99), histogram.getMaxValue(), histogram.getTotalCount());
    }
}
