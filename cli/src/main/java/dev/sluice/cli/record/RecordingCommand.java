// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.bpf.reduce.Measure;
import dev.sluice.cli.flight.FlightOptions;
import dev.sluice.cli.flight.FlightRecorder;
import dev.sluice.cli.metrics.MetricsEndpoint;
import dev.sluice.cli.metrics.MetricsOptions;
import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.CommandLines;
import dev.sluice.cli.output.Durations;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.LossText;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.Sizes;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.output.Terminal;
import dev.sluice.cli.output.TraceDirectories;
import dev.sluice.cli.scratch.ScratchPurpose;
import dev.sluice.consumer.record.Privileges;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.consumer.record.TargetJoiner;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.os.FileCalls;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.FirstCostText;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.FileText;
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
import java.util.function.Function;
import java.util.function.Predicate;
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

    @Mixin
    private ChoiceOptions choices;

    @Option(names = "--policy", paramLabel = "POLICY",
        description = "what a thread does when its ring is full: discard, block or overwrite (default: the"
            + " target's own)")
    private FullPolicy policy;

    @Option(names = "--duration", paramLabel = "TIME", converter = Durations.class,
        description = "how long, such as 500ms, 10s, 2m (default: until the last process exits)")
    private Long durationNs;

    @Option(names = "--mode", paramLabel = "MODE", defaultValue = "auto", description = DrainMode.DESCRIPTION)
    private DrainMode mode;

    @Option(names = {"-o", "--output"}, paramLabel = "DIR",
        description = "trace directory, new or empty; what is missing above it is made (default: sluice-PID-TIME, of"
            + " several processes sluice-TIME)")
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

    @Mixin
    private RoomOptions room;

    @Mixin
    private RotationOptions rotation;

    @Mixin
    private FlightOptions flight;

    @Mixin
    private ReductionOptions reductions;

    @Mixin
    private MetricsOptions metrics;

    @Option(names = "--json", description = "print the account as the report command does")
    private boolean isJson;

    private Path readableTrace;
    private Path shownTrace;
    /** Null without --flight. */
    private FlightRecorder flightRecorder;
    private ProcessNotices notices;
    /** Null where no requests are taken. */
    private Reselection reselection;

    /** Attaches to processes by what is given, with their ids; the caller closes the result. */
    abstract Recorder attach(Function<List<Long>, Recorder> start);

    /** Sets options of a recording that only this command has. */
    void configure(final RecordOptions.Builder options) {
        // The usual ones are enough.
    }

    /** Lets further processes join while the recording runs; null if none may. The caller closes the result. */
    TargetJoiner joiner(final Recorder recorder) {
        return null;
    }

    /** Whether somebody wants the recording to end. */
    abstract boolean mustEnd();

    /** Whether somebody wants the recording to end while it is being attached to processes. */
    boolean isGivenUp() {
        return mustEnd();
    }

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
        rotation.require(spec, !reductions.measures().isEmpty());
        room.check(mode);
        // What cannot be read is told before anything is attached to.
        patterns();
        flight.require(spec, !reductions.measures().isEmpty(), rotation.isOn());
        final TraceLimits limits = limits();
        StopSignals.install();
        notices = new ProcessNotices(prefix());
        final Terminal terminal = terminal();
        final RecordResult result;
        // A port that cannot be had is told before anything is attached to.
        try (MetricsEndpoint endpoint = metrics.open(spec.qualifiedName(" "));
             Recorder recorder = attach(pids -> start(pids, limits))) {
            if (endpoint != null) {
                endpoint.follow(recorder::progress);
            }
            begin(recorder, terminal);
            try (FlightRecorder opened = openFlight(); Reselection asked = openReselection(opened)) {
                flightRecorder = opened;
                reselection = asked;
                // Whoever reads it may ask for a snapshot, or send a signal for one.
                sayBegun(recorder);
                await(recorder, terminal);
                notices.print(terminal);
                terminal.step("draining");
                result = recorder.finish();
            }
        } finally {
            terminal.clear();
            notices.print(terminal);
        }
        final boolean isThere = isTraceThere();
        print(result);
        // Who has asked for a size has got it; nobody asks for a full disk.
        final boolean isWhole = isThere && result.isComplete() && result.kind() != EndKind.DISK_FULL
            && notices.refused() == 0 && (flightRecorder == null || flightRecorder.failed() == 0);
        return isWhole ? ExitStatus.OK : ExitStatus.INCOMPLETE;
    }

    /** Begins what takes snapshots, once the rights are given up; null without --flight. */
    private FlightRecorder openFlight() {
        if (!flight.isOn()) {
            return null;
        }
        return new FlightRecorder(flight, readableTrace, shownTrace,
            among(patterns().stream().map(EventChoice::of).toList()), notices::told);
    }

    private void selected(final List<EventChoice> choices) {
        if (flightRecorder != null) {
            flightRecorder.check(among(choices));
        }
    }

    /** Whether an event, "provider:tracepoint", is among those that are selected. */
    private static Predicate<String> among(final List<EventChoice> choices) {
        return event -> choices.stream().anyMatch(choice -> choice.selects(event));
    }

    /**
     * Begins to take requests, once the rights are given up; null where no trace is made. A flight recorder must be
     * able to, and for another recording it is a matter of convenience.
     */
    private Reselection openReselection(final FlightRecorder opened) {
        if (isReducing()) {
            return null;
        }
        try {
            return new Reselection(readableTrace, lines -> opened == null ? null : opened.answer(lines));
        } catch (final IOException e) {
            if (flight.isOn()) {
                throw new CommandException("no request for a snapshot can be taken in " + shownTrace + ": "
                    + FileText.of(e) + "; record to a file system that has sockets (-o DIR)", e);
            }
            Notices.print(prefix() + "takes no requests of 'sluice control': " + FileText.of(e));
            return null;
        }
    }

    private void await(final Recorder recorder, final Terminal terminal) {
        final RecordingProgress progress = new RecordingProgress(System.nanoTime());
        final TargetJoiner joiner = joiner(recorder);
        try {
            recorder.await(durationNs == null ? Long.MAX_VALUE : durationNs, this::mustEnd, () -> {
                if (flightRecorder != null) {
                    flightRecorder.poll(recorder);
                }
                if (reselection != null) {
                    reselection.poll(recorder, notices::told, this::selected);
                }
                notices.print(terminal);
                terminal.progress(() -> progress.line(notices.subject(recorder.targets()), System.nanoTime(),
                    recorder.progress(), ReductionOutput.glance(recorder.reduced())));
            });
        } finally {
            if (joiner != null) {
                // Nobody joins any more when the recording ends.
                joiner.close();
            }
        }
    }

    private Recorder start(final List<Long> pids, final TraceLimits limits) {
        final RecordOptions.Builder options = RecordOptions.of(pids, output(pids)).patterns(patterns())
            .policy(policy).mayTakeOver(mayTakeOver).limits(limits)
            .rotation(flight.isOn() ? flight.bound().rotation() : rotation.rotation())
            .measures(reductions.measures())
            .commandLine(CommandLines.of(spec)).source(modeOfSession().path()).whyShared(notices::shared)
            .givenUp(this::isGivenUp);
        room.apply(options);
        configure(options);
        notices.named(pids);
        return Recorder.start(options.build());
    }

    private void begin(final Recorder recorder, final Terminal terminal) {
        final Path output = recorder.directory();
        notices.print(terminal);
        if (recorder.enabled() == 0 && notices.isAnyRunning()) {
            Notices.print(prefix() + "nothing in " + notices.subject(recorder.targets()) + " is called " + patterns()
                + " yet; 'sluice list" + notices.listOption() + "' shows what is there");
        }
        recorder.onStall(stall -> tell(terminal, stall));
        recorder.onEnd(ended -> {
            notices.ended(ended, recorder.targets());
            if (flightRecorder != null && ended.kind() == EndKind.TARGET_EXITED) {
                flightRecorder.exited(ended.pid(), recorder.endNoticedNs());
            }
        });
        readableTrace = output;
        shownTrace = output;
        giveUpPrivileges(recorder, output);
    }

    private void sayBegun(final Recorder recorder) {
        Notices.print(prefix() + "has begun: %s of %s%s", Counted.of(recorder.enabled(), "tracepoint"),
            notices.subjects(recorder.targets()), reductions.measures().isEmpty() ? ", into " + shownTrace
            + rotation.describe() + (flight.isOn() ? "; it keeps " + flight.bound().describe() : "") : "");
    }

    private DrainMode modeOfSession() {
        return mode == DrainMode.AUTO && !reductions.measures().isEmpty() ? DrainMode.BPF : mode;
    }

    /** What was asked for; if nothing was, everything, or the tracepoints whose fields are measured. */
    private List<String> patterns() {
        return choices.choices(reductions.measures().isEmpty() ? List.of("*:*")
            : reductions.measures().stream().map(Measure::tracepoint).distinct().toList());
    }

    private Path output(final List<Long> pids) {
        if (!reductions.measures().isEmpty()) {
            return Path.of(System.getProperty("java.io.tmpdir"),
                ScratchPurpose.REDUCE.prefix() + ProcessHandle.current().pid() + "-" + UUID.randomUUID());
        }
        return directory != null ? directory
            : TraceDirectories.byDefault("sluice-" + (notices.isOfOne() && pids.size() == 1 ? pids.get(0) + "-" : "")
                + LocalDateTime.now().format(STAMP));
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
            final String impossible = Privileges.whyNot(user.get());
            final String obstacle = !whyPrivileged().isEmpty() ? whyPrivileged()
                : impossible.isEmpty() ? Privileges.obstacle() : impossible;
            if (!whyPrivileged().isEmpty() && impossible.isEmpty()) {
                recorder.giveTraceAtEnd(user.get());
            }
            if (obstacle.isEmpty()) {
                // That user may have no access to a directory above the trace, but has access to the trace's directory
                // itself.
                readableTrace = Path.of("/proc/self/fd/" + FileCalls.open(FileCalls.NO_DIRECTORY,
                    output.toAbsolutePath().toString(),
                    FileCalls.O_RDONLY | FileCalls.O_DIRECTORY | FileCalls.O_NOFOLLOW));
                recorder.giveTraceTo(user.get(), () -> Privileges.giveUp(user.get()));
            } else {
                Notices.print(prefix() + "keeps root's rights to the end: " + obstacle);
            }
        }
    }

    /** Why this recording needs root's rights to its end; empty if it does not. */
    String whyPrivileged() {
        return "";
    }

    /** What the command tells of its processes. */
    final ProcessNotices notices() {
        return notices;
    }

    /** Whether sums or histograms are made of events, instead of a trace. */
    final boolean isReducing() {
        return !reductions.measures().isEmpty();
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
                + " leaves to others, or none at all, or the limit of the size of files (ulimit -f) is reached");
        }
    }

    /** What was stored is no use if the files that it is in have no name any more. */
    private boolean isTraceThere() {
        if (isReducing()) {
            return true;
        }
        try {
            TraceReader.requireTrace(readableTrace);
            return true;
        } catch (final TraceStoreException e) {
            Notices.print(prefix() + "the trace is not there: somebody has removed or renamed " + shownTrace
                + " while it was recorded; record again");
            return false;
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
            if (!notices.isOfOne()) {
                result.targets().forEach(target -> out.printf("%s: fired %,d, stored %,d, discarded %,d, overwritten"
                    + " %,d, lost %s; %s, %s, end %s%n", PrintedText.safe(notices.nameOf(target.pid())),
                    target.fired(), target.stored(), target.discarded(), target.overwritten(),
                    LossText.of(target.lost()), Counted.of(target.traps(), "trap"),
                    Counted.of(target.bytes(), "byte"), target.known() ? "known" : "unknown"));
            }
            out.printf("%s: fired %,d, stored %,d, discarded %,d, overwritten %,d, lost %s; %s, %s, end %s%n",
                PrintedText.safe(result.directory().toString()), result.fired(), result.stored(), result.discarded(),
                result.overwritten(), LossText.of(result.lost()), Counted.of(result.traps(), "trap"),
                Counted.of(result.bytes(), "byte"), (result.known() ? "known" : "unknown")
                + (result.removed() == 0 ? "" : "; of those stored, rotation has removed " + String.format(Locale.ROOT,
                "%,d", result.removed()))
                + (result.firstCosts().isKnown() ? "; " + FirstCostText.of(result.firstCosts()) : ""));
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
