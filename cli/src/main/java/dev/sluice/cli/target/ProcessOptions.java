// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.target;

import dev.sluice.cli.output.CommandException;
import java.util.List;
import java.util.function.LongFunction;
import picocli.CommandLine.Option;

/** The process that a command attaches to, and whether it is waited for. */
public final class ProcessOptions {
    @Option(names = {"-p", "--pid"}, required = true, paramLabel = ProcessName.LABEL,
        converter = ProcessName.Converter.class, description = ProcessName.DESCRIPTION)
    private ProcessName name;

    @Option(names = "--wait", description = ProcessWait.DESCRIPTION)
    private boolean isWaiting;

    /**
     * Attaches to the process. If it is to be waited for, this looks for it and tries to attach some times a second,
     * until it works, the time is over, or somebody wants the command to end.
     *
     * @param command    the command's name, for notices
     * @param durationNs the longest time to wait, ns; null if there is none
     * @param attach     attaches to a process id; see {@link ProcessWait} for what it throws
     * @throws CommandException if there is no such program, or several, or none until the wait is over
     */
    public <T> T attach(final String command, final Long durationNs, final LongFunction<T> attach) {
        if (!isWaiting) {
            return attach.apply(name.pid());
        }
        return new ProcessWait(command, List.of(name), durationNs).attach(pids -> attach.apply(pids.get(0)));
    }
}
