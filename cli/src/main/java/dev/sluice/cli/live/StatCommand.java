// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.live;

import dev.sluice.cli.output.Durations;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.Output;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.target.ProcessName;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a program's tracing does, second by second. */
@Command(name = "stat", description = "Prints what a program's tracing does, second by second: events, losses, stalls,"
    + " how full its rings are, who records it. It looks only: beside a recording, it changes nothing of it.",
    footer = {"", "Events of a tracepoint are counted as far as the rings still hold them when they are looked at; ~ is"
        + " a tracepoint's share of those.", "", "Exit status: 0 done, also when the program ends and by Ctrl-C; 1"
        + " failed, 2 wrong usage."}, mixinStandardHelpOptions = true)
public final class StatCommand implements Callable<Integer> {
    private static final long LEAST_NS = TimeUnit.MILLISECONDS.toNanos(10);

    @Spec
    private CommandSpec spec;

    @Option(names = {"-p", "--pid"}, required = true, paramLabel = ProcessName.LABEL,
        converter = ProcessName.Converter.class, description = ProcessName.DESCRIPTION)
    private ProcessName process;

    @Option(names = {"-i", "--interval"}, paramLabel = "TIME", defaultValue = "1s", converter = Durations.class,
        description = "time between two lines, such as 500ms or 10s (default: ${DEFAULT-VALUE})")
    private long intervalNs;

    @Option(names = {"-n", "--count"}, paramLabel = "N", description = "ends after so many lines (default: when the"
        + " program ends)")
    private Long count;

    @Option(names = "--json", description = "print one JSON object a line")
    private boolean isJson;

    @Override
    public Integer call() {
        if (intervalNs < LEAST_NS) {
            throw new ParameterException(spec.commandLine(), "--interval is at least 10ms");
        }
        if (count != null && count < 1) {
            throw new ParameterException(spec.commandLine(), "--count is at least 1: " + count);
        }
        StopSignals.install();
        try (LiveTargets targets = LiveTargets.open(process.pid())) {
            print(targets);
            if (targets.isOver()) {
                Notices.print(spec.qualifiedName(" ") + ": " + targets.whyOver());
            }
        }
        return ExitStatus.OK;
    }

    private void print(final LiveTargets targets) {
        final PrintWriter out = spec.commandLine().getOut();
        for (int i = 0; i < targets.size() && !isJson; i++) {
            StatLines.printBegin(out, targets, i);
        }
        out.flush();
        long nextNs = System.nanoTime();
        for (long turn = 0; (count == null || turn < count) && !mustEnd() && !targets.isOver(); turn++) {
            // By the clock, and not by what a turn takes: lines of a minute are sixty.
            nextNs += intervalNs;
            final List<LiveRates> rates = targets.follow(nextNs, this::mustEnd);
            for (int i = 0; i < rates.size() && !mustEnd(); i++) {
                if (isJson) {
                    out.println(StatLines.json(targets, i, rates.get(i)));
                } else {
                    StatLines.print(out, targets.size() > 1 ? " target " + targets.id(i) : "", rates.get(i));
                }
            }
            out.flush();
        }
    }

    private boolean mustEnd() {
        return StopSignals.isStopped() || Output.of(spec).isAbandoned();
    }
}
