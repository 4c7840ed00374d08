// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import dev.sluice.usdt.Tsc;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does one event cost the thread that fires it, on the production path: word, ring lookup, clock, stores, wrap,
 * tail,
 * with the head moved by another thread? Beside it the empty loop, the bare clock reads and the disabled tracepoint.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class FireBenchmark {
    /** Tracepoints that nobody enables. */
    @State(Scope.Benchmark)
    public static class Disabled {
        static final Provider PROVIDER = Provider.named("bench_off");
        static final Tracepoint TWO = PROVIDER.tracepoint("two", int64("a"), int64("b"));
        long i;

        /** Loads the provider. */
        @Setup
        public void load() {
            PROVIDER.load();
        }
    }

    /** Tracepoints that a session has enabled. */
    @State(Scope.Benchmark)
    public static class Enabled {
        static final Provider PROVIDER = Provider.named("bench_on");
        static final Tracepoint NONE = PROVIDER.tracepoint("none");
        static final Tracepoint TWO = PROVIDER.tracepoint("two", int64("a"), int64("b"));
        static final Tracepoint SIX = PROVIDER.tracepoint("six", int64("a"), int64("b"), int64("c"), int64("d"),
            int64("e"), int64("f"));
        static final Tracepoint TEXT = PROVIDER.tracepoint("text", string("s"));
        long i;
        private HeadMover mover;

        /** Loads the provider and starts the session. */
        @Setup(Level.Trial)
        public void enable() {
            PROVIDER.load();
            mover = new HeadMover("bench_on:*");
            if (!TWO.isEnabled()) {
                throw new IllegalStateException("not enabled");
            }
        }

        /** Ends the session. */
        @TearDown(Level.Trial)
        public void disable() {
            if (mover.movedBytes() == 0) {
                throw new IllegalStateException("no event was written: the figure would be of nothing");
            }
            mover.close();
        }
    }

    /** The loop. */
    @Benchmark
    public long empty(final Disabled state) {
        return state.i++;
    }

    /** The clock NANO. */
    @Benchmark
    public long nanoTime() {
        return System.nanoTime();
    }

    /** The clock TSC; on a JVM without it, an error. */
    @Benchmark
    public long tsc() {
        return Tsc.read();
    }

    /** Two longs, off. */
    @Benchmark
    public boolean disabledTwo(final Disabled state) {
        final long i = state.i++;
        return Disabled.TWO.fire(i, -i);
    }

    /** No field, on. */
    @Benchmark
    public boolean none(final Enabled state) {
        return Enabled.NONE.fire();
    }

    /** Two longs, on. */
    @Benchmark
    public boolean two(final Enabled state) {
        final long i = state.i++;
        return Enabled.TWO.fire(i, -i);
    }

    /** Six longs, on. */
    @Benchmark
    public boolean six(final Enabled state) {
        final long i = state.i++;
        return Enabled.SIX.fire(i, i, i, i, i, -i);
    }

    /** A text of 16 characters, on. */
    @Benchmark
    public boolean text16(final Enabled state) {
        return Enabled.TEXT.fire("sixteen letters!");
    }
}
