// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.bpf.reduce.Measure;
import dev.sluice.cli.output.CommandLines;
import dev.sluice.cli.output.Durations;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.LossText;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.Sizes;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.output.Terminal;
import dev.sluice.cli.output.TraceDirectories;
import dev.sluice.consumer.record.Privileges;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.os.FileCalls;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.write.TraceLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * What the commands that record have in common: their options, and a recording from its begin to its account. How a
 * process comes to be recorded is each command's own.
 */
abstract class RecordingCommand implements Callable<Integer> {
    public static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    @Spec
    private CommandSpec spec;

    @Option(names = {"-e", "--event"}, paramLabel = "PATTERN", description = "events to record, 'provider:tracepoint'"
        + " with * and ?; may be repeated (default: all, or with --sum and --hist those of their fields)")
    private List<String> patterns;

    @Option(names = "--policy", paramLabel = "POLICY",
        description = "what a thread does when its ring is full: discard, block or overwrite (default: the"
            + " target's own)")
    private FullPolicy policy;

    @Option(names = "--duration", paramLabel = "TIME", converter = Durations.class,
        description = "how long, such as 500ms, 10s, 2m (default: until the process exits)")
    private Long durationNs;

    @Option(names = "--mode", paramLabel = "MODE", defaultValue = "auto", description = DrainMode.DESCRIPTION)
    private DrainMode mode;

    @Option(names = {"-o", "--output"}, paramLabel = "DIR",
        description = "trace directory, new or empty (default: sluice-PID-TIME)")
    private Path directory;

    @Option(names = "--take-over", description = "take the session of another sluice that is stopped; what it has"
        + " recorded stays, and ends there")
    private boolean mayTakeOver;

    @Option(names = "--max-size", paramLabel = "SIZE", converter = Sizes.class,
        description = "ends the recording before the trace is larger than this, such as 500M or 20G (default: as large"
            + " as the disk allows)")
    private Long maxBytes;

    @Option(names = "--keep-free", paramLabel = "SIZE", converter = Sizes.class,
        description = "ends the recording before the disk has less than this left for others (default: a twentieth of"
            + " the disk, but at most 1G)")
    private Long keepFreeBytes;

    @Option(names = "--buffer", paramLabel = "SIZE", converter = Sizes.class,
        description = "memory of the kernel between the program and this one, for the time that this one is late: 128K"
            + " to 1G, rounded up to a power of two (default: 1/128 of the machine's memory, 16M to 64M); not in"
            + " shared and pull mode, where rings grow instead")
    private Long bufferBytes;

    @Mixin
    private ReductionOptions reductions;

    @Option(names = "--json", description = "print the account as the report command does")
    private boolean isJson;

    private Path readableTrace;

    /** Attaches to the process by what is given, with the pid; the caller closes the result. */
    abstract Recorder attach(LongFunction<Recorder> start);

    /** Whether somebody wants the recording to end. */
    abstract boolean mustEnd();

    /** Where progress is shown. */
    abstract Terminal terminal();

    /** Where the account goes. */
    abstract PrintWriter accountTo();

    /** The command's specification. */
    final CommandSpec spec() {
        return spec;
    }

    /** How long to record, ns; null if nothing is said. */
    final Long durationNs() {
        return durationNs;
    }

    /** Begins every notice. */
    private String prefix() {
        return spec.qualifiedName(" ") + ": ";
    }

    @Override
    public Integer call() throws IOException {
        requireReducible();
        requireBuffer();
        final TraceLimits limits = limits();
        StopSignals.install();
        final Terminal terminal = terminal();
        final RecordResult result;
        try (Recorder recorder = attach(pid -> start(pid, limits))) {
            final Path output = recorder.directory();
            final long pid = recorder.pid();
            if (recorder.enabled() == 0 && ProcessHandle.of(pid).isPresent()) {
                Notices.print(prefix() + "nothing in process " + pid + " is called " + patterns()
                    + " yet; 'sluice list -p " + pid + "' shows what is there");
            }
            recorder.onStall(stall -> tell(terminal, stall));
            readableTrace = output;
            giveUpPrivileges(recorder, output);
            Notices.print(prefix() + "has begun: %s of process %d%s", Counted.of(recorder.enabled(), "tracepoint"),
                pid, reductions.measures().isEmpty() ? ", into " + output : "");
            final long begin = System.nanoTime();
            recorder.await(durationNs == null ? Long.MAX_VALUE : durationNs,
                this::mustEnd,
                () -> terminal.progress("recording process %d: %,d s, %s; Ctrl-C ends it", pid,
                    (System.nanoTime() - begin) / 1_000_000_000L,
                    Counted.of(recorder.storedEvents(), "event") + glance(recorder)));
            terminal.step("draining");
            result = recorder.finish();
        } finally {
            terminal.clear();
        }
        print(result);
        return result.isComplete() ? ExitStatus.OK : ExitStatus.INCOMPLETE;
    }

    private Recorder start(final long pid, final TraceLimits limits) {
        final RecordOptions.Builder options = RecordOptions.of(pid, output(pid)).patterns(patterns())
            .policy(policy).mayTakeOver(mayTakeOver).limits(limits).measures(reductions.measures())
            .commandLine(CommandLines.of(spec));
        if (bufferBytes != null) {
            options.ringBufferBytes(bufferBytes);
        }
        return modeOfSession().start(path -> options.source(path).build(),
            reason -> Notices.print(prefix() + "draining in shared mode: " + reason));
    }

    private static String glance(final Recorder recorder) {
        final String glance = ReductionOutput.glance(recorder.reduced());
        return glance.isEmpty() ? "" : "; " + glance;
    }

    private DrainMode modeOfSession() {
        return mode == DrainMode.AUTO && !reductions.measures().isEmpty() ? DrainMode.BPF : mode;
    }

    /** The tracepoints whose fields are measured, if nothing else was asked for. */
    private List<String> patterns() {
        if (patterns != null) {
            return patterns;
        }
        return reductions.measures().isEmpty() ? List.of("*:*")
            : reductions.measures().stream().map(Measure::tracepoint).distinct().toList();
    }

    private Path output(final long pid) {
        if (!reductions.measures().isEmpty()) {
            return Path.of(System.getProperty("java.io.tmpdir"), "sluice-reduce-" + UUID.randomUUID());
        }
        return directory != null ? directory
            : TraceDirectories.byDefault("sluice-" + pid + "-" + LocalDateTime.now().format(STAMP));
    }

    private void requireReducible() {
        final int measures = reductions.measures().size();
        if (measures > Measure.MOST) {
            throw new ParameterException(spec.commandLine(), "--sum and --hist are given " + measures + " times, and at"
                + " most " + Measure.MOST + " are made at a time");
        }
        if (measures > 0 && directory != null) {
            throw new ParameterException(spec.commandLine(), "with --sum and --hist no event is stored, and there is"
                + " no trace: leave out --output, or record a trace and ask 'sluice report DIR --hist FIELD'");
        }
        if (measures > 0 && mode == DrainMode.SHARED) {
            throw new ParameterException(spec.commandLine(), "--sum and --hist are made in the kernel, which has no"
                + " part in shared mode: leave out --mode shared");
        }
    }

    private void tell(final Terminal terminal, final StallInfo stall) {
        terminal.clear();
        Notices.print(String.format(Locale.ROOT, prefix() + "this process did not keep up for %.3f s (stopped, or"
            + " waiting for a processor or the disk)%s", stall.durationNs() / 1e9,
            stall.refusedTotal() == 0 ? "" : ": " + Counted.of(stall.refusedTotal(), "event") + " refused"));
    }

    /** Gives up root's rights: the rest of the recording needs only what is open already. */
    private void giveUpPrivileges(final Recorder recorder, final Path output) {
        final Optional<Privileges.User> user = Privileges.invoker(System.getenv());
        if (user.isPresent()) {
            final String obstacle = Privileges.obstacle();
            if (obstacle.isEmpty()) {
                recorder.giveTraceTo(user.get());
                // That user may have no access to a directory above the trace, but has access to the trace's directory
                // itself.
                readableTrace = Path.of("/proc/self/fd/" + FileCalls.open(FileCalls.NO_DIRECTORY,
                    output.toAbsolutePath().toString(),
                    FileCalls.O_RDONLY | FileCalls.O_DIRECTORY | FileCalls.O_NOFOLLOW));
                Privileges.giveUp(user.get());
            } else {
                Notices.print(prefix() + "keeps root's rights to the end: " + obstacle);
            }
        }
    }

    private void requireBuffer() {
        if (bufferBytes == null) {
            return;
        }
        final long bytes = bufferBytes;
        if (bytes < RecordOptions.LEAST_RING_BUFFER_BYTES || bytes > RecordOptions.GREATEST_RING_BUFFER_BYTES) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '--buffer': " + bytes
                + " bytes; it is at least 128K, which the longest batch needs, and at most 1G");
        }
        if (mode == DrainMode.SHARED || mode == DrainMode.PULL) {
            final String name = mode.name().toLowerCase(Locale.ROOT);
            throw new ParameterException(spec.commandLine(), "Invalid value for option '--buffer': " + name
                + " mode has no such buffer; leave out one of --buffer and --mode " + name);
        }
    }

    private TraceLimits limits() {
        if (maxBytes != null && maxBytes < TraceLimits.LEAST_BYTES) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '--max-size': a trace needs at"
                + " least " + (TraceLimits.LEAST_BYTES >> 20) + "M");
        }
        if (!reductions.measures().isEmpty()) {
            return TraceLimits.NONE;
        }
        return new TraceLimits(maxBytes == null ? Long.MAX_VALUE : maxBytes,
            keepFreeBytes == null ? TraceLimits.DEFAULT_SHARE : keepFreeBytes);
    }

    private void sayWhyFull(final EndKind kind) {
        if (kind == EndKind.SIZE_REACHED) {
            Notices.print(prefix() + "the recording has ended: its trace is as large as --max-size allows");
        } else if (kind == EndKind.DISK_FULL) {
            Notices.print(prefix() + "the recording has ended: its disk has no more room than --keep-free"
                + " leaves to others, or none at all");
        }
    }

    private void print(final RecordResult result) throws IOException {
        final PrintWriter out = accountTo();
        sayWhyFull(result.kind());
        result.warnings().forEach(warning -> Notices.print(prefix() + "warning: " + warning));
        if (!result.reduced().isEmpty()) {
            printReduced(result, out);
        } else if (isJson) {
            TraceReport.of(TraceReader.open(readableTrace)).writeJson(out);
        } else {
            out.printf("%s: fired %,d, stored %,d, discarded %,d, overwritten %,d, lost %s; %s, %s, end %s%n",
                PrintedText.safe(result.directory().toString()), result.fired(), result.stored(), result.discarded(),
                result.overwritten(), LossText.of(result.lost()), Counted.of(result.traps(), "trap"),
                Counted.of(result.bytes(), "byte"), result.known() ? "known" : "unknown");
        }
        out.flush();
    }

    private void printReduced(final RecordResult result, final PrintWriter out) {
        if (isJson) {
            out.println(ReductionOutput.json(result));
            return;
        }
        out.print(ReductionOutput.text(result.reduced()));
        out.printf("fired %,d, reduced %,d, discarded %,d, overwritten %,d, lost %s; %s, %s, end %s%n", result.fired(),
            result.stored(), result.discarded(), result.overwritten(), LossText.of(result.lost()),
            Counted.of(result.traps(), "trap"), Counted.of(result.bytes(), "byte"),
            result.known() ? "known" : "unknown");
    }
}
