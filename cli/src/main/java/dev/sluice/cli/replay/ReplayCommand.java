// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.cli.output.Durations;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.Output;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.output.TraceEnding;
import dev.sluice.cli.replay.pace.Pace;
import dev.sluice.cli.replay.pace.ReplayClock;
import dev.sluice.cli.replay.pace.ReplaySink;
import dev.sluice.cli.replay.pace.ReplaySpeed;
import dev.sluice.cli.replay.usdt.UsdtSink;
import dev.sluice.cli.replay.usdt.UsdtTracepoints;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Replays a trace: passes its events on once more, each when it is due. */
@Command(name = "replay", description = "Passes the events of a trace on once more, at the pace at which they were"
    + " fired, until the last one or Ctrl-C. At a terminal, Enter pauses and resumes, a number steps so many events, q"
    + " ends.", mixinStandardHelpOptions = true)
public final class ReplayCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "directory of a trace")
    private Path directory;

    @Option(names = "--speed", defaultValue = "original", paramLabel = "SPEED",
        converter = ReplaySpeed.Converter.class, description = "original; max: nothing is waited for; or a factor: 10"
            + " is ten times as fast (default: ${DEFAULT-VALUE})")
    private ReplaySpeed speed;

    @Option(names = "--class-path", paramLabel = "PATH", description = "with --to handler: directories and jars that"
        + " the handler is loaded from")
    private String classPath;

    @Option(names = "--handler", paramLabel = "CLASS", description = "with --to handler: a public class that implements"
        + " Consumer<EventView>; if it is AutoCloseable too, it is closed at the end")
    private String handler;

    @Option(names = "--wait-for-tracer", defaultValue = "60s", paramLabel = "TIME", converter = Durations.class,
        description = "with --to usdt: how long to wait for a tracer before the first event (default:"
            + " ${DEFAULT-VALUE})")
    private Long timeoutNs;

    @Option(names = "--settle", defaultValue = "1s", paramLabel = "TIME", converter = Durations.class,
        description = "with --to usdt: begin when no further probe has been attached to for so long (default:"
            + " ${DEFAULT-VALUE})")
    private Long settleNs;

    @Option(names = "--json", description = "print the summary at the end, on standard error, as a JSON object")
    private boolean isJson;

    @Mixin
    private ReplayOptions options;

    @Override
    public Integer call() {
        final ReplayOptions.Destination destination = options.destination();
        final Selection selection = options.selection();
        if ((destination == ReplayOptions.Destination.HANDLER) != (handler != null)
            || (destination == ReplayOptions.Destination.HANDLER) != (classPath != null)) {
            throw new ParameterException(spec.commandLine(), "'--to handler', '--class-path' and '--handler' belong"
                + " together: give all three or none");
        }
        StopSignals.install();
        final TraceReader reader = TraceReader.open(directory);
        final ReplayClock clock = new ReplayClock(System::nanoTime);
        final ReplayControls controls = new ReplayControls(clock);
        final Pace pace = Pace.withLead(speed, clock, () -> StopSignals.isStopped() || controls.isQuit());
        final ReplaySink sink = sink(reader, selection, pace);
        if (ReplayControls.hasTerminal()) {
            controls.start(System.in);
        }
        return run(reader, reader.events().select(selection), pace, sink);
    }

    private ReplaySink sink(final TraceReader reader, final Selection selection, final Pace pace) {
        final Output out = Output.of(spec);
        return switch (options.destination()) {
            case JSONL -> new LineSink(pace, out.bytes(), out::isAbandoned);
            case USDT -> new UsdtSink(new UsdtTracepoints(reader.targets(), selection), pace, out, timeoutNs, settleNs);
            case HANDLER -> new HandlerSink(pace, HandlerClass.make(classPath, handler));
        };
    }

    private int run(final TraceReader reader, final TraceEvents events, final Pace pace, final ReplaySink sink) {
        final Replay replay = new Replay(events, pace, sink);
        long beginNs = System.nanoTime();
        try {
            if (!speed.isMax()) {
                new Rehearsal(events, pace::isToEnd).run(sink);
                pace.learn();
                beginNs = System.nanoTime();
            }
            replay.run();
        } catch (final IOException e) {
            // The output reports a write failure at the end, if the user should know of it.
            return ExitStatus.OK;
        }
        // Whoever has ended the replay knows that there is more.
        final Selection asked = pace.isToEnd() ? events.selection().first(sink.passed()) : events.selection();
        final TraceEnding ending = TraceEnding.of(reader, asked, sink.passed(), replay.missing());
        ending.lines().forEach(line -> Notices.print("sluice replay: " + line));
        final ReplaySummary summary = new ReplaySummary(speed.text(), sink.passed(), replay.missing(),
            System.nanoTime() - beginNs, pace.lateness());
        Notices.print(isJson ? summary.json() : "sluice replay: " + summary.text());
        return ending.status();
    }
}
