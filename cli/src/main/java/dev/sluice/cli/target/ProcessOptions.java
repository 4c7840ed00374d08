// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.target;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.consumer.attach.AttachException;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import picocli.CommandLine.Option;

/** The process that a command attaches to, and whether it is waited for. */
public final class ProcessOptions {
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    @Option(names = {"-p", "--pid"}, required = true, paramLabel = ProcessName.LABEL,
        converter = ProcessName.Converter.class, description = ProcessName.DESCRIPTION)
    private ProcessName name;

    @Option(names = "--wait", description = "wait until such a program runs and shares what is needed, at most as long"
        + " as --duration says")
    private boolean isWaiting;

    /**
     * Attaches to the process. If it is to be waited for, this looks for it and tries to attach some times a second,
     * until it works, the time is over, or somebody wants the command to end.
     *
     * @param command    the command's name, for notices
     * @param durationNs the longest time to wait, ns; null if there is none
     * @param attach     attaches to a process id. It throws an {@link AttachException} with the reason
     *                   {@code NO_SUCH_PROCESS}, {@code NO_SLUICE} or {@code NO_SUCH_FIELD} if the process has not got
     *                   that far
     * @throws CommandException if there is no such program, or several, or none until the wait is over
     */
    public <T> T attach(final String command, final Long durationNs, final LongFunction<T> attach) {
        if (!isWaiting) {
            return attach.apply(name.pid());
        }
        final long begin = System.nanoTime();
        boolean isTold = false;
        while (true) {
            String why = "there is none";
            final OptionalLong pid = name.find();
            try {
                if (pid.isPresent()) {
                    return attach.apply(pid.getAsLong());
                }
            } catch (final AttachException e) {
                if (!mayStillCome(e)) {
                    throw e;
                }
                why = e.getMessage();
            }
            if (!isTold) {
                isTold = true;
                Notices.print(command + ": waiting for " + name);
            }
            if (StopSignals.isStopped()) {
                throw new CommandException("ended before " + name + " could be attached to");
            }
            if (durationNs != null && System.nanoTime() - begin >= durationNs) {
                throw new CommandException("no program " + name + " could be attached to within "
                    + TimeUnit.NANOSECONDS.toMillis(durationNs) + " ms (--duration): " + why);
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private boolean mayStillCome(final AttachException e) {
        return e.reason() == AttachException.Reason.NO_SLUICE || e.reason() == AttachException.Reason.NO_SUCH_FIELD
            || e.reason() == AttachException.Reason.NO_SUCH_PROCESS && !name.isPid();
    }
}
