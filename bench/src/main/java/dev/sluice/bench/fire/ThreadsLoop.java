// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import dev.sluice.bench.measure.ProcessorTime;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.infra.ThreadParams;
import org.openjdk.jmh.runner.IterationType;

/**
 * How many events do several threads report together, when all report at once? The {@link FirePath} is one for all. The
 * figure is the rate of all threads: what one event costs the thread that reports it follows from it, as events and
 * time of each thread are added up, and nothing is divided that happened once.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ThreadsLoop {
    /** What all threads share. */
    @State(Scope.Benchmark)
    public static class Shared {
        private final FirePath path = MeasuredPath.create();
        private long blocks;
        private int firing;
        private final ProcessorTime.Threads spent = new ProcessorTime.Threads();

        /** Prepares the way. */
        @Setup(Level.Trial)
        public void open(final BenchmarkParams benchmark) {
            firing = benchmark.getThreads();
            MeasuredPath.open(path);
        }

        /** The first number of a block that nobody else has. */
        private synchronized long block() {
            return Firer.BLOCK * blocks++;
        }

        /** A thread has ended; the last one counts what has arrived. */
        private synchronized void end(final ProcessorTime before, final ProcessorTime after, final long measured) {
            spent.add(before, after, measured);
            if (--firing > 0) {
                return;
            }
            final long fired = Firer.BLOCK * blocks;
            try (path) {
                MeasuredPath.write(new Account(fired, path.finish(fired), spent.perEvent(), ""));
            } catch (final IOException | InterruptedException | RuntimeException | LinkageError e) {
                throw MeasuredPath.failed(e);
            }
        }
    }

    /**
     * What a thread has for itself. It takes the numbers of its events in blocks, and ends the last one beyond what is
     * measured, so that the numbers of all are those from 0 on without a gap.
     */
    @State(Scope.Thread)
    public static class Firer {
        private static final int BLOCK = 1 << 14;

        private Shared shared;
        private Firing firing;
        private long next;
        private long limit;
        private long fired;
        private long before = -1;
        private ProcessorTime spentBefore;
        private ProcessorTime spentAfter;
        private long measured;

        /** Joins the others. */
        @Setup(Level.Trial)
        public void join(final Shared all, final ThreadParams thread) {
            shared = all;
            firing = all.path.ofThread(thread.getThreadIndex());
        }

        /** Remembers where the first iteration begins that is measured. */
        @Setup(Level.Iteration)
        public void begin(final IterationParams iteration) {
            if (iteration.getType() == IterationType.MEASUREMENT && before < 0) {
                before = count();
                spentBefore = ProcessorTime.ofThisThread();
            }
        }

        private long fire() {
            if (next == limit) {
                takeBlock();
            }
            final long number = next++;
            return firing.fire(Values.first(number), number);
        }

        private void takeBlock() {
            next = shared.block();
            limit = next + BLOCK;
            fired += BLOCK;
        }

        private long count() {
            return fired - (limit - next);
        }

        /** Takes what was spent since then. */
        @TearDown(Level.Iteration)
        public void end() {
            if (before >= 0) {
                measured = count() - before;
                spentAfter = ProcessorTime.ofThisThread();
            }
        }

        /** Fires what is left of the block, and leaves the others. */
        @TearDown(Level.Trial)
        public void leave() {
            while (next < limit) {
                fire();
            }
            shared.end(spentBefore, spentAfter, measured);
        }
    }

    /** Reports one event. */
    @Benchmark
    public long event(final Firer firer) {
        return firer.fire();
    }
}
