// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.Output;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.output.Terminal;
import dev.sluice.cli.target.TargetOptions;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.attach.TargetWatch;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.consumer.record.TargetJoiner;
import dev.sluice.store.text.Counted;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

/** Records running JVMs into a directory, until they end, the time is over, or Ctrl-C. */
@Command(name = "record", description = "Traces running JVMs into one directory, until they exit, the time is over, or"
    + " Ctrl-C.", mixinStandardHelpOptions = true)
public final class RecordCommand extends RecordingCommand {
    @Mixin
    private TargetOptions processes;

    /** Null if later processes are not recorded. */
    private TargetWatch watch;

    @Override
    Recorder attach(final Function<List<Long>, Recorder> start) {
        processes.requireAny();
        if (isReducing() && (processes.isAll() || processes.isNew())) {
            throw new ParameterException(spec().commandLine(), "--sum and --hist are made of processes that -p names:"
                + " leave out --all and --new");
        }
        if (processes.isAll() || processes.isNew()) {
            notices().open();
        }
        // It looks before all are listed: a process that comes in between is recorded by either.
        watch = processes.isNew() ? new TargetWatch() : null;
        final Recorder recorder = processes.attach("sluice record", durationNs(), start);
        boolean isStarted = false;
        try {
            joinAll(recorder);
            isStarted = true;
            return recorder;
        } finally {
            if (!isStarted) {
                recorder.discard();
                recorder.close();
            }
        }
    }

    private void joinAll(final Recorder recorder) {
        if (!processes.isAll()) {
            return;
        }
        final List<Long> others = new ArrayList<>(TargetFinder.processes());
        others.removeAll(notices().named());
        final List<Long> unready = TargetJoiner.join(recorder, others, notices());
        if (watch != null) {
            unready.forEach(watch::again);
        } else if (recorder.targets() > 0 || recorder.storedEvents() > 0) {
            // One may have fired before its answer was seen, and that is nowhere else.
            return;
        } else if (isGivenUp()) {
            throw new CommandException("ended before any process could be attached to");
        } else {
            throw new CommandException(notices().refused() > 0
                ? Counted.of(notices().refused(), "process") + " that use Sluice, and none could be attached to"
                : "no process that uses Sluice runs here that this user may look into: start one, wait for it with"
                    + " --new, or run sluice as root");
        }
    }

    @Override
    void configure(final RecordOptions.Builder options) {
        options.awaitsMore(processes.isNew());
        if (processes.isAll()) {
            options.expectedTargets(TargetFinder.processes().size());
        }
    }

    @Override
    TargetJoiner joiner(final Recorder recorder) {
        return watch == null ? null : TargetJoiner.start(recorder, watch, notices());
    }

    @Override
    String whyPrivileged() {
        return watch == null ? "" : "with --new it attaches to processes that come later";
    }

    @Override
    boolean mustEnd() {
        return StopSignals.isStopped() || Output.of(spec()).isAbandoned();
    }

    @Override
    Terminal terminal() {
        return new Terminal();
    }

    @Override
    PrintWriter accountTo() {
        return spec().commandLine().getOut();
    }
}
