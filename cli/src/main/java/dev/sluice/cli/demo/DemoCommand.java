// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.demo;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Json;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.output.Terminal;
import dev.sluice.cli.output.TraceDirectories;
import dev.sluice.cli.record.DrainMode;
import dev.sluice.cli.record.RecordCommand;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.EventStatistics;
import dev.sluice.store.report.FieldStatistics;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Traces the sample {@code jrt-scan} through each path, reads the stored events back, and compares them with the truth.
 * Other code computes the truth in a JVM of its own, without Sluice. Target, consumer and truth are separate processes.
 */
@Command(name = "demo", mixinStandardHelpOptions = true,
    description = "Traces a real program through each path and checks what was stored against the truth.")
public final class DemoCommand implements Callable<Integer> {
    private static final String SAMPLE = "jrt-scan";
    private static final String PROVIDER = "classes";
    private static final String ALL = "1/1";
    private static final int MAX_THREADS = 64;
    private static final int MAX_DIVISOR = 10_000;
    /** This buffer holds all trap records of the bounded share, so that a slow reader loses none. */
    private static final int TRAP_BUFFER_BYTES = 64 << 20;
    private static final long BLOCK_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    @Spec
    private CommandSpec spec;

    @Option(names = {"-o", "--output"}, paramLabel = "DIR",
        description = "directory for the traces, new or empty (default: sluice-demo-TIME)")
    private Path directory;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "2",
        description = "threads of the sample (default: 2)")
    private int threads;

    @Option(names = "--share", paramLabel = "1/K", defaultValue = ALL,
        description = "part of the JDK's class files to scan (default: all)")
    private String share;

    @Option(names = "--trap-share", paramLabel = "1/K", defaultValue = "1/10",
        description = "part that is traced by one trap per event (default: 1/10)")
    private String trapShare;

    @Option(names = "--mode", paramLabel = "MODE", defaultValue = "auto", description = DrainMode.DESCRIPTION)
    private DrainMode mode;

    @Option(names = "--json", description = "print one JSON object")
    private boolean isJson;

    private String whyShared = "it needs BPF, which --mode shared does without";
    private final Terminal terminal = new Terminal();
    private final List<String> differences = new ArrayList<>();

    @Override
    public Integer call() {
        check("--threads", threads >= 1 && threads <= MAX_THREADS);
        check("--share", isShare(share));
        check("--trap-share", isShare(trapShare));
        StopSignals.install();
        final Path output = directory != null ? directory
            : TraceDirectories.byDefault("sluice-demo-" + LocalDateTime.now().format(RecordCommand.STAMP));
        try {
            return run(output);
        } finally {
            terminal.clear();
        }
    }

    private void check(final String option, final boolean isRight) {
        if (!isRight) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '" + option + "'");
        }
    }

    private static boolean isShare(final String text) {
        return text.matches("1/[1-9][0-9]{0,4}") && Integer.parseInt(text.substring(2)) <= MAX_DIVISOR;
    }

    private int run(final Path output) {
        final List<DemoRun> runs = new ArrayList<>();
        final List<DemoRun> bases = new ArrayList<>();
        final DemoRun untraced = untraced(share);
        final DemoRun rings = traced(share, mode, false, (pid, path) -> optionsOf(pid, path, output)
            .policy(FullPolicy.BLOCK).blockTimeoutNs(BLOCK_TIMEOUT_NS).build());
        runs.addAll(List.of(untraced, rings));
        bases.addAll(List.of(untraced, untraced));
        compare(untraced, rings, truth(share));
        if (!rings.isShared()) {
            final DemoRun untracedShare = trapShare.equals(share) ? untraced : untraced(trapShare);
            final DemoRun trap = traced(trapShare, DrainMode.BPF, true, (pid, path) ->
                optionsOf(pid, path, output).ringBufferBytes(TRAP_BUFFER_BYTES).build());
            compare(untracedShare, trap, truth(trapShare));
            runs.add(trap);
            bases.add(untracedShare);
        }
        terminal.clear();
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            final Map<String, Object> json = new LinkedHashMap<>();
            final List<Object> paths = new ArrayList<>();
            for (int i = 0; i < runs.size(); i++) {
                paths.add(runs.get(i).toJson(bases.get(i)));
            }
            json.put("paths", paths);
            json.put("trace", rings.recorded().directory().toString());
            out.println(Json.write(json));
        } else {
            print(out, runs, bases, rings);
        }
        out.flush();
        for (final String difference : differences) {
            Notices.print("sluice demo: " + difference);
        }
        if (!differences.isEmpty()) {
            return ExitStatus.FAILED;
        }
        return runs.stream().allMatch(DemoRun::isComplete) ? ExitStatus.OK : ExitStatus.INCOMPLETE;
    }

    private static RecordOptions.Builder optionsOf(final long pid, final EventPath path, final Path output) {
        return RecordOptions.of(pid, output.resolve(nameOf(path))).source(path).patterns(List.of(PROVIDER + ":*"))
            .commandLine("sluice demo");
    }

    private static String nameOf(final EventPath path) {
        return path.name().toLowerCase(Locale.ROOT);
    }

    private DemoRun untraced(final String part) {
        terminal.step("scanning " + part + " of the class files, untraced");
        final long begin = System.nanoTime();
        try (SampleProcess sample = SampleProcess.start(arguments(part, ""))) {
            return new DemoRun("untraced", part, sample.result(), null, System.nanoTime() - begin);
        }
    }

    private List<String> arguments(final String part, final String wait) {
        final List<String> arguments =
            new ArrayList<>(List.of(SAMPLE, "--threads", Integer.toString(threads), "--share", part));
        if (!wait.isEmpty()) {
            arguments.add(wait);
        }
        return arguments;
    }

    /** The options for recording a running sample, by the path that its events take. */
    private interface OptionsOf {
        RecordOptions of(long pid, EventPath path);
    }

    private DemoRun traced(final String part, final DrainMode drainMode, final boolean isTrap,
                           final OptionsOf optionsOf) {
        terminal.step("scanning " + part + " of the class files, traced");
        final EventPath[] used = {null};
        // A sample that waits for a tracer continues as soon as the first probe is attached, and its first events of
        // the other probes would be missed. So with traps the sample waits for a line instead. It is not stopped by a
        // signal, because it would stay stopped for ever if this process were killed. A target of batches sets all its
        // bits within a microsecond.
        try (SampleProcess sample = SampleProcess.start(arguments(part, isTrap ? "--wait-line" : "--wait"))) {
            sample.awaitReady();
            final RecordResult result;
            try (Recorder recorder = drainMode.start(path -> {
                used[0] = isTrap ? EventPath.TRAP : path;
                return optionsOf.of(sample.pid(), used[0]);
            }, this::fellBack)) {
                if (isTrap) {
                    sample.begin();
                }
                final String name = nameOf(used[0]);
                recorder.await(Long.MAX_VALUE, StopSignals::isStopped,
                    () -> terminal.progress("path %s: %s stored", name,
                        Counted.of(recorder.storedEvents(), "event")));
                result = recorder.finish();
            }
            if (StopSignals.isStopped()) {
                throw new CommandException("stopped; the trace so far is in " + result.directory());
            }
            if (!sample.errors().isEmpty()) {
                System.err.print(PrintedText.safeLines(sample.errors()));
            }
            return new DemoRun(nameOf(used[0]), part, sample.result(), result, result.wallNs());
        }
    }

    private void fellBack(final String reason) {
        terminal.clear();
        whyShared = PrintedText.safe(reason);
        Notices.print("sluice demo: draining in shared mode: " + reason);
    }

    private Map<String, Object> truth(final String part) {
        terminal.step("computing the truth of " + part);
        try (SampleProcess sample = SampleProcess.start(List.of("jrt-truth", "--share", part))) {
            return sample.result();
        }
    }

    /** Compares what the sample scanned and what the trace holds, kind by kind and field by field, with the truth. */
    private void compare(final DemoRun untraced, final DemoRun run, final Map<String, Object> truth) {
        if (!truth.equals(untraced.sample().get("attempted"))) {
            differences.add("the untraced scan says " + untraced.sample().get("attempted") + ", the truth is " + truth);
        }
        terminal.step("reading the trace of path " + run.path());
        final TraceReport report = TraceReport.of(TraceReader.open(run.recorded().directory()));
        if (report.account().stored() != run.stored()) {
            differences.add("path " + run.path() + ": the recorder stored " + run.stored() + " events, the trace has "
                + report.account().stored());
        }
        if (!report.account().isEndKnown()) {
            differences.add("path " + run.path() + ": the end of the trace is unknown");
        }
        if (run.fired() != run.stored() + run.discarded() + run.lostEvents()) {
            differences.add("path " + run.path() + ": fired " + run.fired() + " is not stored " + run.stored()
                + " + discarded " + run.discarded() + " + lost " + run.lostEvents());
        }
        final Map<String, String> totals = totals(report);
        final Map<String, String> expected = new LinkedHashMap<>();
        truth.forEach((name, value) -> expected.put(name, value.toString()));
        final TreeSet<String> names = new TreeSet<>(expected.keySet());
        names.addAll(totals.keySet());
        for (final String name : names) {
            final String found = totals.getOrDefault(name, "0");
            if (!found.equals(expected.getOrDefault(name, "0"))) {
                differences.add("path " + run.path() + ": " + name + " is " + found + " in the trace, the truth is "
                    + expected.getOrDefault(name, "0"));
            }
        }
    }

    /** Counts by tracepoint and sums by "tracepoint.field", with the same keys as the truth. */
    private static Map<String, String> totals(final TraceReport report) {
        final Map<String, String> totals = new LinkedHashMap<>();
        for (final EventStatistics event : report.events()) {
            final String name = event.schema().tracepoint();
            totals.put(name, Long.toString(event.count()));
            for (final FieldStatistics field : event.fields()) {
                final FieldSchema declared = field.field();
                if (declared.type().isInteger()) {
                    totals.put(name + '.' + field.field().name(), field.sum().toString());
                }
            }
        }
        return totals;
    }

    private void print(final PrintWriter out, final List<DemoRun> runs, final List<DemoRun> bases,
                       final DemoRun rings) {
        final String trace = PrintedText.safe(rings.recorded().directory().toString());
        final TextTable table = TextTable.ofAnything().row("path", "fired", "stored", "discarded", "lost", "traps",
            "events/trap", "ns/event", "blocked ms", "bytes", "wall s");
        for (int i = 0; i < runs.size(); i++) {
            table.row(runs.get(i).toRow(bases.get(i)));
        }
        out.print(table);
        out.printf("%nns/event: thread time beyond reading files, a parsed event; untraced: of the work itself; else:"
            + " what tracing%nadds to it, blocked time included. One run of each, with a cold JVM.%n");
        if (rings.isShared()) {
            out.printf("The path of one trap per event is left out: %s.%n", whyShared);
        }
        out.printf("%s%n%n", differences.isEmpty()
            ? "Counts and sums of every field equal the truth, which other code computed without Sluice."
            : "What was stored DIFFERS from the truth, see below.");
        out.printf("trace: %s%n%nTry next:%n  sluice report %s%n  sluice print %s | head%n", trace, trace, trace);
        out.printf("  sluice sample %s --loop & sluice record -p $! -e '%s:parsed' --duration 5s%n", SAMPLE, PROVIDER);
    }
}
