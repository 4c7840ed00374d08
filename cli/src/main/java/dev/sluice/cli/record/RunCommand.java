// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.cli.output.Terminal;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.os.NativeException;
import dev.sluice.os.proc.ProcessStat;
import dev.sluice.store.format.TraceStoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Starts a program and records it from its first event on. */
@Command(name = "run", description = "Starts a program and traces it from its first event on, as record does: it waits"
    + " where it loads Sluice until the recording has begun. Ctrl-C ends both.",
    footer = {"", "Exit status: that of the program, or 1 if it could not be started or recorded, 2 if the usage is"
        + " wrong. The account is printed on standard error; 'sluice report DIR' has it as well."},
    mixinStandardHelpOptions = true)
public final class RunCommand extends RecordingCommand {
    /** How long a program that was told to end is recorded. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);
    /** How long a program that was told to end is attached to: what it fires at its end is recorded as well. */
    private static final long ATTACH_PATIENCE_NS = TimeUnit.SECONDS.toNanos(2);

    @Parameters(arity = "1..*", paramLabel = "-- COMMAND", description = "the program with its arguments, behind '--'")
    private List<String> command;

    private StartedProgram program;
    private long attachingPid;
    private long stoppedNs;

    /** There is nothing to record. */
    private static final class NothingRecorded extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public Integer call() throws IOException {
        boolean isRecorded = false;
        try {
            super.call();
            isRecorded = true;
        } catch (final NothingRecorded e) {
            Notices.print("sluice run: the program has ended and has loaded no provider of Sluice: nothing is"
                + " recorded");
            isRecorded = true;
        } catch (final CommandException | AttachException | BpfException | NativeException | TraceStoreException e) {
            if (program == null) {
                throw e;
            }
            // It is said now: the program may go on for long.
            Notices.print("sluice run: not recorded to the end: " + e.getMessage()
                + (StopSignals.isStopped() ? "" : "; the program goes on"));
        } finally {
            awaitProgram();
        }
        return isRecorded ? program.exitStatus() : ExitStatus.FAILED;
    }

    /** The program may go on after its recording, or without one. */
    private void awaitProgram() {
        if (program != null) {
            program.release();
            while (!program.awaitExit()) {
                program.endIfStopped();
            }
        }
    }

    @Override
    Recorder attach(final Function<List<Long>, Recorder> start) {
        program = StartedProgram.start(command);
        while (true) {
            final boolean isOver = program.awaitExit();
            final OptionalLong pid = program.target();
            if (pid.isPresent()) {
                attachingPid = pid.getAsLong();
                try {
                    final Recorder recorder = start.apply(List.of(pid.getAsLong()));
                    program.release();
                    return recorder;
                } catch (final AttachException e) {
                    if (e.reason() != AttachException.Reason.NO_SLUICE
                        && e.reason() != AttachException.Reason.NO_SUCH_PROCESS) {
                        throw e;
                    }
                }
            }
            if (isOver) {
                throw new NothingRecorded();
            }
            program.endIfStopped();
        }
    }

    /** Whoever wants this command to end wants the program to end, and its last events to be recorded. */
    @Override
    boolean mustEnd() {
        if (!StopSignals.isStopped()) {
            return false;
        }
        program.endIfStopped();
        return stoppedForNs() > PATIENCE_NS;
    }

    /** A program that is stopped does not answer, and is let go on to its end only when it is not waited for. */
    @Override
    boolean isGivenUp() {
        return StopSignals.isStopped() && (stoppedForNs() > ATTACH_PATIENCE_NS || isStopped(attachingPid));
    }

    private long stoppedForNs() {
        stoppedNs = stoppedNs == 0 ? System.nanoTime() : stoppedNs;
        return System.nanoTime() - stoppedNs;
    }

    private static boolean isStopped(final long pid) {
        try {
            return ProcessStat.read(Path.of("/proc/" + pid)).isStopped();
        } catch (final IOException e) {
            // It has ended.
            return false;
        }
    }

    @Override
    Terminal terminal() {
        return Terminal.ofOthers();
    }

    /** Standard output is the program's. */
    @Override
    PrintWriter accountTo() {
        return spec().commandLine().getErr();
    }
}
