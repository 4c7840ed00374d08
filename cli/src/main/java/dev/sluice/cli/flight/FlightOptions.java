// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.cli.output.Durations;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of a flight recorder: a picocli mixin. For one thread. */
public final class FlightOptions {
    private static final int MOST_TRIGGERS = 8;

    @Option(names = "--flight", paramLabel = "TIME|SIZE", converter = FlightBound.Text.class, description = "keep the"
        + " last part only, such as 60s, 5m or 512M, of which 'sluice snapshot DIR' makes a trace")
    private FlightBound bound;

    @Option(names = "--on", paramLabel = "CONDITION", converter = Trigger.Text.class, description = "with --flight:"
        + " take a snapshot by itself, into the trace's directory: at an event, 'orders:failed' or 'db:query.ms > 500'"
        + " or 'db:query[ms > 500 && rows == 0]'; at more than so many in a time, 'orders:failed > 100/s' or"
        + " 'db:query[ms > 500] > 20/10s'; at SIGUSR1, signal; when a process ends or is killed, exit; when the kernel"
        + " kills one for want of memory, oom; may be repeated")
    private List<Trigger> triggers = List.of();

    @Option(names = "--after", paramLabel = "TIME", converter = Durations.class, defaultValue = "0s", description =
        "with --on: the snapshot also has what comes for so long after an event or signal (default: ${DEFAULT-VALUE})")
    private long afterNs;

    @Option(names = "--on-limit", paramLabel = "N", defaultValue = "4", description = "with --on: at most so many"
        + " snapshots a minute (default: ${DEFAULT-VALUE})")
    private int limit;

    /** Refuses what cannot be together. */
    public void require(final CommandSpec spec, final boolean isReducing, final boolean isRotating) {
        if (bound == null && !triggers.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--on takes snapshots of a flight recorder: add --flight"
                + " TIME or --flight SIZE");
        }
        if (bound != null && isRotating) {
            throw new ParameterException(spec.commandLine(), "--flight rotates by itself: leave out --rotate and"
                + " --keep");
        }
        if (bound != null && isReducing) {
            throw new ParameterException(spec.commandLine(), "with --sum and --hist no event is stored, and there is"
                + " nothing to keep: leave out --flight");
        }
        if (triggers.size() > MOST_TRIGGERS || limit < 1) {
            throw new ParameterException(spec.commandLine(), "--on may be given " + MOST_TRIGGERS + " times, and"
                + " --on-limit is at least 1: --on is given " + triggers.size() + " times, --on-limit is " + limit);
        }
    }

    /** Whether there is a flight recorder. */
    public boolean isOn() {
        return bound != null;
    }

    /** How much it keeps. */
    public FlightBound bound() {
        return bound;
    }

    List<Trigger> triggers() {
        return triggers;
    }

    long afterNs() {
        return afterNs;
    }

    int limit() {
        return limit;
    }
}
