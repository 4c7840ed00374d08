// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.target;

import dev.sluice.cli.output.CommandException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The processes that a command attaches to: those that are named, all, and those that come later. */
public final class TargetOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = {"-p", "--pid"}, paramLabel = ProcessName.LABEL, converter = ProcessName.Converter.class,
        description = ProcessName.DESCRIPTION + "; may be repeated")
    private List<ProcessName> names = List.of();

    @Option(names = "--all", description = "every process that uses Sluice now and that you may trace")
    private boolean isAll;

    @Option(names = "--new", description = "every process that begins to use Sluice while this runs; what it fires"
        + " before it is noticed (some tenths of a second) is not recorded")
    private boolean isNew;

    @Option(names = "--wait", description = ProcessWait.DESCRIPTION)
    private boolean isWaiting;

    /** Whether all processes that use Sluice are meant. */
    public boolean isAll() {
        return isAll;
    }

    /** Whether processes are meant that begin to use Sluice later. */
    public boolean isNew() {
        return isNew;
    }

    /** Whether it is one process, which is named. */
    public boolean isOne() {
        return names.size() == 1 && !isAll && !isNew;
    }

    /**
     * Refuses what names no process.
     *
     * @throws ParameterException if nothing is named, or something is waited for that is not named
     */
    public void requireAny() {
        if (names.isEmpty() && !isAll && !isNew) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '--pid=" + ProcessName.LABEL
                + "', or --all, or --new");
        }
        if (names.isEmpty() && isWaiting) {
            throw new ParameterException(spec.commandLine(), "--wait waits for what -p names: give -p, or --new alone,"
                + " which waits by itself");
        }
    }

    /**
     * Attaches to the processes that are named; to none if none are. With {@code --wait}, as {@link ProcessWait} does.
     *
     * @param command    the command's name, for notices
     * @param durationNs the longest time to wait, ns; null if there is none
     * @param attach     attaches to process ids, each of which is there once
     * @throws CommandException   if there is no such program, or several of one name, or not all until the wait is over
     * @throws ParameterException if one process is named twice
     */
    public <T> T attach(final String command, final Long durationNs, final Function<List<Long>, T> attach) {
        final Function<List<Long>, T> once = pids -> {
            requireOnce(pids);
            return attach.apply(pids);
        };
        if (isWaiting) {
            return new ProcessWait(command, names, durationNs).attach(once);
        }
        final List<Long> pids = new ArrayList<>();
        for (final ProcessName name : names) {
            pids.add(name.pid());
        }
        return once.apply(pids);
    }

    private void requireOnce(final List<Long> pids) {
        final Map<Long, ProcessName> named = new HashMap<>();
        for (int i = 0; i < pids.size(); i++) {
            final ProcessName before = named.put(pids.get(i), names.get(i));
            if (before != null) {
                throw new ParameterException(spec.commandLine(), "process " + pids.get(i) + " is given twice: as '"
                    + before + "' and as '" + names.get(i) + "'");
            }
        }
    }
}
