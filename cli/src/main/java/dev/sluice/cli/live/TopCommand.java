// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.live;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.output.Terminal;
import dev.sluice.cli.target.ProcessName;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a program's tracing does, as a page of the terminal that is drawn anew each second. */
@Command(name = "top", description = "Shows on a terminal what a program's tracing does, anew each second: tracepoints"
    + " and threads by their rates, losses, how full rings are. It looks only: beside a recording, it changes nothing"
    + " of it.",
    footer = {"", "Keys: q quits; r, n, l, f sort by rate, name, losses, fullness.", "",
        "Exit status: 0 done, also when the program ends; 1 failed, 2 wrong usage."},
    mixinStandardHelpOptions = true)
public final class TopCommand implements Callable<Integer> {
    private static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(1);
    /** The first page comes soon. */
    private static final long FIRST_NS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int NO_KEY = -2;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-p", "--pid"}, required = true, paramLabel = ProcessName.LABEL,
        converter = ProcessName.Converter.class, description = ProcessName.DESCRIPTION)
    private ProcessName process;

    private TopSort sort = TopSort.RATE;
    private boolean isQuit;
    private int pressed = NO_KEY;

    @Override
    public Integer call() {
        if (!Terminal.isInteractive()) {
            throw new CommandException("input and output must be a terminal; 'sluice stat -p " + process
                + "' prints the same as lines");
        }
        StopSignals.install();
        try (LiveTargets targets = LiveTargets.open(process.pid())) {
            try (TopScreen screen = TopScreen.open()) {
                show(targets, screen);
            }
            if (targets.isOver()) {
                Notices.print(spec.qualifiedName(" ") + ": " + targets.whyOver());
            }
        }
        return ExitStatus.OK;
    }

    private void show(final LiveTargets targets, final TopScreen screen) {
        long nextNs = System.nanoTime() + FIRST_NS;
        while (!mustEnd() && !targets.isOver()) {
            final List<LiveRates> rates = targets.follow(nextNs, () -> mustEnd() || isPressed(screen));
            draw(targets, rates, screen);
            // A key changes the page at once, of what is known so far.
            while (pressed != NO_KEY && !mustEnd()) {
                apply();
                draw(targets, rates, screen);
                isPressed(screen);
            }
            nextNs = Math.max(nextNs, System.nanoTime()) + PERIOD_NS;
        }
    }

    private void draw(final LiveTargets targets, final List<LiveRates> rates, final TopScreen screen) {
        screen.measure();
        screen.draw(TopPage.lines(targets.name(), targets.clock(0), rates, sort, screen.columns(), screen.rows()));
    }

    private boolean isPressed(final TopScreen screen) {
        if (pressed == NO_KEY) {
            final int key = screen.key(1);
            pressed = key > 0 ? key : NO_KEY;
        }
        return pressed != NO_KEY;
    }

    private void apply() {
        isQuit |= pressed == 'q';
        sort = TopSort.ofKey(pressed, sort);
        pressed = NO_KEY;
    }

    private boolean mustEnd() {
        return isQuit || StopSignals.isStopped();
    }
}
