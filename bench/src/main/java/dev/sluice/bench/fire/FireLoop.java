// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import dev.sluice.bench.measure.Allocation;
import dev.sluice.bench.measure.HardwareCounters;
import dev.sluice.bench.measure.HardwareCounts;
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
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;

/**
 * What does an event cost the thread that reports it? The loop around every {@link FirePath} is this one. Which way it
 * is, is said by properties; it is a constant for the compiler, and the only one in its JVM.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class FireLoop {
    private static final FirePath THE_PATH = MeasuredPath.create();
    private long i;
    private long before = -1;
    private HardwareCounters counters;
    private HardwareCounts countsBefore;
    private ProcessorTime spentBefore;
    private long allocatedBefore;
    private long allocated;
    private ProcessorTime.PerEvent spent = ProcessorTime.PerEvent.UNKNOWN;

    /** Prepares the way. */
    @Setup(Level.Trial)
    public void open() {
        MeasuredPath.open(THE_PATH);
        counters = HardwareCounters.of(0);
    }

    /** Remembers where the first iteration begins that is measured. */
    @Setup(Level.Iteration)
    public void begin(final IterationParams iteration) {
        if (iteration.getType() == IterationType.MEASUREMENT && before < 0) {
            before = i;
            spentBefore = ProcessorTime.ofThisThread();
            countsBefore = counters.now();
        }
        allocatedBefore = Allocation.ofThisThread();
    }

    /** Reports one event. */
    @Benchmark
    public long event() {
        final long number = i++;
        return THE_PATH.fire(Values.first(number), number);
    }

    /** Takes what was spent since then. */
    @TearDown(Level.Iteration)
    public void end() {
        final long now = Allocation.ofThisThread();
        if (before >= 0) {
            // What is asked for here, between the iterations, is left out.
            allocated += now - allocatedBefore;
            final HardwareCounts counts = counters.now().since(countsBefore, i - before);
            spent = ProcessorTime.ofThisThread().since(spentBefore, i - before)
                .with(counts, (double) allocated / (i - before));
        }
    }

    /** Counts what has arrived. */
    @TearDown(Level.Trial)
    public void close() {
        try (THE_PATH) {
            MeasuredPath.write(new Account(i, THE_PATH.finish(i), spent, ""));
        } catch (final IOException | InterruptedException | RuntimeException | LinkageError e) {
            throw MeasuredPath.failed(e);
        } finally {
            counters.close();
        }
    }
}
