// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.target;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.consumer.attach.AttachException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Waits for processes until all of them can be attached to, the time is over, or somebody wants the command to end. For
 * one thread.
 */
final class ProcessWait {
    static final String DESCRIPTION = "wait until such a program runs and shares what is needed, at most as long as"
        + " --duration says";

    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String command;
    private final List<ProcessName> names;
    private final Long durationNs;

    /**
     * A wait that has not begun.
     *
     * @param command    the command's name, for notices
     * @param durationNs the longest time to wait, ns; null if there is none
     */
    ProcessWait(final String command, final List<ProcessName> names, final Long durationNs) {
        this.command = command;
        this.names = names;
        this.durationNs = durationNs;
    }

    /**
     * Looks for the processes and tries to attach some times a second.
     *
     * @param attach attaches to the process ids, in the order of the names. It throws an {@link AttachException} with
     *               the reason {@code NO_SUCH_PROCESS}, {@code NO_SLUICE} or {@code NO_SUCH_FIELD} if a process has not
     *               got that far
     * @throws CommandException if one of the names is that of several programs, or of none until the wait is over
     */
    <T> T attach(final Function<List<Long>, T> attach) {
        final String all = names.stream().map(ProcessName::toString).collect(Collectors.joining(" and "));
        final long begin = System.nanoTime();
        boolean isTold = false;
        while (true) {
            String why = "there is none";
            try {
                final List<Long> pids = find();
                if (pids.size() == names.size()) {
                    return attach.apply(pids);
                }
            } catch (final AttachException e) {
                if (!mayStillCome(e)) {
                    throw e;
                }
                why = e.getMessage();
            }
            if (!isTold) {
                isTold = true;
                Notices.print(command + ": waiting for " + all);
            }
            if (StopSignals.isStopped()) {
                throw new CommandException("ended before " + all + " could be attached to");
            }
            if (durationNs != null && System.nanoTime() - begin >= durationNs) {
                throw new CommandException("no program " + all + " could be attached to within "
                    + TimeUnit.NANOSECONDS.toMillis(durationNs) + " ms (--duration): " + why);
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private List<Long> find() {
        final List<Long> pids = new ArrayList<>();
        for (final ProcessName name : names) {
            final OptionalLong pid = name.find();
            if (pid.isPresent()) {
                pids.add(pid.getAsLong());
            }
        }
        return pids;
    }

    private boolean mayStillCome(final AttachException e) {
        return e.reason() == AttachException.Reason.NO_SLUICE || e.reason() == AttachException.Reason.NO_SUCH_FIELD
            || e.reason() == AttachException.Reason.NO_SUCH_PROCESS
            && names.stream().anyMatch(name -> !name.isPid());
    }
}
