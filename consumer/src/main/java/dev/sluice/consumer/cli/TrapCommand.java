// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import dev.sluice.bpf.UsdtProgram;
import dev.sluice.consumer.EventPattern;
import dev.sluice.consumer.ProbeTracer;
import dev.sluice.consumer.TargetProcess;
import dev.sluice.consumer.store.Counted;
import dev.sluice.usdt.ProcessProbes;
import dev.sluice.usdt.UsdtProbe;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Traces any USDT probes of a process, one trap a hit. */
@Command(name = "trap", description = "Traces USDT probes of a process, ours or anybody's, with one trap a hit: prints,"
    + " counts or measures them until the process exits, the time is over, or Ctrl-C.",
    mixinStandardHelpOptions = true)
final class TrapCommand implements Callable<Integer> {
    private static final int RING_BUFFER_BYTES = 16 << 20;
    private static final int BUFFER_LENGTH = 1 << 16;
    private static final int POLL_LIMIT = 4096;
    private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int WAIT_MS = 20;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-p", "--pid"}, required = true, paramLabel = "PID", description = "process to trace")
    private long pid;

    @Parameters(paramLabel = "PATTERN", description = "'provider:probe' with * and ?; without a colon, all of a"
        + " provider")
    private String pattern;

    @ArgGroup(exclusive = true)
    private Action action = new Action();

    @Option(names = "--string", paramLabel = "ARG", description = "this argument is the address of a text: its number,"
        + " from 0, or its name; may be repeated (texts of Sluice's own probes are known)")
    private Set<String> texts = Set.of();

    @Option(names = "--duration", paramLabel = "TIME", converter = Durations.class,
        description = "how long, such as 500ms, 10s, 2m (default: until the process exits)")
    private Long durationNs;

    @Option(names = "--json", description = "print one JSON object: with --print one for each hit")
    private boolean isJson;

    /** What becomes of a hit. */
    private static final class Action {
        @Option(names = "--print", description = "print each hit on a line (the default)")
        private boolean isPrint;

        @Option(names = "--count", description = "count hits of each probe, in the kernel: nothing is lost")
        private boolean isCount;

        @Option(names = "--hist", paramLabel = "ARG", description = "histogram by powers of two of this argument,"
            + " made in the kernel: nothing is lost; its number, from 0, or its name")
        private String measured;

        private UsdtProgram.Mode mode() {
            return isCount ? UsdtProgram.Mode.COUNT
                : measured != null ? UsdtProgram.Mode.HISTOGRAM : UsdtProgram.Mode.PRINT;
        }
    }

    @Override
    public Integer call() {
        if (pid <= 0 || pid > Integer.MAX_VALUE) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '--pid': " + pid);
        }
        StopSignals.install();
        try (TargetProcess process = TargetProcess.open(pid)) {
            final EventPattern selected = new EventPattern(pattern);
            final List<UsdtProbe> sites = ProcessProbes.of(pid).stream()
                .filter(probe -> selected.matches(probe.provider(), probe.name())).toList();
            if (sites.isEmpty()) {
                throw new CommandException("process " + pid + " has no probe that matches '" + pattern
                    + "': 'sluice list -p " + pid + "' shows what is there");
            }
            final UsdtProgram.Mode mode = action.mode();
            try (ProbeTracer tracer = ProbeTracer.attach(new ProbeTracer.Options(pid, mode, action.measured, texts,
                mode == UsdtProgram.Mode.PRINT ? RING_BUFFER_BYTES : BUFFER_LENGTH), sites, ProbeFields.of(pid)::of)) {
                Notices.print("sluice trap: attached to %s at %s of process %d",
                    Counted.of(tracer.probes().size(), "probe"), Counted.of(sites.size(), "site"), pid);
                return run(process, tracer);
            }
        }
    }

    private int run(final TargetProcess process, final ProbeTracer tracer) {
        final Writer out = new BufferedWriter(spec.commandLine().getOut(), BUFFER_LENGTH);
        try {
            if (action.mode() == UsdtProgram.Mode.PRINT) {
                print(process, tracer, out);
            } else {
                final long end = end();
                while (!isOver(end) && !process.awaitExit(WAIT_MS)) {
                    continue;
                }
                tracer.detach();
                out.write(action.mode() == UsdtProgram.Mode.COUNT ? ProbeSummary.counts(tracer, isJson)
                    : ProbeSummary.histograms(tracer, action.measured, isJson));
            }
            out.flush();
        } catch (final IOException e) {
            throw new CommandException("writing to standard output failed: " + e.getMessage(), e);
        }
        if (tracer.lost() > 0) {
            Notices.print("sluice trap: %s lost: this reader was too slow",
                Counted.was(tracer.lost(), "hit"));
            return Main.INCOMPLETE;
        }
        return Main.OK;
    }

    private void print(final TargetProcess process, final ProbeTracer tracer, final Writer out) throws IOException {
        final HitPrinter printer = new HitPrinter(process, out, isJson);
        final long end = end();
        boolean isLast;
        int hits;
        do {
            isLast = isOver(end) || process.hasExited();
            if (isLast) {
                tracer.detach();
            }
            hits = tracer.poll((hit, unread) -> printer.print(tracer.probeOf(hit), hit, unread), POLL_LIMIT);
            printer.check();
            if (spec.commandLine().getOut().checkError()) {
                // "trap ... | head": whoever read has read enough.
                return;
            }
            if (hits == 0 && !isLast) {
                out.flush();
                LockSupport.parkNanos(IDLE_NS);
            }
        } while (!isLast || hits > 0);
    }

    private long end() {
        return durationNs == null ? Long.MAX_VALUE : System.nanoTime() + durationNs;
    }

    private static boolean isOver(final long end) {
        return StopSignals.isStopped() || end != Long.MAX_VALUE && System.nanoTime() - end >= 0;
    }
}
