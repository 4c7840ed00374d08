// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import static dev.sluice.trace.Field.int64;

import dev.sluice.bpf.trap.TrapConfig;
import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.bpf.trap.UsdtSite;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import dev.sluice.usdt.StubCalls;
import dev.sluice.usdt.find.ProbeArguments;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does one event cost as a USDT probe of its own: with its semaphore down, called with nobody attached, and with
 * its semaphore up, with a program in the kernel that only counts? Measured for each kind of bytes at the site, each
 * backing of the stub, and each way in which Java calls it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class TrapBenchmark {
    private static final String PROVIDER = "bench_trap";
    private static final int RING_BUFFER_BYTES = 1 << 16;

    /** A tracepoint of two longs that no session wants. */
    @State(Scope.Benchmark)
    public static class Down {
        /** The bytes at the site; {@code kernel} means the bytes that the library chooses for this kernel. */
        @Param({"nop1", "kernel"})
        public String site;
        /** What holds the stub. */
        @Param({"file", "memfd"})
        public String backing;
        /** How it is called. */
        @Param({"ffm", "jna"})
        public String calls;
        Tracepoint two;
        UsdtProbe probe;
        long i;

        /** Loads the provider as the parameters say. Each set of parameters has a JVM of its own. */
        @Setup(Level.Trial)
        public void load() {
            if (!site.equals("kernel")) {
                System.setProperty("sluice.usdt.site", site);
            }
            System.setProperty("sluice.usdt.backing", backing);
            System.setProperty("sluice.usdt.calls", calls);
            final Provider provider = Provider.named(PROVIDER);
            two = provider.tracepoint("two", int64("a"), int64("b"));
            provider.load();
            probe = ProcessProbes.of(ProcessHandle.current().pid()).stream()
                .filter(p -> p.provider().equals(PROVIDER)).findFirst().orElseThrow();
            if (!probe.backing().equals(backing)) {
                throw new IllegalStateException("backing=" + probe.backing());
            }
        }
    }

    /** The same tracepoint, with a program attached. */
    @State(Scope.Benchmark)
    public static class Up {
        private UsdtProgram program;

        /** Attaches to this process. */
        @Setup(Level.Trial)
        public void attach(final Down down) {
            program = UsdtProgram.load(new TrapConfig((int) ProcessHandle.current().pid(), RING_BUFFER_BYTES),
                UsdtProgram.Mode.COUNT, List.of(new UsdtSite(down.probe.path(), down.probe.siteOffset(),
                    down.probe.semaphoreOffset(), 0, ProbeArguments.parse(down.probe.arguments()), 0, 0)));
            program.attach();
            if (!down.two.isEnabled()) {
                throw new IllegalStateException("the semaphore is down");
            }
        }

        /** Detaches. */
        @TearDown(Level.Trial)
        public void detach() {
            if (program.count(0) == 0) {
                throw new IllegalStateException("nothing was trapped: the figure would be of nothing");
            }
            program.close();
        }
    }

    /** Fired while nobody traces. */
    @Benchmark
    public boolean fireDown(final Down down) {
        final long i = down.i++;
        return down.two.fire(i, -i);
    }

    /** The stub alone, called with nothing attached. */
    @Benchmark
    public void call(final Down down) {
        final long i = down.i++;
        StubCalls.trap2(down.probe.siteAddress(), i, -i);
    }

    /** Fired into a program that counts. */
    @Benchmark
    public boolean fireUp(final Down down, final Up up) {
        final long i = down.i++;
        return down.two.fire(i, -i);
    }
}
