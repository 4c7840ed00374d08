// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.list;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.target.ProcessName;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.os.NativeException;
import dev.sluice.ring.event.Glob;
import dev.sluice.store.text.FileText;
import dev.sluice.usdt.elf.ElfFormatException;
import dev.sluice.usdt.find.ElfNotes;
import dev.sluice.usdt.find.ProcessProbes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Providers and probes of running processes, or of a file. */
@Command(name = "list", description = "Lists USDT probes: of a process, of a file, of all processes that use Sluice"
    + " (the default), or of all there are. Of a process, and by default, those that Sluice made are shown, as text and"
    + " with --json; the others too with --jvm, --all or a PATTERN.", mixinStandardHelpOptions = true)
public final class ListCommand implements Callable<Integer> {
    private static final long SELF = ProcessHandle.current().pid();

    @Spec
    private CommandSpec spec;

    @ArgGroup(exclusive = true)
    private Selection selection = new Selection();

    @Parameters(arity = "0..2", paramLabel = "[FILE] [PATTERN]", hideParamSyntax = true,
        description = "an ELF file, which is a path with a '/' in it, instead of processes; and"
            + " 'provider:probe' with * and ? (default: all)")
    private List<String> operands = List.of();

    @Option(names = "--jvm", description = "also the probes of the JVM and of libraries")
    private boolean isOfJvm;

    @Option(names = "--json", description = "print one JSON array")
    private boolean isJson;

    /** The processes whose probes are listed. */
    private static final class Selection {
        @Option(names = {"-p", "--pid"}, paramLabel = ProcessName.LABEL, converter = ProcessName.Converter.class,
            description = ProcessName.DESCRIPTION + " (default: all that use Sluice)")
        private ProcessName process;

        @Option(names = "--all", description = "every process that has probes at all")
        private boolean isAll;
    }

    @Override
    public Integer call() {
        final List<String> files = operands.stream().filter(o -> o.indexOf('/') >= 0).toList();
        final List<String> patterns = operands.stream().filter(o -> o.indexOf('/') < 0).toList();
        final boolean isOfProcesses = selection.isAll || selection.process != null;
        if (files.size() > 1 || patterns.size() > 1 || !files.isEmpty() && isOfProcesses) {
            throw new ParameterException(spec.commandLine(), "one of -p, --all and a FILE, and at most one PATTERN:"
                + " " + String.join(" ", operands));
        }
        final ProbeListing listing = new ProbeListing(Glob.ofEvents(patterns.isEmpty() ? "*:*" : patterns.get(0)),
            patterns.isEmpty() && !isOfJvm && !selection.isAll);
        final boolean isOfOne = !files.isEmpty() || selection.process != null;
        if (!files.isEmpty()) {
            addFile(listing, files.get(0));
        } else if (selection.process != null) {
            addProcess(listing, new ProcessProbes(), selection.process.pid());
        } else {
            addProcesses(listing);
        }
        listing.measure();
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            listing.printJson(out);
        } else {
            listing.printText(out);
        }
        out.flush();
        for (final String problem : listing.problems()) {
            Notices.print("sluice list: " + problem);
        }
        return isOfOne && !listing.problems().isEmpty() ? ExitStatus.INCOMPLETE : ExitStatus.OK;
    }

    private static void addFile(final ProbeListing listing, final String file) {
        final Path path;
        try {
            path = Path.of(file);
        } catch (final InvalidPathException e) {
            throw new CommandException("open(" + file + "): no path: " + e.getReason(), e);
        }
        try {
            listing.addFile(path.toString(), ElfNotes.read(path));
        } catch (final ElfFormatException e) {
            throw new CommandException(file + " has no probes to list: " + e.getMessage(), e);
        } catch (final NoSuchFileException e) {
            throw new CommandException("open(" + file + "): there is no such file", e);
        } catch (final IOException e) {
            throw new CommandException("open(" + file + ") failed: " + FileText.of(e), e);
        }
    }

    private void addProcesses(final ProbeListing listing) {
        final ProcessProbes finder = new ProcessProbes();
        final List<Long> targets = TargetFinder.processes();
        final List<Long> pids = selection.isAll
            ? ProcessHandle.allProcesses().map(ProcessHandle::pid).filter(pid -> pid != SELF).sorted().toList()
            : targets;
        for (final long pid : pids) {
            try {
                addProcess(listing, finder, pid);
            } catch (final NativeException e) {
                // The process has ended meanwhile, or this user may not look at it: a list of all processes shows those
                // that this user can see.
                continue;
            }
        }
    }

    private static void addProcess(final ProbeListing listing, final ProcessProbes finder, final long pid) {
        final ProcessProbes.Found found = finder.look(pid);
        listing.addProcess(pid, found, found.probes().isEmpty() ? ProbeFields.NONE : ProbeFields.of(pid));
    }
}
