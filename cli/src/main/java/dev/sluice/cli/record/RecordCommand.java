// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.cli.output.Output;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.output.Terminal;
import dev.sluice.cli.target.ProcessOptions;
import dev.sluice.consumer.record.Recorder;
import java.io.PrintWriter;
import java.util.function.LongFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Records a running JVM into a directory, until it ends, the time is over, or Ctrl-C. */
@Command(name = "record", description = "Traces a running JVM into a directory, until it exits, the time is over, or"
    + " Ctrl-C.", mixinStandardHelpOptions = true)
public final class RecordCommand extends RecordingCommand {
    @Mixin
    private ProcessOptions processes;

    @Override
    Recorder attach(final LongFunction<Recorder> start) {
        return processes.attach("sluice record", durationNs(), start);
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
