// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.trap;

import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.cli.list.ProbeFields;
import dev.sluice.cli.output.Durations;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.Output;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.target.ProcessOptions;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.TargetProcess;
import dev.sluice.consumer.probe.ProbeTracer;
import dev.sluice.ring.event.Glob;
import dev.sluice.store.text.Counted;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Traces any USDT probes of a process, with one trap for each hit. */
@Command(name = "trap", description = "Traces USDT probes of a process, ours or anybody's, with one trap a hit: prints,"
    + " counts or measures them until the process exits, the time is over, or Ctrl-C.",
    mixinStandardHelpOptions = true)
public final class TrapCommand implements Callable<Integer> {
    private static final int RING_BUFFER_BYTES = 16 << 20;
    private static final int BUFFER_LENGTH = 1 << 16;
    private static final int POLL_LIMIT = 4096;
    private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int WAIT_MS = 20;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ProcessOptions processes;

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

    /** A process, open, and those of its probes that are to be traced. */
    private record Selected(TargetProcess process, List<UsdtProbe> sites) {
    }

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
        StopSignals.install();
        final Selected selected = processes.attach("sluice trap", durationNs, this::select);
        try (TargetProcess process = selected.process) {
            final long pid = process.pid();
            final List<UsdtProbe> sites = selected.sites;
            final UsdtProgram.Mode mode = action.mode();
            final ProbeFields fields = ProbeFields.of(pid);
            try (ProbeTracer tracer = ProbeTracer.attach(new ProbeTracer.Options(pid, mode, action.measured, texts,
                mode == UsdtProgram.Mode.PRINT ? RING_BUFFER_BYTES : BUFFER_LENGTH), sites, fields::of)) {
                final long probes = sites.stream()
                    .map(site -> List.of(site.provider(), site.name(), fields.of(site))).distinct().count();
                Notices.print("sluice trap: attached to %s at %s of process %d", Counted.of(probes, "probe"),
                    Counted.of(sites.size(), "site"), pid);
                UnreadNotices.of(sites, mode == UsdtProgram.Mode.PRINT ? tracer.probes() : List.of())
                    .forEach(notice -> Notices.print("sluice trap: " + notice));
                return run(process, tracer);
            }
        }
    }

    /** Finds the probes that are asked for in a process. */
    private Selected select(final long pid) {
        final TargetProcess process = TargetProcess.open(pid);
        boolean isFound = false;
        try {
            final Glob selected = Glob.ofEvents(pattern);
            final List<UsdtProbe> sites = new ProcessProbes().look(pid).probes().stream()
                .filter(probe -> selected.matches(probe.provider(), probe.name())).toList();
            if (sites.isEmpty()) {
                throw new AttachException(AttachException.Reason.NO_SUCH_FIELD, "process " + pid
                    + " has no probe that matches '" + pattern + "': 'sluice list -p " + pid
                    + " --jvm' shows what is there");
            }
            isFound = true;
            return new Selected(process, sites);
        } finally {
            if (!isFound) {
                process.close();
            }
        }
    }

    private int run(final TargetProcess process, final ProbeTracer tracer) {
        final Output out = Output.of(spec);
        try {
            if (action.mode() == UsdtProgram.Mode.PRINT) {
                print(process, tracer, out);
            } else {
                final long end = end();
                while (!isOver(end) && !out.isAbandoned() && !process.awaitExit(WAIT_MS)) {
                    continue;
                }
                tracer.detach();
                out.print(action.mode() == UsdtProgram.Mode.COUNT ? ProbeSummary.counts(tracer, isJson)
                    : ProbeSummary.histograms(tracer, action.measured, isJson));
            }
        } catch (final IOException e) {
            // The output reports a write failure at the end, but not if the reader has read enough, as in "trap ... |
            // head".
            return ExitStatus.OK;
        }
        if (tracer.stuck() > 0 || tracer.isStuck()) {
            Notices.print("sluice trap: %s lost: the kernel's program has begun a record and never completed it, see"
                + " docs/kernels.md", Counted.was(Math.max(1, tracer.stuck()), "hit"));
        }
        if (tracer.lost() > 0) {
            Notices.print("sluice trap: %s lost: this reader was too slow",
                Counted.was(tracer.lost(), "hit"));
            return ExitStatus.INCOMPLETE;
        }
        return tracer.stuck() > 0 || tracer.isStuck() ? ExitStatus.INCOMPLETE : ExitStatus.OK;
    }

    private void print(final TargetProcess process, final ProbeTracer tracer, final Output out) throws IOException {
        final HitPrinter printer = new HitPrinter(process, out.checked(), isJson);
        final long end = end();
        long lookedNs = System.nanoTime();
        boolean isLast;
        int hits;
        do {
            isLast = isOver(end) || process.hasExited() || tracer.isStuck();
            if (isLast) {
                tracer.detach();
            }
            hits = tracer.poll((hit, unread) -> printer.print(tracer.probeOf(hit), hit, unread), POLL_LIMIT);
            printer.check();
            if (System.nanoTime() - lookedNs > TimeUnit.MILLISECONDS.toNanos(WAIT_MS)) {
                // Lines are flushed at once. The flush also notices when the reader has gone, even if there is no
                // further hit.
                out.checked().flush();
                lookedNs = System.nanoTime();
                if (out.isAbandoned()) {
                    return;
                }
            }
            if (hits == 0 && !isLast) {
                out.checked().flush();
                LockSupport.parkNanos(IDLE_NS);
            }
        } while (!isLast || hits > 0);
        out.checked().flush();
    }

    private long end() {
        return durationNs == null ? Long.MAX_VALUE : System.nanoTime() + durationNs;
    }

    private static boolean isOver(final long end) {
        return StopSignals.isStopped() || end != Long.MAX_VALUE && System.nanoTime() - end >= 0;
    }
}
