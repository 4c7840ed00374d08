// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.foreign.CProgram;
import dev.sluice.bench.foreign.LttngSession;
import dev.sluice.bench.foreign.LttngSide;
import dev.sluice.bench.foreign.OtherSide;
import dev.sluice.bench.foreign.TrapSide;
import dev.sluice.bench.rivals.AgronaPath;
import dev.sluice.bench.rivals.ChroniclePath;
import dev.sluice.bench.rivals.DisruptorPath;
import dev.sluice.bench.rivals.JfrPath;
import dev.sluice.bench.rivals.Log4jPath;
import dev.sluice.bench.rivals.LttngJavaPath;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.turn.ForkedLoop;
import dev.sluice.bench.turn.Turn;
import dev.sluice.bench.ways.BpftracePath;
import dev.sluice.bench.ways.ClockPath;
import dev.sluice.bench.ways.DisabledPath;
import dev.sluice.bench.ways.NativeCallPath;
import dev.sluice.bench.ways.NothingPath;
import dev.sluice.bench.ways.ReceivedPath;
import dev.sluice.bench.ways.RecordedPath;
import dev.sluice.bench.ways.RingPath;
import dev.sluice.bench.ways.SummedPath;
import dev.sluice.bench.ways.TrapPath;
import dev.sluice.bench.ways.UserRingPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/** Everyone who takes part, in the order of the table. For one thread. */
public final class Catalogue {
    /** Names that targets and comparisons refer to. */
    public static final String NOTHING = "nothing";
    public static final String DISABLED = "disabled";
    public static final String CLOCK_NANO = "clock-nano";
    public static final String CLOCK_TSC = "clock-tsc";
    public static final String SYSCALL = "syscall";
    public static final String RING = "ring";
    public static final String RING_SAMPLED = "ring-sampled";
    public static final String OWNER = "owner";
    public static final String OWNER_STORED = "owner-stored";
    public static final String TRAP_NOP1 = "trap-nop1-store-java";
    public static final String TRAP_OPTIMISED = "trap-opt-store-java";
    public static final String JFR = "jfr";
    public static final String LTTNG_C = "lttng-c";
    public static final String LTTNG_JAVA = "lttng-java";

    private static final String DRAIN_THREAD = "-Dsluice.strategy=drain_thread";

    private final List<Contestant> list = new ArrayList<>();
    private final Forks forks;

    private Catalogue(final Forks forks) {
        this.forks = forks;
    }

    /**
     * All of them.
     *
     * @param clockFlags of the measured JVMs; empty for the clock that programs take by default
     */
    public static List<Contestant> of(final List<String> clockFlags) {
        return of(new Forks(clockFlags));
    }

    /** The same, measured in another way. */
    static List<Contestant> of(final Forks forks) {
        final Catalogue catalogue = new Catalogue(forks);
        catalogue.addBases();
        catalogue.addBatches();
        catalogue.addKernel();
        catalogue.addTraps();
        catalogue.addRivals();
        return List.copyOf(catalogue.list);
    }

    private void addBases() {
        java(NOTHING, "no tracing: the loop and the values", "", NothingPath.class, "");
        java(DISABLED, "tracepoint that nobody has enabled", "", DisabledPath.class, "");
        java(CLOCK_NANO, "a reading of System.nanoTime", "", ClockPath.class, "nano");
        java(CLOCK_TSC, "a reading of the processor's counter", Requirements.tsc(), ClockPath.class, "tsc");
    }

    private void addBatches() {
        java(RING, "into the ring, nothing drained", "", RingPath.class, "");
        add(RING_SAMPLED, "the same with the clock sampled", "", new ForkedLoop(RingPath.class, "",
            List.of("-Dsluice.clock=sampled")));
        final String bpf = Requirements.bpf();
        java(OWNER, "batches drained by the owner, received", bpf, ReceivedPath.class, "");
        java("drain-thread", "by the drain thread, received", bpf, ReceivedPath.class, "", DRAIN_THREAD);
        java(OWNER_STORED, "by the owner, stored by another process", bpf, RecordedPath.class, "BATCH");
        java("drain-thread-stored", "by the drain thread, stored", bpf, RecordedPath.class, "BATCH", DRAIN_THREAD);
        java("shared-stored", "by the consumer, through shared memory", "", RecordedPath.class, "SHARED");
        java("pull-stored", "by the consumer, through the kernel", bpf, RecordedPath.class, "PULL");
        java("sum", "by the owner, summed up in the kernel", bpf, SummedPath.class, "");
    }

    private void addKernel() {
        java("native-call", "a stub with nothing attached, from Java", "", NativeCallPath.class, "");
        c(SYSCALL, "the cheapest system call, from C", Requirements.compiler(), new CProgram("syscall.c", List.of(),
            Map.of()), OtherSide::nobody);
        absent("user-events", "one write to user_events", Requirements.userEvents());
        java("user-ringbuf", "into BPF's user ring buffer, summed up in the kernel", Requirements.all(
            Requirements.bpf(), Requirements.userRingBuffer()), UserRingPath.class, "");
        absent("arena", "into a BPF arena that the JVM maps", Requirements.arena());
    }

    private void addTraps() {
        for (final String site : List.of("nop1", "opt")) {
            final boolean isOptimised = "opt".equals(site);
            final String missing =
                Requirements.all(Requirements.bpf(), isOptimised ? Requirements.optimisedProbes() : "");
            final String bytes = isOptimised ? "optimised" : "int3";
            for (final String does : List.of("count", "store")) {
                final String what = "one trap an event, " + bytes + ", BPF "
                    + ("store".equals(does) ? "stores it" : "counts") + ", from ";
                java("trap-" + site + "-" + does + "-java", what + "Java", missing, TrapPath.class, does,
                    "-Dsluice.usdt.site=" + (isOptimised ? "nop5" : "nop1"));
                c("trap-" + site + "-" + does + "-c", what + "C", Requirements.all(missing, Requirements.compiler()),
                    new CProgram("trap.c", List.of("-DSITE=\"" + (isOptimised ? ".byte 0x0f,0x1f,0x44,0,0" : "nop")
                        + "\""), Map.of()), () -> new TrapSide("store".equals(does), isOptimised));
            }
        }
        java("trap-bpftrace", "one trap an event, bpftrace counts and adds",
            Requirements.all(Requirements.bpf(), Requirements.command("bpftrace", "bpftrace")), BpftracePath.class, "");
    }

    private void addRivals() {
        rival("jfr-off", "JFR event, disabled", "", JfrPath.class, "off");
        rival(JFR, "JFR event, no stack trace, into a file", "", JfrPath.class, "plain");
        rival("jfr-stack", "JFR event with its stack trace", "", JfrPath.class, "stack");
        list.add(new Contestant(LTTNG_C, "LTTng-UST, from C, into files", true, Requirements.lttngC(),
            run(new CProgram("lttng.c", List.of("-llttng-ust", "-ldl"), Map.of(LttngSession.BLOCKING, "1")),
                LttngSide::new)));
        final String lttng = Requirements.lttngJava();
        rival(LTTNG_JAVA, "LTTng's agent for java.util.logging, no source", lttng, LttngJavaPath.class, "plain",
            LttngJavaPath.flag());
        rival("lttng-java-source", "the same, with who logs found out", lttng, LttngJavaPath.class, "source",
            LttngJavaPath.flag());
        rival("chronicle", "Chronicle Queue, a document an event", "", ChroniclePath.class, "");
        rival("agrona", "Agrona's ring of many producers, consumed", "", AgronaPath.class, "");
        rival("disruptor", "Disruptor, one producer, consumed", "", DisruptorPath.class, "");
        rival("log4j", "Log4j 2, asynchronous, lines into a file", "", Log4jPath.class, "", Log4jPath.FLAGS);
    }

    private void java(final String name, final String what, final String missing,
                      final Class<? extends FirePath> path, final String argument, final String... flags) {
        add(name, what, missing, forks.loop(path, argument, flags));
    }

    private void rival(final String name, final String what, final String missing,
                       final Class<? extends FirePath> path, final String argument, final String... flags) {
        list.add(new Contestant(name, what, true, missing, forks.loop(path, argument, flags)));
    }

    private void c(final String name, final String what, final String missing, final CProgram program,
                   final Supplier<OtherSide> side) {
        add(name, what, missing, run(program, side));
    }

    private static Contestant.Runner run(final CProgram program, final Supplier<OtherSide> side) {
        return (directory, effort) -> {
            final CProgram.Outcome outcome = program.run(directory, side.get(),
                effort.warmUps() * effort.warmUpMs(), effort.iterations(), effort.iterationMs());
            return new Turn(DoubleStream.of(outcome.ns()).boxed().toList(), Double.NaN, outcome.fired(),
                outcome.stored(), outcome.spent(), "");
        };
    }

    private void absent(final String name, final String what, final String missing) {
        add(name, what, missing, null);
    }

    private void add(final String name, final String what, final String missing, final Contestant.Runner runner) {
        list.add(new Contestant(name, what, false, missing, runner));
    }
}
